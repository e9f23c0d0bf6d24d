/** Scans the drive that it is given, in a process of its own, and tells the parent what that cost. */
import { readFileSync } from 'node:fs';
import { openDrive } from '../src/sources/dashcam/volume/open-drive.ts';

const before = performance.now();
await using drive = await openDrive(process.argv[2] ?? '');
const { volumes } = await drive.scan();
const seconds = (performance.now() - before) / 1000;
const { user, system } = process.cpuUsage();
process.send?.({
  files: volumes.reduce((sum, volume) => sum + volume.entries.length, 0),
  findings: volumes.reduce((sum, volume) => sum + volume.findings.length, 0),
  seconds,
  cpuSeconds: (user + system) / 1e6,
  // Of the whole process, with Node and the stripping of types. `maxRSS` would begin with what the parent has (getrusage(2), execve(2)).
  peakMb: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024,
});
process.disconnect?.();
