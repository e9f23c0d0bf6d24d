/**
 * Brings the catalog up to what a car's manifest says: what was appended since the last look, or all of it. The manifest is the truth; this can be
 * done again at any time.
 */
import { join } from 'node:path';
import type { Kysely, Transaction } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { systemDisk } from '../../blobs/disk.ts';
import { MANIFEST } from '../../blobs/folder.ts';
import {
  carManifest,
  dropCarEvents,
  dropEmptyCarEvents,
  emptyCar,
  fillCarEvent,
  linkCarFiles,
  noteCarManifest,
  putCarEvent,
  putCarEventStub,
} from '../../catalog/car-events.ts';
import { dropCarFiles, type NewCarFile, notePlainFile, putCarFiles } from '../../catalog/car-files.ts';
import type { Database } from '../../catalog/tables.ts';
import { readManifest } from '../../sources/dashcam/harvest/manifest.ts';
import { type ManifestLine, NOTHING_BEFORE } from '../../sources/dashcam/harvest/manifest-line.ts';
import { eventId, storedFileId } from './ids.ts';
import { eventRow, eventStub, fileRow } from './manifest-rows.ts';

/** Lines of one transaction. */
const BATCH = 500;

interface Place {
  readonly db: Kysely<Database>;
  readonly sourceId: string;
  /** The library. */
  readonly root: string;
  /** Of the car in it. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/**
 * @returns whether anything is new
 * @throws UserError when the chain of the manifest is broken: what stands before is in the catalog
 */
export async function lookAtLibraryCar(place: Place): Promise<boolean> {
  const { db, sourceId, root, folder } = place;
  const path = join(root, folder, MANIFEST);
  const there = await systemDisk.stat(path);
  const before = await carManifest(db, sourceId);
  if (!there) {
    // A car without footage, or a disk that is not mounted: nothing is concluded from it.
    return false;
  }
  if (before && there.size === before.bytes) return false;
  const fresh = { head: NOTHING_BEFORE, bytes: 0, lines: 0 };
  const from = before && before.bytes < there.size ? before : fresh;
  if (before && from === fresh) await emptyCar(db, sourceId);
  const read = await readOn(place, path, from);
  if (read.broken && read.added === 0 && from !== fresh) {
    // Another manifest than the one that was read.
    await emptyCar(db, sourceId);
    const anew = await readOn(place, path, fresh);
    if (anew.broken) throw brokenManifest(folder, anew.broken);
    return true;
  }
  if (read.broken) throw brokenManifest(folder, read.broken);
  return read.added > 0;
}

function brokenManifest(
  folder: string,
  { line, reason }: { readonly line: number; readonly reason: string },
): UserError {
  return new UserError(
    `The manifest of ${folder} is damaged: line ${line} breaks the chain, ${reason}.`,
    'What it says before that line is shown. Restore manifest.jsonl from a backup, or move the car’s folder away and harvest anew.',
    { code: 'library' },
  );
}

async function readOn(
  { db, sourceId, signal }: Place,
  path: string,
  from: { readonly head: string; readonly bytes: number; readonly lines: number },
): Promise<{ added: number; broken: { readonly line: number; readonly reason: string } | undefined }> {
  let lines: ManifestLine[] = [];
  let end = from;
  let added = 0;
  const apply = async (): Promise<void> => {
    const batch = lines;
    lines = [];
    added += batch.length;
    const at = end;
    await db.transaction().execute(async (transaction) => {
      await applyLines(transaction, sourceId, batch);
      await noteCarManifest(transaction, sourceId, at);
    });
  };
  const read = await readManifest(
    systemDisk,
    path,
    (line, head, bytes) => {
      if (line) lines.push(line);
      end = { head, bytes, lines: end.lines + 1 };
      return lines.length >= BATCH ? apply() : undefined;
    },
    { from, ...(signal ? { signal } : {}) },
  );
  if (end !== from) await apply();
  return { added, broken: read.broken };
}

/** In their order. */
async function applyLines(db: Transaction<Database>, sourceId: string, lines: readonly ManifestLine[]): Promise<void> {
  let files: NewCarFile[] = [];
  let links: { event_id: string; file_id: string; filled: boolean }[] = [];
  const stubs = new Set<string>();
  const flush = async (): Promise<void> => {
    for (const name of stubs) {
      const stub = eventStub(sourceId, name);
      if (stub) await putCarEventStub(db, stub);
    }
    await putCarFiles(db, files);
    await linkCarFiles(db, links);
    [files, links] = [[], []];
    stubs.clear();
  };
  const belongs = (event: string | null, sha256: string): void => {
    if (event === null) return;
    stubs.add(event);
    links.push({ event_id: eventId(sourceId, event), file_id: storedFileId(sourceId, sha256), filled: false });
  };
  for (const line of lines)
    switch (line.kind) {
      case 'file':
        files.push(fileRow(sourceId, line));
        belongs(line.event, line.sha256);
        break;
      case 'copy':
        belongs(line.event, line.sha256);
        break;
      case 'event':
        await flush();
        await putCarEvent(db, eventRow(sourceId, line));
        break;
      case 'fill':
        await flush();
        await fillCarEvent(
          db,
          eventId(sourceId, line.event),
          line.clips.map((sha256) => storedFileId(sourceId, sha256)),
        );
        break;
      case 'deleted': {
        await flush();
        const ids = line.files.map((sha256) => storedFileId(sourceId, sha256));
        // Only who deletes an event deletes its event.json; clips of it that other events have too stay with those.
        const { touched, untold } = await dropCarFiles(db, sourceId, ids);
        await dropCarEvents(db, sourceId, untold);
        await dropEmptyCarEvents(db, sourceId, touched);
        break;
      }
      case 'decrypted':
        await flush();
        await notePlainFile(db, storedFileId(sourceId, line.sha256), storedFileId(sourceId, line.plain));
        break;
      case 'manifest':
      case 'dropped':
      case 'harvest':
        break;
      default:
        line satisfies never;
    }
  await flush();
}
