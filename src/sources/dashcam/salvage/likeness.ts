/**
 * Which camera a clip without a name looks like: its first and last key pictures beside those of the neighbouring minutes. Decodes in a process
 * of its own, which the drive in the car does not have: there such a clip keeps its unknown name until it is at home.
 */

import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { CodedKeyPicture, Sketch } from '../../../media/sketch/messages.ts';
import { alike, sketchesOf } from '../../../media/sketch/sketch.ts';
import { clipFacts } from '../layout/clip-facts.ts';
import type { Likeness, SeenClip } from './plan.ts';

const MOST_SAMPLE = 4 << 20;
/** Clips of each camera that are compared: the nearest ones. */
const MOST_NEIGHBOURS = 2;

/** Remembers what it has decoded: a neighbour is compared with several clips. */
export function pictureLikeness(signal?: AbortSignal): Likeness {
  const known = new Map<RandomReader, readonly Sketch[]>();
  const sketches = async (clip: SeenClip): Promise<readonly Sketch[]> => {
    const before = known.get(clip.reader);
    if (before) return before;
    const made = (await sketchesOf(await keyPictures(clip), signal)).filter((sketch) => sketch !== null);
    known.set(clip.reader, made);
    return made;
  };
  return async (orphan, neighbours) => {
    const own = await sketches(orphan);
    const out = new Map<string, number>();
    for (const [camera, clips] of neighbours) {
      const apart = (clip: SeenClip): number => Math.abs((clip.facts.utc ?? 0) - (orphan.facts.utc ?? 0));
      const nearest = [...clips].sort((one, other) => apart(one) - apart(other)).slice(0, MOST_NEIGHBOURS);
      const scores: number[] = [];
      for (const clip of nearest)
        for (const sketch of await sketches(clip))
          for (const mine of own) {
            const score = alike(mine, sketch);
            if (score !== undefined) scores.push(score);
          }
      if (scores.length > 0) out.set(camera, Math.max(...scores));
    }
    return out;
  };
}

/** The first and the last key picture that a clip holds. */
async function keyPictures({ reader }: SeenClip): Promise<CodedKeyPicture[]> {
  const { movie } = await clipFacts(reader);
  const track = movie?.tracks.find((one) => one.handler === 'vide');
  const codec = track?.coding === 'avc1' ? 'h264' : track?.coding === 'hvc1' ? 'h265' : undefined;
  if (!track?.description || !codec) return [];
  const { keys, count, offsets, sizes } = track.samples;
  const wanted = new Set(keys ? [keys[0] ?? 0, keys.at(-1) ?? 0] : [0, count - 1]);
  const out: CodedKeyPicture[] = [];
  for (const sample of wanted) {
    const size = sizes[sample] ?? 0;
    if (size === 0 || size > MOST_SAMPLE) continue;
    const bytes = Buffer.from(await reader.read(offsets[sample] ?? 0, size));
    out.push({ codec, description: track.description.toString('base64'), sample: bytes.toString('base64') });
  }
  return out;
}
