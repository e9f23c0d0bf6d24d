/**
 * The head of a fragmented MP4: `ftyp` and `moov` (ISO/IEC 14496-12 sections 4.3 and 8), and the segment's identity behind them.
 */
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import type { AudioConfig, StreamConfig, VideoConfig } from '../access-unit.ts';
import { AUDIO_TRACK, box, fullBox, text, u8, u16, u32, VIDEO_TRACK } from './box.ts';
import { identityBox, type SegmentIdentity } from './identity.ts';

/** Sample flags (section 8.8.3.1): a picture that depends on none, and one that is no place to start. */
export const KEY_SAMPLE = 0x02000000;
export const DELTA_SAMPLE = 0x01010000;

const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/**
 * `ftyp` + `moov`, and the identity box when there is one (a live stream has none). Equal configurations give equal bytes.
 * Video is track 1 at 90 kHz, sound track 2 at its sample rate.
 */
export function initSegment(config: StreamConfig, identity?: SegmentIdentity): Buffer {
  const { video, audio } = config;
  const tracks = [videoTrack(video)];
  const extends_ = [trackExtends(VIDEO_TRACK, DELTA_SAMPLE)];
  if (audio) {
    tracks.push(audioTrack(audio));
    extends_.push(trackExtends(AUDIO_TRACK, KEY_SAMPLE));
  }
  const moov = box('moov', movieHeader(), ...tracks, box('mvex', ...extends_));
  const ftyp = box('ftyp', text('iso6'), u32(0), text('iso6'), text('isom'), text('mp41'));
  return identity ? Buffer.concat([ftyp, moov, identityBox(identity)]) : Buffer.concat([ftyp, moov]);
}

/** Section 8.2.2. Duration 0: it is in the fragments. */
function movieHeader(): Buffer {
  const times = u32(0, 0, VIDEO_TIMESCALE, 0);
  return fullBox(
    'mvhd',
    0,
    0,
    times,
    u32(0x10000),
    u16(0x100, 0),
    u32(0, 0),
    matrix,
    u32(0, 0, 0, 0, 0, 0),
    u32(AUDIO_TRACK + 1),
  );
}

/** Section 8.8.3. */
function trackExtends(track: number, flags: number): Buffer {
  return fullBox('trex', 0, 0, u32(track, 1, 0, 0, flags));
}

interface TrackParts {
  readonly id: number;
  readonly timescale: number;
  readonly handler: 'vide' | 'soun';
  readonly header: Buffer;
  readonly entry: Buffer;
  readonly width: number;
  readonly height: number;
}

function track(parts: TrackParts): Buffer {
  const sound = parts.handler === 'soun';
  const tkhd = fullBox(
    'tkhd',
    0,
    3,
    u32(0, 0, parts.id, 0, 0, 0, 0),
    u16(0, sound ? 1 : 0, sound ? 0x100 : 0, 0),
    matrix,
    u32(parts.width * 0x10000, parts.height * 0x10000),
  );
  const mdhd = fullBox('mdhd', 0, 0, u32(0, 0, parts.timescale, 0), u16(0x55c4, 0));
  const hdlr = fullBox('hdlr', 0, 0, u32(0), text(parts.handler), u32(0, 0, 0), text(sound ? 'Sound\0' : 'Video\0'));
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const none = (type: string, words: number): Buffer => fullBox(type, 0, 0, Buffer.alloc(words * 4));
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), parts.entry),
    none('stts', 1),
    none('stsc', 1),
    none('stsz', 2),
    none('stco', 1),
  );
  return box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', parts.header, dinf, stbl)));
}

const PICTURE_ENTRIES = { h264: 'avc1', h265: 'hvc1', mjpeg: 'mp4v' } as const;
/** Object types of MPEG-4 systems (ISO/IEC 14496-1 table 5): JPEG, AAC. */
const JPEG_OBJECT = 0x6c;
const AAC_OBJECT = 0x40;

function pictureSpecific({ codec, description }: VideoConfig): Buffer {
  if (codec === 'mjpeg') return elementaryStream(JPEG_OBJECT, description);
  return box(codec === 'h264' ? 'avcC' : 'hvcC', description);
}

/** VisualSampleEntry (section 12.1.3) with `avcC` or `hvcC` (ISO/IEC 14496-15 sections 5.4.2 and 8.4.1; `hvc1`: parameter sets only here). */
function videoTrack(video: VideoConfig): Buffer {
  const entry = box(
    PICTURE_ENTRIES[video.codec],
    u16(0, 0, 0, 1),
    u16(0, 0),
    u32(0, 0, 0),
    u16(video.width, video.height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    pictureSpecific(video),
  );
  const header = fullBox('vmhd', 0, 1, u16(0, 0, 0, 0));
  return track({
    id: VIDEO_TRACK,
    timescale: VIDEO_TIMESCALE,
    handler: 'vide',
    header,
    entry,
    width: video.width,
    height: video.height,
  });
}

const SOUND_ENTRIES = { aac: 'mp4a', flac: 'fLaC', opus: 'Opus' } as const;

function soundSpecific({ codec, description }: AudioConfig): Buffer {
  if (codec === 'aac') return elementaryStream(AAC_OBJECT, description);
  return codec === 'flac' ? flacSpecific(description) : box('dOps', description);
}

/** AudioSampleEntry (section 12.2.3). */
function audioTrack(audio: AudioConfig): Buffer {
  const rate = audio.sampleRate < 0x10000 ? audio.sampleRate * 0x10000 : 0;
  const entry = box(
    SOUND_ENTRIES[audio.codec],
    u16(0, 0, 0, 1),
    u32(0, 0),
    u16(audio.channels, 16, 0, 0),
    u32(rate),
    soundSpecific(audio),
  );
  const header = fullBox('smhd', 0, 0, u16(0, 0));
  return track({ id: AUDIO_TRACK, timescale: audio.sampleRate, handler: 'soun', header, entry, width: 0, height: 0 });
}

/** `esds` (ISO/IEC 14496-14 section 5.6, descriptors of 14496-1 section 7.2.6). */
function elementaryStream(object: number, specific: Uint8Array): Buffer {
  // Kind of stream: 5 is sound, 4 is pictures.
  const kind = ((object === AAC_OBJECT ? 5 : 4) << 2) | 1;
  const info = specific.length > 0 ? [descriptor(5, specific)] : [];
  const decoder = descriptor(4, u8(object, kind, 0, 0, 0), u32(0, 0), ...info);
  return fullBox('esds', 0, 0, descriptor(3, u16(0), u8(0), decoder, descriptor(6, u8(2))));
}

/** A descriptor with its length in four bytes of seven bits (ISO/IEC 14496-1 section 8.3.3). */
function descriptor(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length = [21, 14, 7].map((shift) => ((size >> shift) & 0x7f) | 0x80);
  return Buffer.concat([u8(tag, ...length, size & 0x7f), body]);
}

/** `dfLa` ("Encapsulation of FLAC in ISO Base Media File Format" section 3.3.2): the metadata blocks, the last one marked as such. */
function flacSpecific(streamInfo: Uint8Array): Buffer {
  const blocks = Buffer.from(streamInfo);
  if (blocks.length > 0) blocks.writeUInt8(blocks.readUInt8(0) | 0x80, 0);
  return fullBox('dfLa', 0, 0, blocks);
}
