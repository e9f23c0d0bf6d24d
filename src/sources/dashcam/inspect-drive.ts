/**
 * `vidette inspect` of a drive: the tree of an image, a device or a folder, and what is wrong with it.
 */

import type { Finding } from './image/finding.ts';
import { ImageVolume } from './image/image-drive.ts';
import { Breath } from './image/image-file.ts';
import { encryptedLength } from './layout/encrypted.ts';
import { lostNames } from './salvage/plan.ts';
import type { DriveEntry, DriveVolume } from './volume/drive-volume.ts';
import { openDrive } from './volume/open-drive.ts';

export interface InspectedVolume {
  readonly kind: DriveVolume['kind'];
  readonly label: string;
  /** Byte in the image where it begins. */
  readonly start: number;
  readonly clusterBytes: number;
  readonly directories: readonly string[];
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly state: DriveEntry['state'];
    /** By the car: nothing in it can be read, and nothing of it is damaged. */
    readonly encrypted: boolean;
    readonly modified: string | null;
    /** In how many pieces it lies. */
    readonly pieces: number;
  }[];
  readonly findings: readonly Finding[];
}

export interface InspectedDrive {
  readonly file: string;
  readonly kind: 'image' | 'folder';
  readonly bytes: number;
  readonly volumes: readonly InspectedVolume[];
  readonly findings: readonly Finding[];
}

const MAY_BE_ENCRYPTED = /\.(mp4|png|json)$/i;

async function encryptedOf(volume: DriveVolume, signal: AbortSignal | undefined): Promise<ReadonlySet<DriveEntry>> {
  const out = new Set<DriveEntry>();
  for (const entry of volume.entries) {
    signal?.throwIfAborted();
    if (entry.state === 'empty' || !MAY_BE_ENCRYPTED.test(entry.path)) continue;
    if (encryptedLength(Buffer.from(await volume.reader(entry).read(0, 24))) !== undefined) out.add(entry);
  }
  return out;
}

const pick = ({
  bytes,
  state,
  modified,
  pieces,
}: DriveEntry): Pick<DriveEntry, 'bytes' | 'state' | 'modified' | 'pieces'> => ({
  bytes,
  state,
  modified,
  pieces,
});

/** Never fails on what the drive holds. @throws UserError `not-found` when it cannot be opened */
export async function inspectDrive(path: string, signal?: AbortSignal): Promise<InspectedDrive> {
  await using drive = await openDrive(path);
  const scan = await drive.scan(signal ? { signal } : {});
  const volumes: InspectedVolume[] = [];
  for (const volume of scan.volumes) {
    // Names of which a part is lost are made whole from the contents.
    const names =
      volume instanceof ImageVolume ? await lostNames(volume, new Breath(signal)) : new Map<string, string>();
    const { kind, label, start, clusterBytes, directories, findings } = volume;
    const sealed = await encryptedOf(volume, signal);
    volumes.push({
      kind,
      label,
      start,
      clusterBytes,
      directories,
      files: volume.entries.map((entry) => ({
        ...pick(entry),
        path: names.get(entry.path) ?? entry.path,
        encrypted: sealed.has(entry),
      })),
      findings: [
        ...findings,
        ...[...names].map(
          ([was, is]): Finding => ({
            kind: 'name',
            place: was,
            what: 'A part of its name is lost',
            done: `it is ${is}`,
          }),
        ),
      ],
    });
  }
  return { file: drive.name, kind: drive.kind, bytes: drive.bytes, volumes, findings: scan.findings };
}
