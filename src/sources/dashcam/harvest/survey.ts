/**
 * Reads of each file what decides its name, its place and its turn: a clip's time, whether it is whole or encrypted, and what an event says of itself.
 */
import { clipHead, headScratch } from '../layout/clip-facts.ts';
import { type LocalMs, parseEventFolder } from '../layout/clip-name.ts';
import { encryptedLength } from '../layout/encrypted.ts';
import { type CarEvent, parseEventJson } from '../layout/event-json.ts';
import { readTelemetry } from '../telemetry/read-telemetry.ts';
import { believable, isMisnamed, type TimedClip, type UtcTime, utcOf } from './clip-time.ts';
import type { DriveFile } from './gather.ts';
import { eventName } from './order.ts';
import type { Motion } from './parked.ts';
import { Unreadable } from './unreadable.ts';

/** What a file says of itself. */
export interface Facts {
  /** UTC ms by its video. */
  readonly utc: number | undefined;
  /** Seconds. */
  readonly seconds: number;
  readonly complete: boolean;
  readonly encrypted: boolean;
}

export interface Survey {
  readonly facts: ReadonlyMap<DriveFile, Facts>;
  /** Every event on the drive, with what its `event.json` says where it could be read. */
  readonly events: ReadonlyMap<string, CarEvent | undefined>;
  /** Files that could not be read. */
  readonly failed: readonly { readonly path: string; readonly why: string }[];
}

const NO_CLIP: Facts = { utc: undefined, seconds: 0, complete: true, encrypted: false };
const MOST_EVENT = 64 * 1024;

/** @param now UTC ms */
export async function survey(
  files: readonly DriveFile[],
  now: number,
  { signal, progress }: { readonly signal?: AbortSignal; readonly progress?: (done: number) => void },
): Promise<Survey> {
  const facts = new Map<DriveFile, Facts>();
  const events = new Map<string, CarEvent | undefined>();
  const failed: { readonly path: string; readonly why: string }[] = [];
  const scratch = headScratch();
  for (const [index, file] of files.entries()) {
    signal?.throwIfAborted();
    progress?.(index / files.length);
    const { place, reader } = file;
    const name = place.kind !== 'other' && place.event !== undefined ? eventName(place.ring, place.event) : undefined;
    if (name !== undefined && !events.has(name)) events.set(name, undefined);
    try {
      const own = await factsOf(file, now, scratch);
      facts.set(file, own);
      if (name !== undefined && place.kind === 'event-file' && place.role === 'json' && !own.encrypted)
        events.set(name, parseEventJson(Buffer.from(await reader.read(0, Math.min(reader.size, MOST_EVENT)))));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      failed.push({ path: file.path, why: error.reason });
    }
  }
  return { facts, events, failed };
}

async function factsOf({ place, reader }: DriveFile, now: number, scratch: Buffer): Promise<Facts> {
  const head = Buffer.from(await reader.read(0, 24));
  const whole = encryptedLength(head);
  if (whole !== undefined) return { ...NO_CLIP, complete: reader.size >= whole, encrypted: true };
  if (place.kind !== 'clip') return NO_CLIP;
  const { utc, duration, complete } = await clipHead(reader, scratch);
  return { utc: believable(utc, now), seconds: Math.round(duration * 1000) / 1000, complete, encrypted: false };
}

/** Clips of earlier harvests that may say what names and videos differ by. */
const WITNESSES = 64;
/** So many that were just before a clip, and after, are asked. */
const BESIDE = 7;

/** Clips with both times: of each event, and all. */
export class Times {
  readonly #all: TimedClip[];
  /** Those of this harvest, and the newest before it. */
  readonly #witnesses: TimedClip[];
  #inOrder: readonly TimedClip[] | undefined;
  readonly #events = new Map<string, TimedClip[]>();

  /** @param known from the manifest */
  constructor(known: readonly TimedClip[], { facts }: Survey) {
    this.#all = [...known];
    this.#witnesses = known.slice(-WITNESSES);
    for (const [{ place }, { utc }] of facts) {
      if (place.kind !== 'clip' || place.local === undefined || utc === undefined) continue;
      const clip = { local: place.local, utc };
      this.#all.push(clip);
      this.#witnesses.push(clip);
      if (place.event === undefined) continue;
      const name = eventName(place.ring, place.event);
      this.#events.set(name, [...(this.#events.get(name) ?? []), clip]);
    }
  }

  ofClip(file: DriveFile, utc: number | undefined): UtcTime | undefined {
    const { place } = file;
    if (place.kind !== 'clip') return undefined;
    const own = place.event === undefined ? [] : (this.#events.get(eventName(place.ring, place.event)) ?? []);
    return utcOf(place.local, utc, own) ?? utcOf(place.local, utc, this.#all);
  }

  /** Whether a clip's name is certainly that of another video. */
  isMisnamed({ place }: DriveFile, utc: number | undefined): boolean {
    if (place.kind !== 'clip' || place.local === undefined || utc === undefined) return false;
    this.#inOrder ??= this.#witnesses.toSorted((one, other) => one.utc - other.utc);
    let [from, to] = [0, this.#inOrder.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#inOrder[middle]?.utc ?? 0) < utc) from = middle + 1;
      else to = middle;
    }
    return isMisnamed({ local: place.local, utc }, this.#inOrder.slice(Math.max(0, from - BESIDE), from + BESIDE));
  }

  /** @param name `sentry/2026-03-01_17-02-44` */
  ofEvent(name: string, event: CarEvent | undefined): { readonly local: LocalMs; readonly time: UtcTime | undefined } {
    const local = event?.local ?? parseEventFolder(name.slice(name.indexOf('/') + 1)) ?? 0;
    const own = this.#events.get(name) ?? [];
    return { local, time: utcOf(local, undefined, own) ?? utcOf(local, undefined, this.#all) };
  }
}

/** Reads the whole clip. */
export async function motionOf({ reader }: DriveFile, facts: Facts, signal?: AbortSignal): Promise<Motion> {
  if (facts.encrypted || !facts.complete) return 'unknown';
  const { pictures } = await readTelemetry(reader, signal);
  if (pictures.length === 0) return 'silent';
  return pictures.every(({ telemetry }) => telemetry.gear === 'park' && Math.abs(telemetry.speed) < STANDS)
    ? 'parked'
    : 'moving';
}

/** Metres a second. */
const STANDS = 0.1;
