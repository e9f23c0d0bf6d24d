/**
 * Makes segment files like those of a recorder, without one: payloads are not pictures but their numbers.
 */
import { createHash } from 'node:crypto';
import type { SegmentReport } from '../../src/contract/recorder.ts';
import type { StreamConfig } from '../../src/media/access-unit.ts';
import { fragmentPieces } from '../../src/media/mp4/fragment.ts';
import { type FragmentEntry, indexBox } from '../../src/media/mp4/fragment-table.ts';
import { type SegmentIdentity, wallOf } from '../../src/media/mp4/identity.ts';
import { initSegment } from '../../src/media/mp4/init.ts';

export interface MadeSegment {
  readonly identity: SegmentIdentity;
  /** Whole, with its index at the end. */
  readonly bytes: Buffer;
  /** Length without the index: what an open file has. */
  readonly openBytes: number;
  readonly fragments: readonly FragmentEntry[];
  readonly durationMs: number;
  readonly codec: string;
  readonly sha256: string;
  readonly report: (key: string) => SegmentReport;
}

/** H.264 of any size; `level` makes configurations differ. */
export function streamConfig(level = 0x1f): StreamConfig {
  const description = Buffer.from([1, 0x64, 0, level, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, level, 1, 0, 2, 0x68, 0xee]);
  return {
    video: { codec: 'h264', codecString: `avc1.6400${level.toString(16)}`, width: 1280, height: 720, description },
  };
}

export interface SegmentWish {
  readonly sourceId: string;
  readonly folder?: string;
  readonly track?: string;
  readonly run?: string;
  readonly seq?: number;
  readonly token?: number;
  /** UTC ms of the run's first picture. */
  readonly runWallStart: number;
  /** Ms after the run's first picture. */
  readonly mediaStartMs?: number;
  /** One a second, each of ten pictures of ten bytes. */
  readonly fragments: number;
  /** Every so many fragments begin with a key frame. */
  readonly keyEvery?: number;
  readonly config?: StreamConfig;
  readonly library?: string | null;
  /** With sound: AAC at 16 kHz, of which each access unit holds its number, too. */
  readonly sound?: boolean;
}

/** Samples of an access unit of AAC. */
const AAC_UNIT = 1024;
const SOUND_RATE = 16_000;

const SECOND = 90_000;

export function makeSegment(wish: SegmentWish): MadeSegment {
  const config: StreamConfig = {
    ...(wish.config ?? streamConfig()),
    ...(wish.sound
      ? {
          audio: {
            codec: 'aac',
            codecString: 'mp4a.40.2',
            sampleRate: SOUND_RATE,
            channels: 1,
            // AudioSpecificConfig: AAC LC, 16 kHz, one channel.
            description: Buffer.from([0x14, 0x08]),
          },
        }
      : {}),
  };
  const mediaStart = (wish.mediaStartMs ?? 0) * 90;
  const identity: SegmentIdentity = {
    v: 1,
    library: wish.library ?? null,
    sourceId: wish.sourceId,
    folder: wish.folder ?? 'door',
    track: wish.track ?? 'main',
    run: wish.run ?? 'run0000000000000',
    seq: wish.seq ?? 0,
    token: wish.token ?? 1,
    wallStart: wallOf(wish.runWallStart, mediaStart),
    mediaStart,
    runWallStart: wish.runWallStart,
  };
  const pieces: Uint8Array[] = [initSegment(config, identity)];
  const fragments: FragmentEntry[] = [];
  let offset = pieces[0]?.length ?? 0;
  for (let n = 0; n < wish.fragments; n++) {
    const key = n % (wish.keyEvery ?? 1) === 0;
    const samples = Array.from({ length: 10 }, (_, i) => ({
      data: [Buffer.from(String(n * 10 + i).padStart(10, '0'))],
      size: 10,
      duration: SECOND / 10,
      offset: 0,
      key: key && i === 0,
    }));
    const wall = wallOf(wish.runWallStart, mediaStart + n * SECOND);
    const tracks = [{ id: 1, baseTime: n * SECOND, samples }];
    if (wish.sound) {
      const [first, next] = [n, n + 1].map((second) => Math.ceil((second * SOUND_RATE) / AAC_UNIT));
      const units = Array.from({ length: (next ?? 0) - (first ?? 0) }, (_, i) => ({
        data: [Buffer.from(String((first ?? 0) + i).padStart(10, '0'))],
        size: 10,
        duration: AAC_UNIT,
        offset: 0,
        key: true,
      }));
      tracks.push({ id: 2, baseTime: (first ?? 0) * AAC_UNIT, samples: units });
    }
    const made = fragmentPieces({ sequence: n + 1, tracks, wall });
    const bytes = made.reduce((sum, piece) => sum + piece.length, 0);
    pieces.push(...made);
    fragments.push({ offset, bytes, time: n * SECOND, durationTicks: SECOND, wall, key, frames: 10 });
    offset += bytes;
  }
  const openBytes = offset;
  const table = {
    ended: 'rotate' as const,
    durationTicks: wish.fragments * SECOND,
    frames: wish.fragments * 10,
    fragments,
  };
  const bytes = Buffer.concat([...pieces, indexBox(table)]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const durationMs = wish.fragments * 1000;
  const codec = config.video.codecString;
  return {
    identity,
    bytes,
    openBytes,
    fragments,
    durationMs,
    codec,
    sha256,
    report: (key) => ({
      sourceId: identity.sourceId,
      track: identity.track,
      run: identity.run,
      seq: identity.seq,
      token: identity.token,
      key,
      wallStart: identity.wallStart,
      mediaStart,
      durationMs,
      frames: wish.fragments * 10,
      bytes: bytes.length,
      sha256,
      codec,
      width: config.video.width,
      height: config.video.height,
      ended: 'rotate',
    }),
  };
}

/** Where a recorder would put it. */
export function keyOf(made: MadeSegment): string {
  const { folder, track, run, seq, wallStart } = made.identity;
  const [day = '', time = ''] = new Date(wallStart).toISOString().split('T');
  return `${folder}/${track}/${day}/${time.slice(0, 2)}/${time.replaceAll(':', '-')}-${run}-${seq}.mp4`;
}
