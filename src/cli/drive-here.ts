/**
 * `vidette drive` with its settings: this machine, the engine, and what is said to the person.
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
import type { DriveSettings } from '../sources/dashcam/role/settings.ts';
import { keepCompiled } from './lean-start.ts';
import { say, untilAsked } from './terminal.ts';
import { version } from './version.ts';

/** Runs until it is asked to end. @throws UserError when it cannot begin */
export async function driveHere(settings: DriveSettings): Promise<void> {
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
      ready: () => keepCompiled(),
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
