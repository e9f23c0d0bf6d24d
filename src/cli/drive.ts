/**
 * `vidette drive`: the computer in the car, which is its USB drive and harvests what it records. Needs no hub and no database.
 */
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { monotonicMs } from '../base/units.ts';
import { Engine } from '../sources/dashcam/drive/engine.ts';
import { allocate } from '../sources/dashcam/drive/format/allocate.ts';
import { HelperClient } from '../sources/dashcam/gadget/client.ts';
import { machineFacts, machineHints } from '../sources/dashcam/role/machine.ts';
import { type EngineWish, runDrive } from '../sources/dashcam/role/run.ts';
import { readDriveSettings } from '../sources/dashcam/role/settings.ts';
import { say, untilAsked } from './terminal.ts';
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
  const facts = machineFacts(settings.helper);
  if (facts.arch === 'arm')
    throw new UserError(machineHints({ ...facts, controllers: ['any'], configfs: true, helper: true })[0] ?? '', '', {
      code: 'unsupported',
    });
  for (const hint of machineHints(facts)) say(hint);
  await runDrive(
    {
      settings,
      makeEngine,
      version: version(),
      log: createLog((line) => process.stderr.write(line)),
      say,
    },
    untilAsked(),
  );
}

function makeEngine({ settings, library, switches, isPushed, free, log, signal }: EngineWish): Engine {
  const { mode, count, bytes, fs: format, images, media, helper, days, floorBytes, dropParked, car } = settings;
  const names = mode === 'live' ? ['cam'] : Array.from({ length: count }, (_, at) => `cam-${at + 1}`);
  return new Engine({
    mode,
    images: names.map((name) => ({ name, path: join(images, `${name}.img`), bytes, format, partition: true })),
    media,
    gadget: new HelperClient({ helper }),
    library,
    source: car,
    switches,
    recentDays: days,
    floor: floorBytes,
    dropParked,
    log,
    clock: { now: () => new Date(), monotonic: () => monotonicMs(performance.now()) },
    free,
    signal,
    ...(settings.sparse ? {} : { allocate }),
    ...(isPushed ? { isPushed } : {}),
  });
}
