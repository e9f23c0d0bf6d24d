/**
 * Which event a clip belongs to, by the time. Pure.
 */
import type { LocalMs } from '../layout/clip-name.ts';

export interface EventFolder {
  readonly path: string;
  /** When it was, by its name. */
  readonly local: LocalMs;
  /** It has lost entries. */
  readonly damaged: boolean;
  /** Names in it, without those that have lost their data. */
  readonly names: ReadonlySet<string>;
}

/** A saved event has about ten minutes before it; a clip begins up to a minute before its end. */
const BEFORE = 12 * 60_000;
const AFTER = 90_000;

/** The event that a clip of this time belongs to and that lacks it; one that has lost entries counts for more. @param name when it is known */
export function eventFor(
  local: LocalMs,
  name: string | undefined,
  events: readonly EventFolder[],
  taken: ReadonlySet<string>,
): EventFolder | undefined {
  const fitting = events.filter(
    (event) =>
      local >= event.local - BEFORE &&
      local <= event.local + AFTER &&
      (name === undefined || (!event.names.has(name) && !taken.has(`${event.path}/${name}`))),
  );
  const damaged = fitting.filter((event) => event.damaged);
  return nearest(local, damaged) ?? (name === undefined ? undefined : nearest(local, fitting));
}

/** The event at, or shortly before, a time that stands in its own file. */
export function eventAt(local: LocalMs, name: string, events: readonly EventFolder[]): EventFolder | undefined {
  const near = events.filter((event) => Math.abs(event.local - local) <= 5 * 60_000 && !event.names.has(name));
  return (
    nearest(
      local,
      near.filter((event) => event.damaged),
    ) ?? nearest(local, near)
  );
}

function nearest(local: LocalMs, events: readonly EventFolder[]): EventFolder | undefined {
  return events.reduce<EventFolder | undefined>(
    (best, event) => (best && Math.abs(best.local - local) <= Math.abs(event.local - local) ? best : event),
    undefined,
  );
}
