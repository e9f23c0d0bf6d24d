/**
 * Which clips of a folder or drive may belong to what a person asks for, by their names alone. Pure.
 */
import { UserError } from '../../../base/errors.ts';
import { type LocalMs, parseClipName, parseEventFolder, splitPath } from '../layout/clip-name.ts';
import type { AskedTime } from './car-time.ts';

/** A file as it lies there. */
export interface NamedFile {
  /** From what was opened. */
  readonly path: string;
}

export interface NamedClip<File extends NamedFile = NamedFile> {
  readonly file: File;
  readonly folder: string;
  readonly name: string;
  readonly camera: string;
  readonly local: LocalMs;
  /** Made by `vidette repair` of a damaged one: its head may be lost. */
  readonly repaired: boolean;
}

export interface Chosen<File extends NamedFile = NamedFile> {
  /** The event's own first. */
  readonly clips: readonly NamedClip<File>[];
  /** Of the event: its folder from what was opened (`''`: that itself) and its name. */
  readonly event: { readonly folder: string; readonly name: string } | undefined;
}

export interface ClipChoice {
  /** Name of an event's folder, or `latest`. */
  readonly event?: string | undefined;
  /** A time of day. */
  readonly start?: AskedTime | undefined;
  /** ms. */
  readonly length: number;
}

/** A clip is about a minute long; names and videos differ by some seconds, and a clock may drift. */
const AROUND = 180_000;
/** A UTC time is some zone away from the car's, and zones are from −12 to +14 hours. */
const ZONES = 15 * 3_600_000;
const MOST_NAMED = 12;
/** What `vidette repair` makes beside a clip. */
const MADE = /\.(repaired|decrypted)\.mp4$/;

/**
 * @param files of the volume
 * @param opened name of what was opened: `RecentClips`, `2026-03-01_17-02-44`, `stick`
 * @throws UserError that lists the events where it is not said which one is meant
 */
export function chooseClips<File extends NamedFile>(
  files: readonly File[],
  opened: string,
  choice: ClipChoice,
): Chosen<File> {
  const clips = files.flatMap((file): NamedClip<File>[] => {
    const { folder, name } = splitPath(file.path);
    const made = MADE.exec(name)?.[1];
    const said = parseClipName(made === undefined ? name : name.replace(`.${made}`, ''));
    return said ? [{ file, folder, name, repaired: made === 'repaired', ...said }] : [];
  });
  if (clips.length === 0)
    throw new UserError(
      `There is no clip of a car in ${opened}.`,
      'Name a folder, a drive or an image that has some.',
      {
        code: 'no-footage',
      },
    );
  if (choice.event !== undefined) return ofEvent(clips, eventCalled(clips, choice.event), opened);
  const own = clips.filter(({ folder }) => folder === '');
  if (own.length > 0 && !/^recentclips$/i.test(opened)) return { clips: own, event: { folder: '', name: opened } };
  if (choice.start) return { clips: around(clips, choice.start, choice.length), event: undefined };
  const events = eventsOf(clips);
  const [only, ...more] = events;
  if (only !== undefined && more.length === 0) return ofEvent(clips, only, opened);
  throw new UserError(
    events.length === 0
      ? `It is not said which part of ${opened} is wanted.`
      : `There are ${events.length} events in ${opened}: ${latest(events).map(nameOf).join(', ')}${events.length > MOST_NAMED ? ' …' : ''}.`,
    events.length === 0
      ? 'Give the time by the car’s clock: -s "2026-03-01 17:03:05" -l 30.'
      : 'Choose one: --event latest, or --event with its name; or give a time: -s "2026-03-01 17:03:05".',
    { code: 'usage' },
  );
}

/** Folders of events, in order of their names. */
function eventsOf(clips: readonly NamedClip[]): string[] {
  const folders = new Set(clips.map(({ folder }) => folder));
  return [...folders].filter((folder) => parseEventFolder(nameOf(folder)) !== undefined).sort(byName);
}

const nameOf = (folder: string): string => splitPath(folder).name;
const byName = (one: string, other: string): number => (nameOf(one) < nameOf(other) ? -1 : 1);
const latest = (events: readonly string[]): string[] => events.slice(-MOST_NAMED).reverse();

function eventCalled(clips: readonly NamedClip[], name: string): string {
  const events = eventsOf(clips);
  const found = name === 'latest' ? events.at(-1) : events.find((folder) => folder === name || nameOf(folder) === name);
  if (found !== undefined) return found;
  throw new UserError(
    events.length === 0 ? 'There is no event here.' : `There is no event “${name}”.`,
    events.length === 0
      ? 'Leave out --event.'
      : `There are ${latest(events).map(nameOf).join(', ')}${events.length > MOST_NAMED ? ' …' : ''}.`,
    { code: 'not-found' },
  );
}

/** Its own clips, then those of other folders that were at the same time: the car may have lost some of the event's. */
function ofEvent<File extends NamedFile>(
  clips: readonly NamedClip<File>[],
  folder: string,
  opened: string,
): Chosen<File> {
  const own = clips.filter((clip) => clip.folder === folder);
  const times = own.map(({ local }) => local);
  const from = Math.min(...times) - 10_000;
  const to = Math.max(...times) + 10_000;
  const others = clips.filter((clip) => clip.folder !== folder && clip.local >= from && clip.local <= to);
  return { clips: [...own, ...others], event: { folder, name: nameOf(folder) || opened } };
}

function around<File extends NamedFile>(
  clips: readonly NamedClip<File>[],
  { kind, at }: AskedTime,
  length: number,
): NamedClip<File>[] {
  const more = kind === 'utc' ? ZONES : 0;
  if (kind === 'day')
    throw new UserError('It is not said which day is meant.', 'Give the day too: -s "2026-03-01 17:03:05".', {
      code: 'usage',
    });
  return clips.filter(({ local }) => local > at - AROUND - more && local < at + length + AROUND + more);
}
