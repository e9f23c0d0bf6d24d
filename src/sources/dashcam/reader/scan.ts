/**
 * What is on a drive that is watched without importing it: names, places, and of what is new what it says of itself. What has lost its name is found
 * by a harvest, not here.
 */
import { basename, resolve } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { placeOf } from '../harvest/place.ts';
import { ofDrive, Unreadable } from '../harvest/unreadable.ts';
import { ImageVolume } from '../image/image-drive.ts';
import { encryptedLength } from '../layout/encrypted.ts';
import { parseEventJson } from '../layout/event-json.ts';
import type { DriveEntry, DriveVolume } from '../volume/drive-volume.ts';
import { openDrive } from '../volume/open-drive.ts';
import { clipDetails } from './details.ts';
import type { ScannedDrive, ScannedFile } from './messages.ts';

const MOST_FILES = 50_000;
/** Of an image whose files lie in many pieces: each is told to the hub. */
const MOST_PIECES = 500_000;
const MOST_EVENT = 64 * 1024;

/**
 * @param known prints of files that need not be opened. @param now UTC ms
 * @throws UserError `not-found`, `no-volume`
 */
export async function scanDrive(path: string, known: ReadonlySet<string>, now: number): Promise<ScannedDrive> {
  await using drive = await openDrive(path);
  // What is odd on a drive that the car may be using is odd because it writes.
  const { volumes } = await drive.scan({ mend: false });
  if (volumes.length === 0)
    throw new UserError(
      `There is no FAT32 or exFAT volume in ${basename(path)}.`,
      'Name the image or the device of a drive, or a folder.',
      { code: 'no-volume' },
    );
  const above = drive.kind === 'folder' ? resolve(path).split('/').slice(-3) : [];
  const files: ScannedFile[] = [];
  let left = MOST_PIECES;
  for (const [index, volume] of volumes.entries())
    for (const entry of volume.entries) {
      if (files.length === MOST_FILES || left < 0) return { kind: drive.kind, files, cut: true };
      const place = placeOf(entry.path, above);
      if (!place || place.kind === 'other' || entry.bytes === 0) continue;
      const print = printOf(volume, entry);
      const pieces = volume instanceof ImageVolume ? volume.pieces(entry) : null;
      left -= pieces?.length ?? 0;
      const file = {
        path: index === 0 ? entry.path : `volume-${index + 1}/${entry.path}`,
        bytes: entry.bytes,
        print,
        pieces,
        place,
      };
      const nothing = { details: null, event: null, encrypted: false };
      files.push({ ...file, ...(known.has(print) ? nothing : await look(volume, entry, place, now)) });
    }
  return { kind: drive.kind, files, cut: false };
}

/** Of a folder the inode says nothing: a drive that is mounted again numbers anew. */
function printOf(volume: DriveVolume, entry: DriveEntry): string {
  return volume.kind === 'folder' ? `${entry.path} ${entry.bytes} ${entry.modified}` : entry.print;
}

async function look(
  volume: DriveVolume,
  entry: DriveEntry,
  place: ScannedFile['place'],
  now: number,
): Promise<Pick<ScannedFile, 'details' | 'event' | 'encrypted'>> {
  const reader = ofDrive(volume.reader(entry));
  try {
    if (place.kind === 'clip') {
      const details = await clipDetails(reader, now);
      return { details, event: null, encrypted: details.encrypted };
    }
    const head = Buffer.from(await reader.read(0, Math.min(reader.size, MOST_EVENT)));
    const encrypted = encryptedLength(head) !== undefined;
    const isJson = place.kind === 'event-file' && place.role === 'json' && !encrypted;
    return { details: null, event: isJson ? parseEventJson(head) : null, encrypted };
  } catch (error) {
    // It has gone meanwhile, or cannot be read: the next look sees.
    if (error instanceof Unreadable) return { details: null, event: null, encrypted: false };
    throw error;
  }
}
