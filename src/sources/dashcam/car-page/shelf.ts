/**
 * The spool as the page shows it: events, and the minutes of a day. Pure.
 */
import type { SpoolFile, SpoolIndex } from '../role/spool-index.ts';

/** What the page knows of a file. Times are UTC ms; null: not known. */
export interface FileCard {
  readonly id: string;
  readonly name: string;
  readonly track: string;
  readonly role: SpoolFile['role'];
  readonly start: number | null;
  readonly seconds: number;
  readonly bytes: number;
  readonly whole: boolean;
  readonly encrypted: boolean;
}

export interface MinuteCard {
  readonly start: number | null;
  /** By the car's clock, where UTC is not known. */
  readonly local: string | null;
  readonly clips: readonly FileCard[];
}

export interface EventCard {
  /** `sentry/2026-03-01_17-02-44`. */
  readonly id: string;
  readonly ring: string;
  readonly what: string | null;
  readonly time: number | null;
  /** By the car's clock: `2026-03-01T17:02:40`. */
  readonly local: string;
  readonly place: string | null;
  readonly camera: string | null;
  readonly clips: number;
  readonly bytes: number;
  /** Its picture. */
  readonly picture: string | null;
}

export interface EventPage {
  readonly event: EventCard;
  readonly minutes: readonly MinuteCard[];
  readonly others: readonly FileCard[];
}

export interface DayCard {
  /** UTC. */
  readonly day: string;
  readonly clips: number;
  readonly bytes: number;
}

type Shelf = Pick<SpoolIndex, 'files' | 'events' | 'members'>;

/** Cameras of one minute begin within this. */
const SAME_MINUTE = 8_000;
const EVENTS_A_PAGE = 50;

/** Newest first. @param after the id of the last one that is known already */
export function eventCards(shelf: Shelf, after?: string): { readonly events: EventCard[]; readonly more: boolean } {
  const names = [...shelf.events.keys()].sort((a, b) => momentOf(b).localeCompare(momentOf(a)) || b.localeCompare(a));
  const from = after === undefined ? 0 : names.indexOf(after) + 1;
  const page = names.slice(from, from + EVENTS_A_PAGE);
  return { events: page.flatMap((name) => eventCard(shelf, name) ?? []), more: from + page.length < names.length };
}

/** `sentry/2026-03-01_17-02-44` → the part that sorts by time. */
const momentOf = (name: string): string => name.slice(name.indexOf('/') + 1);

export function eventPage(shelf: Shelf, name: string): EventPage | undefined {
  const event = eventCard(shelf, name);
  if (!event) return undefined;
  const members = shelf.members(name);
  return {
    event,
    minutes: minutesOf(members.filter(({ role }) => role === 'clip')),
    others: members.filter(({ role }) => role !== 'clip').map(fileCard),
  };
}

function eventCard(shelf: Shelf, name: string): EventCard | undefined {
  const line = shelf.events.get(name);
  if (!line) return undefined;
  const members = shelf.members(name);
  const place = [line.street, line.city].filter((part) => part !== null && part !== '').join(', ');
  return {
    id: name,
    ring: line.ring,
    what: line.what,
    time: line.time === null ? null : Date.parse(line.time),
    local: line.local,
    place: place === '' ? null : place,
    camera: line.camera,
    clips: members.filter(({ role }) => role === 'clip').length,
    bytes: members.reduce((sum, { bytes }) => sum + bytes, 0),
    picture: members.find(({ role }) => role === 'thumb')?.sha256 ?? null,
  };
}

/** Days that have clips, newest first; those of unknown time have none. */
export function dayCards({ files }: Pick<Shelf, 'files'>): DayCard[] {
  const days = new Map<string, { clips: number; bytes: number }>();
  for (const file of files.values()) {
    const day = dayOf(file);
    if (day === undefined) continue;
    const sum = days.get(day) ?? { clips: 0, bytes: 0 };
    sum.clips += 1;
    sum.bytes += file.bytes;
    days.set(day, sum);
  }
  return [...days].sort(([a], [b]) => b.localeCompare(a)).map(([day, sum]) => ({ day, ...sum }));
}

/** Minutes of a day, in order. */
export function minutesOfDay({ files }: Pick<Shelf, 'files'>, day: string): MinuteCard[] {
  return minutesOf([...files.values()].filter((file) => dayOf(file) === day));
}

function dayOf({ role, start }: SpoolFile): string | undefined {
  return role === 'clip' && start !== undefined ? new Date(start).toISOString().slice(0, 10) : undefined;
}

function minutesOf(clips: readonly SpoolFile[]): MinuteCard[] {
  const momentOfClip = ({ start, local }: SpoolFile): number => start ?? (local === null ? 0 : Date.parse(`${local}Z`));
  const minutes: { start: number | null; local: string | null; at: number; clips: FileCard[] }[] = [];
  for (const clip of [...clips].sort((a, b) => momentOfClip(a) - momentOfClip(b) || a.track.localeCompare(b.track))) {
    const at = momentOfClip(clip);
    const last = minutes.at(-1);
    const fits = last && at - last.at <= SAME_MINUTE && !last.clips.some(({ track }) => track === clip.track);
    if (fits) last.clips.push(fileCard(clip));
    else minutes.push({ start: clip.start ?? null, local: clip.local, at, clips: [fileCard(clip)] });
  }
  return minutes.map(({ start, local, clips: cards }) => ({ start, local, clips: cards }));
}

function fileCard(file: SpoolFile): FileCard {
  return {
    id: file.sha256,
    name: file.name,
    track: file.track,
    role: file.role,
    start: file.start ?? null,
    seconds: file.seconds,
    bytes: file.bytes,
    whole: file.complete,
    encrypted: file.encrypted,
  };
}
