/**
 * A car's footage without a hub: an event's folder, a TeslaCam folder, a stick or an image of one, as what a clip is planned of.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../../base/errors.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { KeyRing } from '../encrypted/key-ring.ts';
import { containerOf, openContainer } from '../encrypted/open-container.ts';
import { believable, type TimedClip, utcOf } from '../harvest/clip-time.ts';
import { clipFacts } from '../layout/clip-facts.ts';
import { parseEventFolder } from '../layout/clip-name.ts';
import { type CarEvent, parseEventJson } from '../layout/event-json.ts';
import type { PlanCar, PlanClip } from '../plan.ts';
import type { Drive, DriveEntry, DriveVolume } from '../volume/drive-volume.ts';
import { openDrive } from '../volume/open-drive.ts';
import type { CarFile } from './car-clip.ts';
import { type ClipChoice, chooseClips, type NamedClip } from './choose-clips.ts';

interface VolumeFile {
  readonly path: string;
  readonly entry: DriveEntry;
  readonly volume: DriveVolume;
}

export interface FoundClip extends PlanClip {
  readonly named: NamedClip<VolumeFile>;
  /** What is in it, of an encrypted one that was opened. */
  readonly opened: RandomReader | undefined;
}

export interface OpenFootage extends PlanCar<FoundClip> {
  /** Local time of names ↔ UTC, of clips that have both. */
  readonly times: readonly TimedClip[];
  /** None of the clips tells UTC: the times are those of the names. */
  readonly timeless: boolean;
  /** For the name of a file: `2026-03-01_17-02-44`; undefined: no event. */
  readonly event: string | undefined;
  readonly notes: readonly string[];
  /** The clips as files: where they lie, or out of the image into `scratch`. */
  bring(
    clips: readonly FoundClip[],
    scratch: string,
    options: { readonly signal?: AbortSignal; readonly onProgress?: (done: number) => void },
  ): Promise<CarFile[]>;
}

const MOST_EVENT = 64 * 1024;
/** Of a clip whose end is lost. */
const USUAL_MS = 62_000;
/** Two files of one camera that begin within this are the same minute. */
const SAME = 5_000;
const BLOCK = 1 << 20;

export interface FootageOptions {
  readonly choice: ClipChoice;
  /** UTC ms. */
  readonly now: number;
  /** For encrypted clips; a key file beside a clip is found by itself. */
  readonly keys?: KeyRing | undefined;
  readonly signal?: AbortSignal;
}

/** @throws UserError that says what is there instead of what was asked for, or that it is encrypted */
export async function openFootage(path: string, options: FootageOptions): Promise<OpenFootage & AsyncDisposable> {
  const drive = await openDrive(path);
  try {
    return await read(drive, resolve(path), options);
  } catch (error) {
    await drive[Symbol.asyncDispose]();
    throw error;
  }
}

async function read(
  drive: Drive,
  root: string,
  { choice, now, keys, signal }: FootageOptions,
): Promise<OpenFootage & AsyncDisposable> {
  const { volumes } = await drive.scan(signal ? { signal } : {});
  const files = volumes.flatMap((volume) => volume.entries.map((entry) => ({ path: entry.path, entry, volume })));
  const chosen = chooseClips(files, basename(root), choice);
  const notes: string[] = [];
  const seen: Seen[] = [];
  for (const named of chosen.clips) {
    signal?.throwIfAborted();
    const path = drive.kind === 'folder' ? join(root, named.file.path) : undefined;
    seen.push(await lookAt(named, path, now, keys));
  }
  const plain = seen.filter(({ encrypted }) => !encrypted);
  if (plain.length === 0)
    throw new UserError(
      `The footage is encrypted by the car: ${seen
        .slice(0, 3)
        .map(({ named }) => named.name)
        .join(', ')}${seen.length > 3 ? ` and ${seen.length - 3} more` : ''}.`,
      'Give its keys (--keys), or decrypt it first, in the car or at dashcam.tesla.com.',
      { code: 'encrypted' },
    );
  const times = seen.flatMap(({ named, utc }) => (utc === undefined ? [] : [{ local: named.local, utc }]));
  const timeless = times.length === 0;
  if (timeless)
    notes.push('None of these clips tells when it was in UTC: they are ordered by their names, without a time stamp.');
  const clips = onAxis(seen, times, timeless, notes);
  const event = chosen.event && (await eventOf(files, chosen.event.folder));
  const local = event?.local ?? (chosen.event && parseEventFolder(chosen.event.name));
  const at = local === undefined ? undefined : timeless ? local : utcOf(local, undefined, times)?.utc;
  return {
    clips,
    trigger: at === undefined ? undefined : { at, camera: event?.camera },
    city: event?.city,
    street: event?.street,
    times,
    timeless,
    event: chosen.event?.name,
    notes,
    async bring(wanted, scratch, options) {
      const out: CarFile[] = [];
      for (const [index, clip] of wanted.entries()) {
        options.onProgress?.(index / wanted.length);
        const { file, name, repaired } = clip.named;
        const path =
          drive.kind === 'folder' && !clip.opened
            ? join(root, file.path)
            : await copyOut(
                clip.opened ?? file.volume.reader(file.entry),
                join(await mkdtemp(join(scratch, 'copy-')), name),
                options,
              );
        out.push({ input: clip.input, name, path, ...(repaired ? { repaired } : {}) });
      }
      return out;
    },
    [Symbol.asyncDispose]: () => drive[Symbol.asyncDispose](),
  };
}

interface Seen {
  readonly named: NamedClip<VolumeFile>;
  readonly utc: number | undefined;
  /** Seconds; 0: not known. */
  readonly duration: number;
  readonly complete: boolean;
  readonly encrypted: boolean;
  readonly opened: RandomReader | undefined;
}

/** @param path of the clip, where it lies in a folder */
async function lookAt(
  named: NamedClip<VolumeFile>,
  path: string | undefined,
  now: number,
  keys: KeyRing | undefined,
): Promise<Seen> {
  const { entry, volume } = named.file;
  const reader = volume.reader(entry);
  const container = await containerOf(reader);
  let opened: RandomReader | undefined;
  if (container) {
    const own = path === undefined ? undefined : await KeyRing.load({ clip: path });
    const all = [...(own?.keysFor(named.name) ?? []), ...(keys?.keysFor(named.name) ?? [])];
    opened = (await openContainer(reader, container, all))?.reader;
    if (!opened) return { named, utc: undefined, duration: 0, complete: true, encrypted: true, opened };
  }
  const { utc, duration, complete } = await clipFacts(opened ?? reader);
  return { named, utc: believable(utc, now), duration, complete, encrypted: false, opened };
}

/** Each with its time; of two of the same camera and minute the one that is whole, or else the event's own. */
function onAxis(seen: readonly Seen[], times: readonly TimedClip[], timeless: boolean, notes: string[]): FoundClip[] {
  const clips: FoundClip[] = [];
  const lost: string[] = [];
  const worth = new Map<FoundClip, number>();
  for (const { named, utc, duration, complete, encrypted, opened } of seen) {
    const time = timeless ? { utc: named.local, zone: undefined } : utcOf(named.local, utc, times);
    if (!time) {
      lost.push(named.name);
      continue;
    }
    const clip: FoundClip = {
      input: named.file.path,
      camera: named.camera,
      start: time.utc,
      end: time.utc + (duration > 0 ? duration * 1000 : USUAL_MS),
      zone: time.zone ?? null,
      named,
      complete,
      opened,
    };
    worth.set(clip, encrypted ? 0 : complete ? 2 : 1);
    const same = clips.findIndex((one) => one.camera === clip.camera && Math.abs(one.start - clip.start) < SAME);
    const other = clips[same];
    if (!other) clips.push(clip);
    else if ((worth.get(clip) ?? 0) > (worth.get(other) ?? 0)) clips[same] = clip;
  }
  if (lost.length > 0)
    notes.push(`When these were is not known, so they are left out: ${lost.slice(0, 5).join(', ')}.`);
  return clips.sort((one, other) => one.start - other.start);
}

async function eventOf(files: readonly VolumeFile[], folder: string): Promise<CarEvent | undefined> {
  const path = folder === '' ? 'event.json' : `${folder}/event.json`;
  const file = files.find((one) => one.path === path);
  if (!file) return undefined;
  const reader = file.volume.reader(file.entry);
  return parseEventJson(Buffer.from(await reader.read(0, Math.min(reader.size, MOST_EVENT))));
}

async function copyOut(
  reader: RandomReader,
  path: string,
  { signal }: { readonly signal?: AbortSignal },
): Promise<string> {
  async function* blocks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < reader.size; at += BLOCK) yield reader.read(at, Math.min(BLOCK, reader.size - at));
  }
  await pipeline(Readable.from(blocks()), createWriteStream(path, { flags: 'wx' }), signal ? { signal } : {});
  return path;
}
