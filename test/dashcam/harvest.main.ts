/** A harvest in a process of its own that dies at the operation it is told. Prints how many there were when it lives. */
import { harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { dyingDisk } from './dying-disk.ts';

const [drive = '', library = '', at = '0', batch = '5'] = process.argv.slice(2);
const disk = dyingDisk(Number(at));
await harvest(drive, {
  library: await openOrBeginLibrary(library, true),
  source: 'car',
  notInUse: true,
  disk,
  batch: Number(batch),
});
process.stdout.write(`${disk.operations()}\n`);
