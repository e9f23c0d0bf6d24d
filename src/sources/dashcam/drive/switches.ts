/** The switches of the drive, kept in a small file beside the spool: whole, or as they were. */
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Disk } from '../../../blobs/disk.ts';
import { DRIVE_SWITCHES, type DriveSwitches } from './drive.ts';

const Switches = z.object({ harvest: z.boolean(), drive: z.boolean() });
const MOST = 4096;

/** A file that is missing or damaged says nothing: everything is on then. */
export async function readSwitches(disk: Disk, path: string): Promise<DriveSwitches> {
  if (!(await disk.stat(path))) return DRIVE_SWITCHES;
  const file = await disk.openRead(path);
  try {
    const text = Buffer.from(await file.read(0, Math.min(MOST, file.size))).toString('utf8');
    return Switches.safeParse(JSON.parse(text)).data ?? DRIVE_SWITCHES;
  } catch (error) {
    if (error instanceof SyntaxError) return DRIVE_SWITCHES;
    throw error;
  } finally {
    await file.close();
  }
}

export async function writeSwitches(disk: Disk, path: string, switches: DriveSwitches): Promise<void> {
  const draft = `${path}.draft`;
  if (await disk.stat(draft)) await disk.unlink(draft);
  const file = await disk.openAppend(draft, 'new');
  try {
    await file.writev([Buffer.from(`${JSON.stringify(switches)}\n`)]);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, path);
  await disk.syncFolder(dirname(path));
}
