/** Formats in which a replay is finished, and what any player may expect of such a file: looked at with ffprobe and in its boxes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Preset, renderReplay } from '../../src/sources/osu/clip/replay-clip.ts';
import { SCENE_DEFAULTS } from '../../src/sources/osu/scene/options.ts';

const run = promisify(execFile);

export interface Format {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly preset: Preset;
  /** Bytes; absent: by quality. */
  readonly limit?: number;
}

export const nameOf = ({ width, height, fps, preset, limit }: Format): string =>
  `${width}×${height} at ${fps}, ${preset}${limit === undefined ? '' : `, ${limit / 1000} kB`}`;

/** Seconds of the replay at which it begins: after its intro. */
const START = 9;

/** Renders `replay.osr` on `map.osu`, which lie in the folder. @returns the path of the file */
export async function renderFormat(folder: string, asked: Format, seconds: number): Promise<string> {
  const { width, height, fps, preset, limit } = asked;
  const output = join(folder, 'format.mp4');
  const scratch = join(folder, 'scratch');
  await renderReplay(
    {
      ...{ preset, output, scratch, replay: join(folder, 'replay.osr'), beatmap: join(folder, 'map.osu') },
      scene: { ...SCENE_DEFAULTS, width, height, fps, range: { start: START, end: START + seconds } },
      sound: { musicVolume: 0.7, hitVolume: 0.6, offset: 0, mapSounds: true, mute: false },
      limits: limit === undefined ? {} : { maxBytes: limit },
    },
    { signal: new AbortController().signal },
  );
  return output;
}

/** H.264, Table A-1: macroblocks a second, and in a picture. */
const LEVELS: readonly (readonly [level: number, rate: number, picture: number])[] = [
  [10, 1485, 99],
  [11, 3000, 396],
  [12, 6000, 396],
  [13, 11_880, 396],
  [20, 11_880, 396],
  [21, 19_800, 792],
  [22, 20_250, 1620],
  [30, 40_500, 1620],
  [31, 108_000, 3600],
  [32, 216_000, 5120],
  [40, 245_760, 8192],
  [42, 522_240, 8704],
  [50, 589_824, 22_080],
  [51, 983_040, 36_864],
  [52, 2_073_600, 36_864],
  [60, 4_177_920, 139_264],
  [61, 8_355_840, 139_264],
  [62, 16_711_680, 139_264],
];

function leastLevel(width: number, height: number, fps: number): number {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const found = LEVELS.find(([, rate, picture]) => blocks * fps <= rate && blocks <= picture);
  return found?.[0] ?? assert.fail('larger than any level');
}

interface Probed {
  readonly streams: readonly Readonly<Record<string, string | number>>[];
  readonly packets: readonly {
    readonly stream_index: number;
    readonly pts: number;
    readonly duration: number;
    readonly flags: string;
  }[];
}

/** @param seconds how long it must be @returns the level, for who prints it */
export async function checkFormat(path: string, asked: Format, seconds: number): Promise<number> {
  const { width, height, fps } = asked;
  const entries = 'stream:packet=stream_index,pts,duration,flags';
  const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', entries, path], {
    maxBuffer: 1e8,
  });
  const { streams, packets } = JSON.parse(stdout) as Probed;
  const [video, audio, ...more] = streams;
  assert.ok(video && audio && more.length === 0, `${streams.length} streams`);
  const frames = Math.round(seconds * fps);
  const { codec_name, profile, pix_fmt, level } = video;
  assert.deepEqual(
    { codec_name, width: video.width, height: video.height, pix_fmt, frames: Number(video.nb_frames) },
    { codec_name: 'h264', width, height, pix_fmt: 'yuv420p', frames },
  );
  assert.ok(['High', 'Main'].includes(String(profile)), `profile ${profile}`);
  const { color_range, color_space, color_transfer, color_primaries, field_order, sample_aspect_ratio } = video;
  assert.deepEqual(
    { color_range, color_space, color_transfer, color_primaries, field_order, sample_aspect_ratio },
    {
      ...{ color_range: 'tv', color_space: 'bt709', color_transfer: 'bt709', color_primaries: 'bt709' },
      ...{ field_order: 'progressive', sample_aspect_ratio: '1:1' },
    },
  );
  assert.deepEqual([video.r_frame_rate, video.avg_frame_rate], [`${fps}/1`, `${fps}/1`]);
  const least = leastLevel(width, height, fps);
  assert.ok(Number(level) >= least, `level ${level}, at least ${least} is needed`);
  // No more than what its pictures that refer to many others may need: a player may refuse what it need not.
  assert.ok(
    LEVELS.findIndex(([one]) => one === level) <= LEVELS.findIndex(([one]) => one === least) + 1,
    `level ${level} for ${least}`,
  );

  const shown = packets.filter(({ stream_index: stream }) => stream === video.index).sort((a, b) => a.pts - b.pts);
  const step = shown[0]?.duration ?? 0;
  for (const [index, packet] of shown.entries()) assert.equal(packet.pts, index * step, `picture ${index}`);
  assert.ok(shown.every(({ duration }) => duration === step));
  const keys = shown.flatMap(({ flags }, index) => (flags.includes('K') ? [index] : []));
  assert.equal(keys[0], 0);
  // A chunk is two seconds, the last a quarter longer at the most.
  for (const [index, key] of keys.entries()) assert.ok(((keys[index + 1] ?? frames) - key) / fps <= 2.5 + 1e-6);

  assert.deepEqual([audio.codec_name, audio.profile, audio.start_pts], ['aac', 'LC', 0]);
  const longer = Number(audio.duration) - seconds;
  assert.ok(Math.abs(longer) <= 1024 / Number(audio.sample_rate) + 1e-3, `the sound is ${longer} s longer`);
  assert.ok(Math.abs(Number(video.duration) - seconds) < 1e-3, `${video.duration} s`);
  // The index lies in front: it begins to play before it is loaded whole.
  const boxes = await boxesIn(path, 4);
  assert.deepEqual(boxes.slice(0, 2), ['ftyp', 'moov']);
  assert.ok(boxes.includes('mdat'), `${boxes}`);
  return Number(level);
}

/** Kinds of the first boxes of a file. */
async function boxesIn(path: string, most: number): Promise<string[]> {
  const kinds: string[] = [];
  const file = await open(path);
  try {
    const head = Buffer.alloc(8);
    for (let at = 0; kinds.length < most; ) {
      const { bytesRead } = await file.read(head, 0, 8, at);
      if (bytesRead < 8) break;
      kinds.push(head.toString('latin1', 4));
      const size = head.readUInt32BE(0);
      if (size < 8) break;
      at += size;
    }
  } finally {
    await file.close();
  }
  return kinds;
}
