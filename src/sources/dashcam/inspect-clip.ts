/**
 * `vidette inspect` of a clip that a car made: its telemetry, its event, and what its name says.
 */
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RandomReader } from '../../media/mp4/random-reader.ts';
import type { KeyRing } from './encrypted/key-ring.ts';
import { containerOf, openContainer } from './encrypted/open-container.ts';
import { clipFacts } from './layout/clip-facts.ts';
import { parseClipName } from './layout/clip-name.ts';
import { type CarEvent, parseEventJson } from './layout/event-json.ts';
import { readTelemetry, type TelemetryPicture } from './telemetry/read-telemetry.ts';

export interface InspectedClip {
  /** By its name. */
  readonly camera: string | null;
  /** Its first picture by the car's own UTC, RFC 3339. */
  readonly utc: string | null;
  /** By its name: the car's local time. */
  readonly local: string | null;
  /** Every box and sample is there. */
  readonly complete: boolean;
  /** Encrypted by the car: nothing but its owner's key opens it. */
  readonly encrypted: boolean;
  /** Null of a clip that is not encrypted. */
  readonly container: {
    /** Bytes of the clip that is in it. */
    readonly plainBytes: number;
    /** Every page of it is there. */
    readonly whole: boolean;
    /** One of the given keys opens it: what is said of pictures and telemetry stands in it. */
    readonly opened: boolean;
    /** Whose key opens it, and when it was made, RFC 3339; null of what only the car itself can open. */
    readonly vin: string | null;
    readonly sealed: string | null;
    /** Pixels, and how its pictures are coded; null while it is closed. */
    readonly video: { readonly width: number; readonly height: number; readonly coding: string | null } | null;
  } | null;
  /** Pictures, with and without telemetry. */
  readonly pictures: number;
  readonly telemetry: readonly TelemetryPicture[];
  /** Of the `event.json` beside it. */
  readonly event: CarEvent | null;
}

const MOST_EVENT = 64 * 1024;

/**
 * @param keys for an encrypted clip
 * @returns undefined when it is no clip of a car
 */
export async function inspectClip(
  path: string,
  { keys, signal }: { readonly keys?: KeyRing; readonly signal?: AbortSignal } = {},
): Promise<InspectedClip | undefined> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const reader: RandomReader = {
    name: basename(path),
    size,
    async read(offset, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      return bytes.subarray(0, bytesRead);
    },
  };
  const name = parseClipName(reader.name);
  const container = await containerOf(reader);
  const opened = container && (await openContainer(reader, container, keys?.keysFor(reader.name) ?? []));
  const clip = opened?.reader ?? reader;
  const facts = await clipFacts(clip);
  if (!name && !container && facts.sequence === undefined) return undefined;
  const closed = container !== undefined && !opened;
  const { pictures, total } = closed ? { pictures: [], total: 0 } : await readTelemetry(clip, signal);
  return {
    camera: name?.camera ?? null,
    utc: facts.utc === undefined ? null : new Date(facts.utc).toISOString(),
    local: name ? new Date(name.local).toISOString().slice(0, 19) : null,
    complete: facts.complete,
    encrypted: container !== undefined,
    container: container
      ? {
          plainBytes: container.plainBytes,
          whole: size >= container.bytes,
          opened: opened !== undefined,
          vin: container.key?.vin ?? null,
          sealed: container.key?.at == null ? null : new Date(container.key.at).toISOString(),
          video: opened ? { width: facts.width, height: facts.height, coding: facts.coding ?? null } : null,
        }
      : null,
    pictures: total,
    telemetry: pictures,
    event: await eventBeside(path),
  };
}

async function eventBeside(path: string): Promise<CarEvent | null> {
  try {
    await using file = await open(join(dirname(path), 'event.json'), 'r');
    const bytes = Buffer.alloc(MOST_EVENT);
    const { bytesRead } = await file.read(bytes, 0, MOST_EVENT, 0);
    return parseEventJson(bytes.subarray(0, bytesRead));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
