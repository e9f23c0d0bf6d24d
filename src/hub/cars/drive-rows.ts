/**
 * What a look at a drive means for the catalog: files, events, and when they were. Pure.
 */
import type { NewCarFile } from '../../catalog/car-files.ts';
import type { CarEventRow, CarFileRow } from '../../catalog/tables.ts';
import { type TimedClip, utcOf } from '../../sources/dashcam/harvest/clip-time.ts';
import type { ScannedFile } from '../../sources/dashcam/reader/messages.ts';
import { drivenFileId } from './ids.ts';
import { eventStub } from './manifest-rows.ts';

export interface DriveRows {
  readonly files: readonly NewCarFile[];
  readonly events: readonly CarEventRow[];
  readonly links: readonly { readonly event_id: string; readonly file_id: string; readonly filled: boolean }[];
}

/** @param known what earlier looks have put into the catalog */
export function rowsOfDrive(
  sourceId: string,
  scanned: readonly ScannedFile[],
  known: { readonly files: ReadonlyMap<string, CarFileRow>; readonly events: ReadonlyMap<string, CarEventRow> },
): DriveRows {
  const looked = scanned.map((file) => {
    const id = drivenFileId(sourceId, file.path, file.print);
    return { id, file, before: known.files.get(id) };
  });
  const all: TimedClip[] = [];
  const ofEvent = new Map<string, TimedClip[]>();
  for (const { file, before } of looked) {
    const utc = utcIn(file, before);
    if (file.place.kind !== 'clip' || file.place.local === undefined || utc === undefined) continue;
    const clip = { local: file.place.local, utc };
    all.push(clip);
    const event = eventOf(file);
    if (event !== undefined) ofEvent.set(event, [...(ofEvent.get(event) ?? []), clip]);
  }
  const clock = sparse(all);
  const told = new Map<string, NonNullable<ScannedFile['event']>>();
  for (const { file } of looked) {
    const event = eventOf(file);
    if (event !== undefined && file.event) told.set(event, file.event);
  }

  const events = new Map<string, CarEventRow>();
  const files: NewCarFile[] = [];
  const links: { event_id: string; file_id: string; filled: boolean }[] = [];
  for (const { id, file, before } of looked) {
    const name = eventOf(file);
    const own = name === undefined ? [] : (ofEvent.get(name) ?? []);
    files.push(fileRow(sourceId, id, file, before, own, clock));
    if (name === undefined) continue;
    const event = events.get(name) ?? eventRow(sourceId, name, told.get(name), known.events.get(name), own, clock);
    if (!event) continue;
    events.set(name, event);
    links.push({ event_id: event.id, file_id: id, filled: false });
  }
  return { files, events: [...events.values()], links };
}

/** `sentry/2026-03-01_17-02-44` */
function eventOf({ place }: ScannedFile): string | undefined {
  if (place.kind === 'other' || place.event === undefined) return undefined;
  return place.ring === 'saved' || place.ring === 'sentry' ? `${place.ring}/${place.event}` : undefined;
}

function utcIn(file: ScannedFile, before: CarFileRow | undefined): number | undefined {
  if (file.details) return file.details.utc ?? undefined;
  return before?.start_by === 'video' ? (before.start_at ?? undefined) : undefined;
}

/** One clip for each ten minutes and zone is enough to tell the zone of others, and quickly searched. */
function sparse(clips: readonly TimedClip[]): TimedClip[] {
  const kept = new Map<string, TimedClip>();
  for (const clip of clips) {
    const key = `${Math.floor(clip.local / 600_000)} ${Math.round((clip.local - clip.utc) / 900_000)}`;
    if (!kept.has(key)) kept.set(key, clip);
  }
  return [...kept.values()];
}

function fileRow(
  sourceId: string,
  id: string,
  file: ScannedFile,
  before: CarFileRow | undefined,
  own: readonly TimedClip[],
  all: readonly TimedClip[],
): NewCarFile {
  const { place, details, path } = file;
  const isClip = place.kind === 'clip';
  const local = isClip ? place.local : undefined;
  const utc = utcIn(file, before);
  const time = isClip ? (utcOf(local, utc, own) ?? utcOf(local, utc, all)) : undefined;
  const encrypted = before?.encrypted ?? file.encrypted;
  return {
    id,
    source_id: sourceId,
    key: path,
    sha256: null,
    print: file.print,
    pieces: file.pieces === null ? null : JSON.stringify(file.pieces),
    name: path.slice(path.lastIndexOf('/') + 1),
    role: isClip ? 'clip' : place.kind === 'event-file' ? place.role : 'other',
    ring: place.kind === 'other' ? 'other' : place.ring,
    camera: isClip ? place.track : 'events',
    bytes: file.bytes,
    start_at: time?.utc ?? local ?? null,
    start_by: time?.by ?? null,
    local_at: local ?? null,
    zone: time?.zone ?? null,
    duration_ms: before?.duration_ms ?? (details?.seconds == null ? null : Math.round(details.seconds * 1000)),
    complete: before?.complete ?? details?.complete ?? true,
    encrypted,
    codec: before?.codec ?? details?.codec ?? null,
    width: before?.width ?? details?.width ?? null,
    height: before?.height ?? details?.height ?? null,
    examined: before?.examined ?? (!isClip || details !== null),
  };
}

function eventRow(
  sourceId: string,
  name: string,
  told: ScannedFile['event'] | undefined,
  before: CarEventRow | undefined,
  own: readonly TimedClip[],
  all: readonly TimedClip[],
): CarEventRow | undefined {
  const stub = before ?? eventStub(sourceId, name);
  if (!stub) return undefined;
  const local = told?.local ?? Date.parse(`${stub.local}Z`);
  const time = utcOf(local, undefined, own) ?? utcOf(local, undefined, all);
  const facts = told
    ? {
        reason: told.reason?.slice(0, MOST_TEXT) ?? null,
        what: told.kind,
        camera: told.camera ?? null,
        city: told.city?.slice(0, MOST_TEXT) ?? null,
        street: told.street?.slice(0, MOST_TEXT) ?? null,
        latitude: told.latitude ?? null,
        longitude: told.longitude ?? null,
      }
    : {};
  return {
    ...stub,
    ...facts,
    local: new Date(local).toISOString().slice(0, 19),
    at: time?.utc ?? local,
    at_known: time !== undefined,
    zone: time?.zone ?? null,
  };
}

const MOST_TEXT = 200;
