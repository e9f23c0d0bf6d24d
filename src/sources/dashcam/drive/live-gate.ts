/**
 * The stability gate of a drive that is looked at all the time. A file is accepted when its entry and the places of its data have been the same over two
 * looks far enough apart; its contents are compared when it is copied, with what the first look has read. A clip that the car has gone on from, in every
 * camera of its minute, needs a shorter time. Pure.
 */
import type { Milliseconds, MonotonicMs } from '../../../base/units.ts';
import { parseClipName, splitPath } from '../layout/clip-name.ts';
import type { Sighting } from '../volume/stability.ts';

export interface LiveGateOptions {
  /** How far two looks must lie apart. */
  readonly apart: Milliseconds;
  /** The same for clips that the car has gone on from. */
  readonly gone: Milliseconds;
}

interface Waiting {
  readonly print: string;
  readonly contents: string;
  readonly since: MonotonicMs;
}

/** Path → what the first look at it as it is saw. A value: each look makes the next one. */
export type LiveGate = ReadonlyMap<string, Waiting>;

export const NOTHING_WAITS: LiveGate = new Map();

export interface LiveJudged {
  readonly gate: LiveGate;
  readonly accepted: readonly string[];
  readonly held: ReadonlyMap<string, 'new' | 'changed' | 'too-soon' | 'not-whole'>;
}

/**
 * @param sightings every file that is not stored yet
 * @param gone paths of clips that the car has gone on from, see {@link goneOnFrom}
 * @param now when the look *began*
 */
export function judgeLive(
  gate: LiveGate,
  sightings: readonly Sighting[],
  gone: ReadonlySet<string>,
  now: MonotonicMs,
  options: LiveGateOptions,
): LiveJudged {
  const next = new Map<string, Waiting>();
  const accepted: string[] = [];
  const held = new Map<string, 'new' | 'changed' | 'too-soon' | 'not-whole'>();
  for (const { path, print, contents, whole } of sightings) {
    if (!whole) {
      held.set(path, 'not-whole');
      continue;
    }
    const before = gate.get(path);
    const same = before !== undefined && before.print === print && before.contents === contents;
    const apart = gone.has(path) ? options.gone : options.apart;
    // What is accepted waits no more: when it cannot be taken after all, it begins anew.
    if (same && now - before.since >= apart) accepted.push(path);
    else {
      next.set(path, same ? before : { print, contents, since: now });
      held.set(path, same ? 'too-soon' : before ? 'changed' : 'new');
    }
  }
  return { gate: next, accepted, held };
}

/** Cameras of one minute begin within this. */
export const SAME_MINUTE = 8_000;

/** Clips of RecentClips for which every camera of their minute has a later clip already. */
export function goneOnFrom(paths: readonly string[]): Set<string> {
  const clips = recentClips(paths);
  const newest = new Map<string, number>();
  // By time, so that a drive of a day costs no more than its files.
  const near = new Map<number, RecentClip[]>();
  for (const clip of clips) {
    newest.set(clip.camera, Math.max(clip.local, newest.get(clip.camera) ?? 0));
    const part = Math.floor(clip.local / SAME_MINUTE);
    near.set(part, [...(near.get(part) ?? []), clip]);
  }
  const gone = new Set<string>();
  for (const clip of clips) {
    const part = Math.floor(clip.local / SAME_MINUTE);
    const minute = [part - 1, part, part + 1].flatMap((at) => near.get(at) ?? []);
    const cameras = minute.filter(({ local }) => Math.abs(local - clip.local) <= SAME_MINUTE);
    if (cameras.every(({ camera }) => (newest.get(camera) ?? 0) > clip.local + SAME_MINUTE)) gone.add(clip.path);
  }
  return gone;
}

export interface RecentClip {
  readonly path: string;
  readonly camera: string;
  /** By its name. */
  readonly local: number;
}

export function recentClips(paths: readonly string[]): RecentClip[] {
  return paths.flatMap((path) => {
    const { folder, name } = splitPath(path);
    const clip = /(^|\/)RecentClips$/i.test(folder) ? parseClipName(name) : undefined;
    return clip ? [{ path, ...clip }] : [];
  });
}
