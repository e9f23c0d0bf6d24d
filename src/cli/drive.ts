/**
 * `vidette drive`: the computer in the car, which is its USB drive and harvests what it records. Needs no hub and no database, and little memory.
 */
import { join } from 'node:path';
import { readDriveSettings } from '../sources/dashcam/role/settings.ts';
import { startLean } from './lean-start.ts';
import { version } from './version.ts';

export interface DriveCommandOptions {
  readonly config?: string;
  readonly images?: string;
  readonly spool?: string;
  readonly state?: string;
  readonly mode?: 'live' | 'swap';
  readonly size?: string;
  readonly fs?: 'exfat' | 'fat32';
  readonly car?: string;
  readonly hub?: string;
  readonly tokenFile?: string;
  readonly rate?: string;
  readonly days?: number;
  readonly floor?: string;
  readonly dropParked?: boolean;
  readonly sparse?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly name?: string[];
}

export async function drive({ config, name, ...given }: DriveCommandOptions): Promise<void> {
  const settings = readDriveSettings(config, { ...given, names: name });
  const load = (): Promise<typeof import('./drive-here.ts')> => import('./drive-here.ts');
  await startLean(join(settings.state, 'code'), version(), load);
  await (await load()).driveHere(settings);
}
