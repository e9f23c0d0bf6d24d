/** What Vidette gives back of a camera: over its API, as a player would get it, and from its files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, pathOf } from '../../../src/contract/client.ts';
import { routes } from '../../../src/contract/routes.ts';
import type { System } from '../../system/vidette.ts';
import type { Gap, StoredFrame } from './ledger.ts';
import { type Mark, marksIn } from './marks.ts';
import { readMovie } from './movie.ts';

/** Times of the timeline are whole ms. */
const ROUNDING_MS = 2;

/** All frames that the timeline shows between two moments (UTC ms of Vidette's clock), in its order. */
export async function readFrames(
  system: System,
  camera: string,
  frameMs: number,
  from: number,
  to: number,
): Promise<StoredFrame[]> {
  const api = await system.api();
  const range = { from: instant(from), to: instant(to) };
  const { spans } = await api.call(routes.footage, { params: { id: camera }, query: { track: 'main', ...range } });
  const frames: StoredFrame[] = [];
  for (const span of spans) {
    const end = Date.parse(span.end);
    for (let at = Date.parse(span.start); at < end - ROUNDING_MS; ) {
      const piece = await readPiece(system, camera, frameMs, at, end);
      if (piece === undefined) break;
      // An answer begins with the key frame at or before the moment: what was before has been read already.
      frames.push(...piece.frames.filter((frame) => frame.at >= at - ROUNDING_MS));
      if (piece.end <= at) break;
      at = piece.end;
    }
  }
  return frames;
}

async function readPiece(
  system: System,
  camera: string,
  frameMs: number,
  from: number,
  to: number,
): Promise<{ frames: StoredFrame[]; end: number } | undefined> {
  const query = { track: 'main', from: instant(from), to: instant(to), origin: instant(from) };
  const response = await fetch(system.url + pathOf(routes.video, { id: camera }, query), {
    headers: { authorization: `Bearer ${await system.token()}` },
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`video of ${camera}: ${response.status} ${await response.text()}`);
  const end = Date.parse(response.headers.get('x-vidette-end') ?? '');
  const origin = Date.parse(response.headers.get('x-vidette-origin') ?? '');
  const movie = await readMovie(new Uint8Array(await response.arrayBuffer()), frameMs);
  const frames = movie.map(({ number, sentAt, seconds }) => ({ number, sentAt, at: origin + seconds * 1000 }));
  return { frames, end };
}

/** The frames in each finished file of a camera, also in those that are not shown, in the order of the file names. */
export function readFiles(library: string, folder: string): { name: string; marks: Mark[] }[] {
  return readdirSync(join(library, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mp4'))
    .toSorted()
    .map((name) => ({ name, marks: marksIn(readFileSync(join(library, folder, name))) }));
}

/** What the timeline says of the time without footage. */
export async function readGaps(api: Client, camera: string, from: number, to: number): Promise<Gap[]> {
  const query = { track: 'main', from: instant(from), to: instant(to) };
  const { gaps } = await api.call(routes.gaps, { params: { id: camera }, query });
  return gaps.map(({ start, end, cause }) => ({ start: Date.parse(start), end: Date.parse(end), cause }));
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
