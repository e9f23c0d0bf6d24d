/**
 * The small film of a minute (`qcamera.ts`: H.264 and AAC in MPEG-TS) as a fragmented MP4 of the kind that the player plays. Nothing is
 * encoded: pictures keep their bytes, and their times count from the first one.
 */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { EncodedPacketSink, FilePathSource, Input, MPEG_TS } from 'mediabunny';
import { InputError, messageOf } from '../../../base/errors.ts';
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { AudioConfig, VideoConfig } from '../../../media/access-unit.ts';
import { aacAudioConfig } from '../../../media/bitstream/aac.ts';
import { annexBUnits, lengthPrefixed, nalRole, nalType } from '../../../media/bitstream/nal.ts';
import { videoConfigOfAnnexB } from '../../../media/bitstream/video-config.ts';
import { AUDIO_TRACK, VIDEO_TRACK } from '../../../media/mp4/box.ts';
import { type FragmentSample, fragmentPieces } from '../../../media/mp4/fragment.ts';
import { type FragmentEntry, indexBox } from '../../../media/mp4/fragment-table.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import type { Film, ReaderFile } from './messages.ts';

/** A film of a minute has 1200 pictures; more than ten minutes of them are not read. */
const MOST_PICTURES = 12_000;
const MOST_SOUNDS = 60_000;
/** A film has about 2.5 MB. */
const MOST_BYTES = 200_000_000;
/** A fragment is closed at the next key frame, or when it is this long. */
const LONGEST_FRAGMENT = 4 * VIDEO_TIMESCALE;
/** A picture after which nothing comes. */
const LONE_TICKS = VIDEO_TIMESCALE / 20;

/** Whose film it is does not matter to a player; times count from the start of the drive. */
const NOBODY = '00000000-0000-4000-8000-000000000000';

/**
 * @param to a file that does not exist yet; it is whole when this returns
 * @throws InputError
 */
export async function writeFilm(file: ReaderFile, to: string): Promise<Film> {
  const { name } = file;
  const { video, pictures, audio, sounds } = await readFilm(file.path, name);
  const first = pictures[0];
  if (!first) throw new InputError(name, 'it holds no picture');
  const wallStart = file.minute * 60_000;
  const out = await open(to, 'wx', 0o600);
  try {
    const head = initSegment(audio ? { video, audio } : { video }, {
      v: 1,
      library: null,
      sourceId: NOBODY,
      folder: 'drive',
      track: 'road',
      run: randomBytes(8).toString('hex'),
      seq: file.minute,
      token: 0,
      wallStart,
      mediaStart: 0,
      runWallStart: wallStart,
    });
    await out.writeFile(head);
    const entries: FragmentEntry[] = [];
    let offset = head.length;
    let heard = 0;
    for (let from = 0; from < pictures.length; ) {
      const to = endOfFragment(pictures, from);
      const part = pictures.slice(from, to);
      const endTicks = pictures[to]?.decoded ?? endOf(pictures);
      const begin = part[0]?.decoded ?? 0;
      const tracks = [
        { id: VIDEO_TRACK, baseTime: begin, samples: samplesOf(part, endTicks) },
        ...(audio ? [soundOf(sounds, audio, heard, to >= pictures.length ? undefined : endTicks)] : []),
      ];
      heard += tracks[1]?.samples.length ?? 0;
      const spec = { sequence: entries.length + 1, tracks, wall: wallStart + begin / 90 };
      const bytes = Buffer.concat(fragmentPieces(spec));
      await out.writeFile(bytes);
      entries.push({
        offset,
        bytes: bytes.length,
        time: begin,
        durationTicks: endTicks - begin,
        wall: Math.round(spec.wall),
        key: part[0]?.key === true,
        frames: part.length,
      });
      offset += bytes.length;
      from = to;
    }
    const durationTicks = endOf(pictures);
    await out.writeFile(indexBox({ ended: 'stop', durationTicks, frames: pictures.length, fragments: entries }));
    const { codecString: codec, width, height } = video;
    return { codec, audioCodec: audio?.codecString ?? null, width, height, duration: durationTicks / VIDEO_TIMESCALE };
  } finally {
    await out.close();
  }
}

/** A picture as it is stored: slices behind their lengths; times in ticks after the first picture. */
interface Picture {
  readonly data: readonly Uint8Array[];
  readonly size: number;
  readonly key: boolean;
  readonly shown: number;
  decoded: number;
}

interface Sound {
  readonly data: Uint8Array;
  /** Seconds after the first picture. */
  readonly at: number;
}

async function readFilm(
  path: string,
  name: string,
): Promise<{ video: VideoConfig; pictures: Picture[]; audio: AudioConfig | undefined; sounds: Sound[] }> {
  const source = new FilePathSource(path);
  const input = new Input({ formats: [MPEG_TS], source });
  try {
    if ((await input.source.getSize()) > MOST_BYTES) throw new InputError(name, 'it is too large for a small film');
    const track = await input.getPrimaryVideoTrack();
    if (track?.codec !== 'avc') throw new InputError(name, 'it holds no H.264');
    const pictures: Picture[] = [];
    let video: VideoConfig | undefined;
    let zero = 0;
    for await (const packet of new EncodedPacketSink(track).packets()) {
      if (pictures.length >= MOST_PICTURES) break;
      // Before the first key frame nothing can be shown.
      if (!video && packet.type !== 'key') continue;
      if (!video) {
        video = videoConfigOfAnnexB('h264', packet.data);
        zero = packet.timestamp;
      }
      const { data, size } = slicesOf(packet.data);
      if (size === 0) continue;
      const shown = Math.round((packet.timestamp - zero) * VIDEO_TIMESCALE);
      pictures.push({ data, size, key: packet.type === 'key', shown, decoded: 0 });
    }
    if (!video) throw new InputError(name, 'it holds no picture that can be decoded');
    const sound = await input.getPrimaryAudioTrack();
    const sounds: Sound[] = [];
    let audio: AudioConfig | undefined;
    if (sound?.codec === 'aac')
      for await (const packet of new EncodedPacketSink(sound).packets()) {
        if (sounds.length >= MOST_SOUNDS) break;
        const frame = withoutAdts(packet.data);
        if (!frame) continue;
        audio ??= aacAudioConfig(frame.config);
        if (packet.timestamp >= zero - 0.05)
          sounds.push({ data: frame.data, at: Math.max(0, packet.timestamp - zero) });
      }
    return { video, pictures: inOrder(pictures, name), audio: sounds.length > 0 ? audio : undefined, sounds };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(name, `it is no film that can be read (${messageOf(error).slice(0, 200)})`, { cause: error });
  } finally {
    input.dispose();
  }
}

/** Slices and what belongs to them; parameter sets stand in the head of the file. */
function slicesOf(stream: Uint8Array): { data: Uint8Array[]; size: number } {
  const data: Uint8Array[] = [];
  let size = 0;
  for (const nal of annexBUnits(stream)) {
    const role = nalRole('h264', nalType('h264', nal[0] ?? 0));
    if (role !== 'slice' && role !== 'key-slice' && role !== 'sei') continue;
    const piece = lengthPrefixed(nal);
    data.push(piece);
    size += piece.length;
  }
  return { data, size };
}

/**
 * Decoding times, which MPEG-TS tells and the reader does not: the times at which pictures are shown, in order, so much earlier that none is
 * decoded after it is shown.
 */
function inOrder(pictures: Picture[], name: string): Picture[] {
  const shown = pictures.map((picture) => picture.shown).sort((a, b) => a - b);
  let delay = 0;
  for (const [at, picture] of pictures.entries()) delay = Math.max(delay, (shown[at] ?? 0) - picture.shown);
  const first = shown[0] ?? 0;
  let last = -1;
  for (const [at, picture] of pictures.entries()) {
    picture.decoded = Math.max(last + 1, (shown[at] ?? 0) - first);
    last = picture.decoded;
  }
  if (delay > 10 * VIDEO_TIMESCALE || last > 3600 * VIDEO_TIMESCALE)
    throw new InputError(name, 'the times of its pictures make no sense');
  return pictures;
}

function endOfFragment(pictures: readonly Picture[], from: number): number {
  const begin = pictures[from]?.decoded ?? 0;
  let to = from + 1;
  for (; to < pictures.length; to++) {
    const picture = pictures[to];
    if (!picture || picture.key || picture.decoded - begin >= LONGEST_FRAGMENT) break;
  }
  return to;
}

function endOf(pictures: readonly Picture[]): number {
  const [before, last] = pictures.slice(-2);
  if (!last) return (before?.decoded ?? 0) + LONE_TICKS;
  return last.decoded + Math.min(VIDEO_TIMESCALE, Math.max(1, last.decoded - (before?.decoded ?? 0)));
}

function samplesOf(part: readonly Picture[], end: number): FragmentSample[] {
  return part.map(({ data, size, key, shown, decoded }, at) => ({
    data,
    size,
    duration: (part[at + 1]?.decoded ?? end) - decoded,
    offset: shown - decoded,
    key,
  }));
}

/** The sound up to a moment of the pictures; undefined: all that is left. */
function soundOf(
  sounds: readonly Sound[],
  audio: AudioConfig,
  from: number,
  endTicks: number | undefined,
): { id: number; baseTime: number; samples: FragmentSample[] } {
  const frame = 1024;
  const samples: FragmentSample[] = [];
  const first = sounds[from];
  const baseTime = Math.round((first?.at ?? 0) * audio.sampleRate);
  for (let at = from; at < sounds.length; at++) {
    const sound = sounds[at];
    if (!sound || (endTicks !== undefined && sound.at * VIDEO_TIMESCALE >= endTicks)) break;
    samples.push({ data: [sound.data], size: sound.data.length, duration: frame, offset: 0, key: true });
  }
  return { id: AUDIO_TRACK, baseTime, samples };
}

/** A frame of AAC without its ADTS header (ISO/IEC 13818-7 section 6.2), and what the header says as AudioSpecificConfig. */
function withoutAdts(data: Uint8Array): { data: Uint8Array; config: Uint8Array } | undefined {
  const [sync = 0, flags = 0, profile = 0, channels = 0] = data;
  if (sync !== 0xff || (flags & 0xf6) !== 0xf0) return undefined;
  const head = flags & 1 ? 7 : 9;
  if (data.length <= head) return undefined;
  const objectType = (profile >> 6) + 1;
  const rate = (profile >> 2) & 15;
  const layout = ((profile & 1) << 2) | (channels >> 6);
  const config = Uint8Array.of((objectType << 3) | (rate >> 1), ((rate & 1) << 7) | (layout << 3));
  return { data: data.subarray(head), config };
}
