/**
 * In which order footage is taken, so that what matters most is safe first when the drive goes away: what the person saved and panic events, then
 * Sentry, then the rest. In an event its own small files first, then the minute and the camera that triggered it. Pure.
 */

import { type LocalMs, parseEventFolder } from '../layout/clip-name.ts';
import type { CarEvent } from '../layout/event-json.ts';
import type { Place } from './place.ts';

/** What orders files of one drive. */
export interface Candidate {
  readonly place: Place;
  readonly path: string;
}

/** Of an event, by `ring/folder`. */
export type EventsByName = ReadonlyMap<string, CarEvent | undefined>;

/** `sentry/2026-03-01_17-02-44`: what an event is called in here and in the manifest. */
export const eventName = (ring: string, folder: string): string => `${ring}/${folder}`;

type Rank = readonly (number | string)[];

/** A new array. Events newest first; minutes oldest first, because the car overwrites those next. */
export function inOrder<T extends Candidate>(candidates: readonly T[], events: EventsByName): T[] {
  const minutes = triggerMinutes(candidates, events);
  return candidates
    .map((candidate) => ({ candidate, rank: rankOf(candidate, events, minutes) }))
    .sort((one, other) => compare(one.rank, other.rank))
    .map(({ candidate }) => candidate);
}

/** When it happened, by the car's clock. */
function momentOf(name: string, events: EventsByName): LocalMs {
  return events.get(name)?.local ?? parseEventFolder(name.slice(name.indexOf('/') + 1)) ?? 0;
}

/** Event → local time of the clips that hold its moment: the last ones that begin before it, else the first. */
function triggerMinutes(candidates: readonly Candidate[], events: EventsByName): Map<string, LocalMs> {
  const minutes = new Map<string, LocalMs>();
  for (const { place } of candidates) {
    if (place.kind !== 'clip' || place.event === undefined || place.local === undefined) continue;
    const name = eventName(place.ring, place.event);
    const moment = momentOf(name, events);
    const before = minutes.get(name);
    const better =
      before === undefined ||
      (place.local <= moment ? before > moment || place.local > before : before > moment && place.local < before);
    if (better) minutes.set(name, place.local);
  }
  return minutes;
}

/** Cameras of one minute begin within this. */
const SAME_MINUTE = 8_000;

function rankOf({ place, path }: Candidate, events: EventsByName, minutes: ReadonlyMap<string, LocalMs>): Rank {
  if (place.kind === 'other') return [4, path];
  if (place.kind === 'clip' && place.event === undefined) return [3, place.local ?? Number.POSITIVE_INFINITY, path];
  const name = eventName(place.ring, place.event ?? '');
  const event = events.get(name);
  const first =
    name.startsWith('saved/') || event?.kind === 'panic' || event?.kind === 'saved' || event?.kind === 'honk';
  const group = [first || event?.kind === 'crash-avoidance' ? 1 : 2, -momentOf(name, events), name];
  if (place.kind === 'event-file') return [...group, place.role === 'json' ? 0 : place.role === 'thumb' ? 1 : 3, path];
  const { local = Number.POSITIVE_INFINITY } = place;
  const apart = Math.abs(local - (minutes.get(name) ?? 0));
  const camera = place.track === (event?.camera ?? 'front') ? 0 : 1;
  return [...group, 2, apart <= SAME_MINUTE ? 0 : apart, camera, path];
}

function compare(one: Rank, other: Rank): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [a = 0, b = 0] = [one[at], other[at]];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}
