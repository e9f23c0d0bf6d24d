/**
 * A manifest of years, made up: six cameras a minute, events that the car keeps, and retention that deletes after two days. With what is stored at its end,
 * and what the drive holds then.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { MANIFEST } from '../../src/blobs/folder.ts';
import type { Held } from '../../src/sources/dashcam/harvest/known.ts';
import {
  chain,
  type LineOf,
  type ManifestLine,
  NOTHING_BEFORE,
} from '../../src/sources/dashcam/harvest/manifest-line.ts';
import { originId } from '../../src/sources/dashcam/harvest/origin-id.ts';
import { CAMERAS } from './car.ts';

export interface HistoryWish {
  readonly clips: number;
  /** Clips that the spool keeps, and those that the drive has in RecentClips. */
  readonly spool?: number;
  readonly ring?: number;
  /** Minutes from one event to the next; the drive and the spool keep the last `events` of them. */
  readonly eventEvery?: number;
  readonly events?: number;
}

export interface History {
  readonly lines: number;
  readonly bytes: number;
  readonly head: string;
  /** SHA-256 of what is stored. */
  readonly stored: ReadonlySet<string>;
  /** Where the drive has what, and SHA-256 of it. */
  readonly onDrive: ReadonlyMap<
    string,
    { readonly from: LineOf<'file'>['from']; readonly bytes: number; readonly sha256: string }
  >;
  readonly held: Held;
}

const BEGIN = Date.UTC(2026, 0, 1);

/** Writes it. @param root of a library, which need not be one */
export async function writeHistory(
  root: string,
  source: string,
  { clips, spool = 1200, ring = 360, eventEvery = 60, events = 20 }: HistoryWish,
): Promise<History> {
  await mkdir(join(root, source), { recursive: true });
  const out = createWriteStream(join(root, source, MANIFEST));
  const onDrive = new Map<string, { from: LineOf<'file'>['from']; bytes: number; sha256: string }>();
  const onRing: string[] = [];
  const recent: string[] = [];
  const kept: { readonly event: string; readonly paths: string[]; readonly shas: string[] }[] = [];
  const stored = new Set<string>();
  let [head, lines, bytes] = [NOTHING_BEFORE, 0, 0];
  let pending: ManifestLine[] = [];
  const flush = async (): Promise<void> => {
    const { text, head: next } = chain(head, pending);
    [head, lines, bytes, pending] = [next, lines + pending.length, bytes + text.length, []];
    if (!out.write(text)) await once(out, 'drain');
  };
  pending.push({ kind: 'manifest', version: 1, library: 'a', source, at: new Date(BEGIN).toISOString() });
  for (let minute = 0; minute * CAMERAS.length < clips; minute += 1) {
    const at = new Date(BEGIN + minute * 60_000).toISOString();
    const local = at.slice(0, 19);
    const name = local.replace('T', '_').replaceAll(':', '-');
    const isEvent = minute % eventEvery === eventEvery - 1;
    const event = `sentry/${name}`;
    if (isEvent)
      pending.push({
        kind: 'event',
        at,
        event,
        ring: 'sentry',
        time: at,
        local,
        zone: 0,
        reason: 'sentry_aware_object_detection',
        what: 'sentry',
        camera: 'front',
        city: null,
        street: null,
        latitude: null,
        longitude: null,
      });
    const mine = { event, paths: [] as string[], shas: [] as string[] };
    for (const track of CAMERAS) {
      const sha256 = hash(`${minute} ${track}`);
      const size = 30_000_000 + (minute % 1000);
      const origin = (path: string): LineOf<'file'>['from'] => ({
        drive: 'cam.img',
        path,
        print: hash(path),
        state: 'whole',
        found: 'entry',
      });
      const path = `TeslaCam/RecentClips/${name}-${track}.mp4`;
      pending.push({
        kind: 'file',
        at,
        key: `${source}/${track}/${at.slice(0, 10)}/${at.slice(11, 13)}/${at.slice(11).replaceAll(':', '-')}-${sha256.slice(0, 16)}.mp4`,
        sha256,
        bytes: size,
        track,
        start: at,
        startBy: 'video',
        local,
        zone: 0,
        seconds: 59.8,
        complete: true,
        encrypted: false,
        ring: 'recent',
        event: null,
        role: 'clip',
        from: origin(path),
      });
      stored.add(sha256);
      recent.push(sha256);
      onRing.push(path);
      onDrive.set(path, { from: origin(path), bytes: size, sha256 });
      if (!isEvent) continue;
      const copy = `TeslaCam/SentryClips/${name}/${name}-${track}.mp4`;
      pending.push({ kind: 'copy', at, sha256, ring: 'sentry', event, role: 'clip', from: origin(copy) });
      onDrive.set(copy, { from: origin(copy), bytes: size, sha256 });
      mine.paths.push(copy);
      mine.shas.push(sha256);
    }
    if (isEvent) kept.push(mine);
    pending.push({ kind: 'harvest', at, drive: 'cam.img', stored: 6, copies: 0, bytes: 18e7, failed: 0 });
    // What the car has written over, and what retention has deleted.
    for (const path of onRing.splice(0, Math.max(0, onRing.length - ring))) onDrive.delete(path);
    const inEvent = new Set(kept.flatMap(({ shas }) => shas));
    const old = recent.splice(0, Math.max(0, recent.length - spool)).filter((sha256) => !inEvent.has(sha256));
    if (old.length > 0) pending.push({ kind: 'deleted', at, why: 'age', files: old });
    for (const sha256 of old) stored.delete(sha256);
    if (kept.length > events) {
      // The spool forgets an event before the person deletes it in the car.
      const [oldest] = kept.splice(0, 1);
      const gone = (oldest?.shas ?? []).filter((sha256) => !recent.includes(sha256));
      if (gone.length > 0) pending.push({ kind: 'deleted', at, why: 'space', files: gone });
      for (const sha256 of gone) stored.delete(sha256);
      if (minute > eventEvery * events * 2) for (const path of oldest?.paths ?? []) onDrive.delete(path);
    }
    if (pending.length > 500) await flush();
  }
  await flush();
  out.end();
  await finished(out);
  const ids = new Set([...onDrive.values()].map(({ from, bytes: size }) => originId(from, size)));
  const shown = new Set([...onDrive.keys()].flatMap((path) => /SentryClips\/([^/]+)\//.exec(path)?.[1] ?? []));
  return {
    lines,
    bytes,
    head,
    stored,
    onDrive,
    held: { has: (_drive, id) => ids.has(id), shows: (event) => shown.has(event.slice(event.indexOf('/') + 1)) },
  };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
