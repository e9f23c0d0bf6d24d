/**
 * What lines of a manifest mean for the catalog. Pure.
 */
import type { NewCarFile } from '../../catalog/car-files.ts';
import type { CarEventRow } from '../../catalog/tables.ts';
import type { LineOf } from '../../sources/dashcam/harvest/manifest-line.ts';
import { parseEventFolder } from '../../sources/dashcam/layout/clip-name.ts';
import { eventId, storedFileId } from './ids.ts';

export function fileRow(sourceId: string, line: LineOf<'file'>): NewCarFile {
  const local = line.local === null ? null : Date.parse(`${line.local}Z`);
  const start = line.start === null ? local : Date.parse(line.start);
  return {
    id: storedFileId(sourceId, line.sha256),
    source_id: sourceId,
    key: line.key,
    sha256: Buffer.from(line.sha256, 'hex'),
    print: null,
    pieces: null,
    name: line.from.path.slice(line.from.path.lastIndexOf('/') + 1),
    role: line.role,
    ring: line.ring,
    camera: line.track,
    bytes: line.bytes,
    start_at: start,
    start_by: line.start === null ? null : (line.startBy ?? 'name'),
    local_at: local,
    zone: line.zone,
    duration_ms: line.seconds === null ? null : Math.round(line.seconds * 1000),
    complete: line.complete,
    encrypted: line.encrypted,
    codec: null,
    width: null,
    height: null,
    // Nothing in it can be read.
    examined: line.encrypted || line.role !== 'clip',
  };
}

export function eventRow(sourceId: string, line: LineOf<'event'>): CarEventRow {
  const { event: name, ring, time, local, zone, reason, what, camera, city, street, latitude, longitude } = line;
  return {
    ...{ id: eventId(sourceId, name), source_id: sourceId, name, ring },
    at: Date.parse(time ?? `${local}Z`),
    at_known: time !== null,
    ...{ zone, local, reason, what, camera, city, street, latitude, longitude },
  };
}

/** An event of which nothing but its folder is known; undefined: its name is none. */
export function eventStub(sourceId: string, name: string): CarEventRow | undefined {
  const at = parseEventFolder(name.slice(name.indexOf('/') + 1));
  if (at === undefined || at < 0) return undefined;
  const nothing = { reason: null, what: null, camera: null, city: null, street: null, latitude: null, longitude: null };
  return {
    ...{ id: eventId(sourceId, name), source_id: sourceId, name, ...nothing, at, at_known: false, zone: null },
    ring: name.startsWith('saved/') ? 'saved' : 'sentry',
    local: new Date(at).toISOString().slice(0, 19),
  };
}
