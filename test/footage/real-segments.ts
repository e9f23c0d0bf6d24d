/**
 * Segment files with real pictures: a prepared stream, cut into fragments of one group of pictures as a recorder does.
 */
import type { StreamConfig } from '../../src/media/access-unit.ts';
import { type FragmentTrack, fragmentPieces } from '../../src/media/mp4/fragment.ts';
import { type FragmentEntry, indexBox } from '../../src/media/mp4/fragment-table.ts';
import { type SegmentIdentity, wallOf } from '../../src/media/mp4/identity.ts';
import { initSegment } from '../../src/media/mp4/init.ts';
import { type FixtureName, fixture } from '../fixtures/video.ts';
import { readElementary } from '../rtsp/elementary.ts';

export interface RealSegment {
  readonly bytes: Buffer;
  readonly identity: SegmentIdentity;
  readonly durationMs: number;
  readonly frames: number;
  readonly config: StreamConfig;
}

export interface RealWish {
  readonly fixture: FixtureName;
  readonly sourceId: string;
  readonly run?: string;
  /** UTC ms of the run's first picture. */
  readonly runWallStart: number;
  /** Groups of pictures in each file. */
  readonly groups: readonly number[];
}

/** Consecutive files of one run; the stream begins anew when it has been used up. */
export async function realSegments(wish: RealWish): Promise<RealSegment[]> {
  const shape = await fixture(wish.fixture);
  const { config: video, pictures } = await readElementary(shape);
  const config: StreamConfig = { video };
  const tick = 90_000 / shape.fps;
  // Decoding times lie so far before presentation that none is decoded after it is shown.
  const delay = Math.max(0, ...pictures.map((picture, at) => at - picture.order));
  const made: RealSegment[] = [];
  let group = 0;
  for (const [seq, groups] of wish.groups.entries()) {
    const first = group * shape.gop;
    const mediaStart = first * tick;
    const identity: SegmentIdentity = {
      v: 1,
      library: null,
      sourceId: wish.sourceId,
      folder: 'door',
      track: 'main',
      run: wish.run ?? 'run0000000000000',
      seq,
      token: 1,
      wallStart: wallOf(wish.runWallStart, mediaStart),
      mediaStart,
      runWallStart: wish.runWallStart,
    };
    const pieces: Uint8Array[] = [initSegment(config, identity)];
    const fragments: FragmentEntry[] = [];
    let offset = pieces[0]?.length ?? 0;
    for (let n = 0; n < groups; n++, group++) {
      const start = group * shape.gop;
      const samples = Array.from({ length: shape.gop }, (_, i) => {
        const index = start + i;
        const round = Math.floor(index / pictures.length);
        const picture = pictures[index % pictures.length];
        if (!picture) throw new Error('the fixture is empty');
        const shownAt = round * pictures.length + picture.order;
        const moved = (shownAt - index + delay) * tick;
        return { data: [picture.sample], size: picture.sample.length, duration: tick, offset: moved, key: i === 0 };
      });
      // The file's time 0 is its first picture's presentation.
      const baseTime = (start - first) * tick;
      const shift = samples.map((sample) => ({ ...sample, offset: sample.offset - delay * tick }));
      const wall = wallOf(wish.runWallStart, start * tick);
      const tracks: FragmentTrack[] = [{ id: 1, baseTime, samples: shift }];
      const written = fragmentPieces({ sequence: n + 1, tracks, wall });
      const bytes = written.reduce((sum, piece) => sum + piece.length, 0);
      pieces.push(...written);
      fragments.push({
        offset,
        bytes,
        time: (start - first) * tick,
        durationTicks: shape.gop * tick,
        wall,
        key: true,
        frames: shape.gop,
      });
      offset += bytes;
    }
    const frames = groups * shape.gop;
    const durationTicks = frames * tick;
    const table = { ended: 'rotate' as const, durationTicks, frames, fragments };
    made.push({
      bytes: Buffer.concat([...pieces, indexBox(table)]),
      identity,
      durationMs: Math.round(durationTicks / 90),
      frames,
      config,
    });
  }
  return made;
}
