/** Harvests the drive that it is given into a new library, in a process of its own, and tells the parent what that cost. */
import { readFileSync } from 'node:fs';
import { harvest } from '../src/sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../src/sources/dashcam/harvest/library-folder.ts';

const [drive = '', library = ''] = process.argv.slice(2);
const { stored, failed, cut } = await harvest(drive, {
  library: await openOrBeginLibrary(library, true),
  source: 'car',
  notInUse: true,
});
const { user, system } = process.cpuUsage();
process.send?.({
  stored,
  failed: failed.length + cut,
  cpuSeconds: (user + system) / 1e6,
  // Of the whole process, with Node and the stripping of types. `maxRSS` would begin with what the parent has (getrusage(2), execve(2)).
  peakMb: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024,
});
process.disconnect?.();
