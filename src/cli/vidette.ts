/**
 * `vidette`: what it is told, and how it ends. The commands are in `commands/`.
 */
import { Command, CommanderError } from 'commander';
import { UserError } from '../base/errors.ts';
import { addCameras } from './commands/cameras.ts';
import { addCars } from './commands/cars.ts';
import { addClips } from './commands/clips.ts';
import { addDrives } from './commands/drives.ts';
import { addRunning } from './commands/running.ts';
import { refuseSecrets } from './secrets.ts';
import { explain } from './terminal.ts';
import { version } from './version.ts';

const program = new Command('vidette')
  .description('Records, keeps, clips and shares video from anything that can be watched.')
  .version(version())
  .showHelpAfterError('Run it with --help for examples.')
  .exitOverride();

addRunning(program);
addCameras(program);
addClips(program);
addCars(program);
addDrives(program);

/** Commands that the bootstrap starts again when they end with this code (`EX_TEMPFAIL`, sysexits.h): what was in the way may go by itself. */
const LASTING = new Set(['serve', 'record', 'work', 'drive']);
const TRY_AGAIN = 75;

try {
  refuseSecrets(process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  const code = explain(error);
  const final = error instanceof UserError || error instanceof CommanderError;
  // What is still open (a timer, a pipe to a child) must not keep a command that has failed.
  process.exit(!final && LASTING.has(process.argv[2] ?? '') ? TRY_AGAIN : code);
}
