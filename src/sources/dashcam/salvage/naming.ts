/**
 * Gives clips without a name the one that they had. Pure.
 *
 * A name is given by proof only: the mark of a deleted entry, an entry that has lost its data, equal contents, the only gap of a minute, a size that
 * only one camera has, or a clear likeness. A clip that may be of several cameras is called `…-camera-unknown-1`.
 */
import { localOf, type NamedTime } from '../layout/car-clock.ts';
import { CAMERAS, formatClipName, formatLocal, type LocalMs, parseClipName, splitPath } from '../layout/clip-name.ts';
import { type EventFolder, eventFor } from './event-folders.ts';

/** A clip whose name and data are known. */
export interface KnownClip {
  readonly path: string;
  readonly local: LocalMs;
  readonly camera: string;
  readonly utc: number | undefined;
  readonly sequence: number | undefined;
  readonly width: number;
  readonly height: number;
}

/** An entry that has a name and no data. */
export interface EmptiedClip {
  readonly path: string;
  readonly local: LocalMs;
  readonly camera: string;
  /** As its entry says; 0 when it does not. */
  readonly bytes: number;
}

/** A clip without a name. */
export interface NamelessClip {
  readonly id: number;
  readonly utc: number | undefined;
  readonly sequence: number | undefined;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Path of an entry that is marked as deleted and begins where this begins. */
  readonly deleted: { readonly path: string; readonly local: LocalMs; readonly bytes: number } | undefined;
  /** Paths of known clips with the same contents. */
  readonly same: readonly string[];
  /** Other clips without a name with the same contents. */
  readonly twins: readonly number[];
  /** How much it looks like each camera's neighbouring minutes: 0 is not at all, 1 is the same. */
  readonly likeness: ReadonlyMap<string, number>;
}

export interface Situation {
  readonly known: readonly KnownClip[];
  readonly emptied: readonly EmptiedClip[];
  readonly events: readonly EventFolder[];
  /** The folder that the car keeps its last hour in. */
  readonly recent: string;
}

export type NameProof =
  | 'deleted-entry'
  | 'lost-entry'
  | 'same-contents'
  | 'picture-size'
  | 'only-one-missing'
  | 'likeness'
  | 'none';

export interface GivenName {
  readonly path: string;
  /** Why the camera is known. */
  readonly proof: NameProof;
}

/** Clips of one minute: their names differ by a second or two. */
const SAME_MINUTE = 8_000;
const NEIGHBOURS = 200_000;
/** Telemetry of one minute is about 2,160 pictures long; cameras begin within a few. */
const SAME_SEQUENCE = 100;
/** The best likeness must be this good, and the second best this much worse. */
const LIKE = 0.9;
const CLEARLY = 0.06;

interface Case {
  readonly clip: NamelessClip;
  readonly local: LocalMs | undefined;
  camera: string | undefined;
  proof: NameProof;
  path: string | undefined;
}

export function nameClips(clips: readonly NamelessClip[], situation: Situation): Map<number, GivenName> {
  const times: NamedTime[] = situation.known.flatMap(({ local, utc }) => (utc === undefined ? [] : [{ local, utc }]));
  const taken = new Set(situation.known.map(({ path }) => path));
  const cases = clips.map((clip): Case => {
    const local = localTime(clip, times, situation.known);
    return { clip, local, camera: undefined, proof: 'none', path: undefined };
  });
  const settle = (one: Case, path: string, proof: NameProof): void => {
    one.path = path;
    one.proof = proof;
    taken.add(path);
  };
  for (const one of cases) byDeletedEntry(one, taken, settle);
  for (const one of cases) bySameContents(one, situation, taken, settle);
  byLostEntry(cases, situation, taken, settle);
  byElimination(cases, situation, taken);
  for (const one of cases) byTwin(one, cases, situation, taken, settle);
  const unknown = new Map<string, number>();
  for (const one of cases) {
    if (one.path !== undefined) continue;
    const folder = folderFor(one, situation, taken);
    let name: string;
    if (one.camera !== undefined && one.local !== undefined) {
      // The entry that has lost its data has the name to the second.
      const entry = emptiedOf(one.local, one.camera, folder, situation.emptied);
      name = formatClipName({ local: entry?.local ?? one.local, camera: one.camera });
    } else {
      const stem = one.local === undefined ? utcStem(one.clip) : formatLocal(one.local);
      const number = (unknown.get(`${folder}/${stem}`) ?? 0) + 1;
      unknown.set(`${folder}/${stem}`, number);
      name = `${stem}-camera-unknown-${number}.mp4`;
    }
    settle(one, `${folder}/${name}`, one.camera === undefined ? 'none' : one.proof);
  }
  return new Map(cases.map((one) => [one.clip.id, { path: one.path ?? '', proof: one.proof }]));
}

/** Where no clip tells the car's zone. */
const utcStem = ({ utc, id }: NamelessClip): string =>
  utc === undefined ? `unknown-time-${id}` : `${formatLocal(utc)}-utc`;

/** When it was, by the car's clock: from its own UTC, else from a clip that counts the same pictures. */
function localTime(clip: NamelessClip, times: readonly NamedTime[], known: readonly KnownClip[]): LocalMs | undefined {
  if (clip.utc !== undefined) {
    const local = localOf(clip.utc, times);
    if (local !== undefined) return local;
  }
  if (clip.sequence === undefined) return undefined;
  let best: KnownClip | undefined;
  const apart = (one: KnownClip): number => Math.abs((one.sequence ?? Number.POSITIVE_INFINITY) - (clip.sequence ?? 0));
  for (const one of known) if (apart(one) <= SAME_SEQUENCE && (!best || apart(one) < apart(best))) best = one;
  return best?.local;
}

function emptiedOf(
  local: LocalMs,
  camera: string,
  folder: string,
  emptied: readonly EmptiedClip[],
): EmptiedClip | undefined {
  return emptied.find(
    (entry) =>
      entry.camera === camera &&
      splitPath(entry.path).folder === folder &&
      Math.abs(entry.local - local) <= SAME_MINUTE,
  );
}

type Settle = (one: Case, path: string, proof: NameProof) => void;

function byDeletedEntry(one: Case, taken: ReadonlySet<string>, settle: Settle): void {
  const entry = one.clip.deleted;
  if (!entry || taken.has(entry.path)) return;
  // The slot may be older than what lies in the cluster now.
  const sameTime = one.local !== undefined && Math.abs(one.local - entry.local) <= SAME_MINUTE;
  if ((entry.bytes === one.clip.bytes && (sameTime || one.local === undefined)) || (entry.bytes === 0 && sameTime))
    settle(one, entry.path, 'deleted-entry');
}

/** The car copies clips from its last hour into the folder of an event. */
function bySameContents(one: Case, situation: Situation, taken: ReadonlySet<string>, settle: Settle): void {
  if (one.path !== undefined) return;
  for (const path of one.clip.same) {
    const { folder, name } = splitPath(path);
    const twin = situation.known.find((clip) => clip.path === path);
    if (!twin) continue;
    const inRecent = folder === situation.recent;
    const target = inRecent ? eventFor(twin.local, name, situation.events, taken)?.path : situation.recent;
    if (target !== undefined && !taken.has(`${target}/${name}`)) {
      settle(one, `${target}/${name}`, 'same-contents');
      return;
    }
    one.camera = twin.camera;
    one.proof = 'same-contents';
  }
}

/** A copy whose other one has a name by now. */
function byTwin(
  one: Case,
  cases: readonly Case[],
  situation: Situation,
  taken: ReadonlySet<string>,
  settle: Settle,
): void {
  if (one.path !== undefined || one.camera !== undefined) return;
  for (const other of cases) {
    if (!one.clip.twins.includes(other.clip.id)) continue;
    const path = other.path === undefined ? undefined : splitPath(other.path);
    const name = path && parseClipName(path.name);
    if (path && name && path.folder === situation.recent) {
      const event = eventFor(name.local, path.name, situation.events, taken);
      if (event && !taken.has(`${event.path}/${path.name}`)) {
        settle(one, `${event.path}/${path.name}`, 'same-contents');
        return;
      }
    }
    const camera = name?.camera ?? other.camera;
    if (camera !== undefined) give(one, camera, 'same-contents');
  }
}

/** An entry without data, and data without an entry, of the same minute and the same length. */
function byLostEntry(cases: readonly Case[], { emptied }: Situation, taken: ReadonlySet<string>, settle: Settle): void {
  const free = (one: Case): boolean => one.path === undefined;
  const fits = (one: Case, entry: EmptiedClip): boolean =>
    entry.bytes === one.clip.bytes &&
    entry.bytes > 0 &&
    (one.local === undefined || Math.abs(one.local - entry.local) <= SAME_MINUTE);
  for (const entry of emptied) {
    const candidates = cases.filter((one) => free(one) && fits(one, entry));
    const [only] = candidates;
    if (!only || candidates.length > 1 || taken.has(entry.path)) continue;
    if (emptied.filter((other) => fits(only, other)).length > 1) continue;
    settle(only, entry.path, 'lost-entry');
  }
}

/** Minute by minute: which cameras are missing, and which clips may be theirs. */
function byElimination(cases: readonly Case[], situation: Situation, taken: ReadonlySet<string>): void {
  const open = cases.filter((one) => one.path === undefined && one.camera === undefined);
  const done = new Set<Case>();
  for (const one of open) {
    if (done.has(one)) continue;
    const { local } = one;
    if (local === undefined) {
      give(one, bySize(one.clip, situation.known), 'picture-size');
      continue;
    }
    const minute = open.filter((other) => other.local !== undefined && Math.abs(other.local - local) <= SAME_MINUTE);
    for (const other of minute) done.add(other);
    settleMinute(minute, missingCameras(local, situation, taken, cases), situation.known);
  }
}

function settleMinute(minute: readonly Case[], missing: Set<string>, known: readonly KnownClip[]): void {
  const left = new Set(minute);
  const assign = (one: Case, camera: string | undefined, proof: NameProof): void => {
    if (camera === undefined) return;
    give(one, camera, proof);
    left.delete(one);
    missing.delete(camera);
  };
  for (const one of minute) {
    const camera = bySize(one.clip, known);
    if (camera !== undefined && missing.has(camera) && single(minute, (other) => bySize(other.clip, known) === camera))
      assign(one, camera, 'picture-size');
  }
  // A camera whose pictures have another size cannot be it.
  const possible = (one: Case): string[] => [...missing].filter((camera) => sizeFits(one.clip, camera, known));
  const [only] = left;
  if (only && left.size === 1 && missing.size === 1) assign(only, possible(only)[0], 'only-one-missing');
  // Two clips that are most like one camera prove nothing.
  const likes = new Map([...left].map((one) => [one, mostAlike(one.clip, possible(one))]));
  for (const [one, camera] of likes)
    if ([...likes.values()].filter((other) => other === camera).length === 1) assign(one, camera, 'likeness');
  const [last] = left;
  if (last && left.size === 1 && missing.size === 1) assign(last, possible(last)[0], 'only-one-missing');
}

function give(one: Case, camera: string | undefined, proof: NameProof): void {
  if (camera === undefined) return;
  one.camera = camera;
  one.proof = proof;
}

const single = (list: readonly Case[], test: (one: Case) => boolean): boolean => list.filter(test).length === 1;

/** Cameras that were on in the neighbouring minutes, and whose clip of this minute has no data. */
function missingCameras(
  local: LocalMs,
  { known, recent }: Situation,
  taken: ReadonlySet<string>,
  cases: readonly Case[],
): Set<string> {
  const inRecent = known.filter(({ path }) => splitPath(path).folder === recent);
  const near = inRecent.filter(
    (clip) => Math.abs(clip.local - local) > SAME_MINUTE && Math.abs(clip.local - local) <= NEIGHBOURS,
  );
  const all = near.length > 0 ? near : inRecent;
  const expected = new Set(all.length > 0 ? all.map(({ camera }) => camera) : CAMERAS);
  for (const clip of inRecent) if (Math.abs(clip.local - local) <= SAME_MINUTE) expected.delete(clip.camera);
  for (const one of cases)
    if (
      one.path !== undefined &&
      one.local !== undefined &&
      Math.abs(one.local - local) <= SAME_MINUTE &&
      taken.has(one.path)
    )
      for (const camera of [...expected])
        if (one.path.endsWith(`-${camera}.mp4`) && splitPath(one.path).folder === recent) expected.delete(camera);
  return expected;
}

/** The one camera whose clips have this size, where the others have another. */
function bySize(clip: NamelessClip, known: readonly KnownClip[]): string | undefined {
  if (clip.width === 0) return undefined;
  const cameras = new Set(
    known.filter((one) => one.width === clip.width && one.height === clip.height).map((one) => one.camera),
  );
  const others = known.some((one) => one.width !== 0 && (one.width !== clip.width || one.height !== clip.height));
  const [camera] = cameras;
  return cameras.size === 1 && others ? camera : undefined;
}

function sizeFits(clip: NamelessClip, camera: string, known: readonly KnownClip[]): boolean {
  if (clip.width === 0) return true;
  const seen = known.filter((one) => one.camera === camera && one.width !== 0);
  return seen.length === 0 || seen.some((one) => one.width === clip.width && one.height === clip.height);
}

/** Also among all cameras it must be the most alike: the right one may be none of the missing. */
function mostAlike(clip: NamelessClip, possible: readonly string[]): string | undefined {
  const order = [...clip.likeness].sort((one, other) => other[1] - one[1]);
  const [best, second] = order;
  if (!best || best[1] < LIKE || (second && best[1] - second[1] < CLEARLY)) return undefined;
  return possible.includes(best[0]) ? best[0] : undefined;
}

/** Where it belongs: the last hour, where siblings of its minute are; else an event whose time it is; else a folder of its own. */
function folderFor(one: Case, situation: Situation, taken: ReadonlySet<string>): string {
  const { local, camera } = one;
  if (local === undefined) return SALVAGED;
  const name = camera === undefined ? undefined : formatClipName({ local, camera });
  const siblings = situation.known.filter((clip) => Math.abs(clip.local - local) <= SAME_MINUTE);
  const inRecent = siblings.filter(({ path }) => splitPath(path).folder === situation.recent);
  const present = new Set(inRecent.map((clip) => clip.camera));
  const free = camera === undefined ? present.size < CAMERAS.length : !present.has(camera);
  const allThere = name !== undefined && taken.has(`${situation.recent}/${name}`);
  if (inRecent.length > 0 && free && !allThere) return situation.recent;
  const damaged = situation.events.filter((event) => event.damaged);
  const lost = eventFor(local, name, damaged, taken);
  if (lost) return lost.path;
  const near = (clip: KnownClip): boolean =>
    splitPath(clip.path).folder === situation.recent && Math.abs(clip.local - local) <= NEIGHBOURS;
  if (inRecent.length === 0 && situation.known.some(near)) return situation.recent;
  const event = eventFor(local, name, situation.events, taken);
  if (event) return event.path;
  return SALVAGED;
}

export const SALVAGED = 'TeslaCam/SalvagedClips';
