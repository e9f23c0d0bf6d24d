/** Reads out of the drive that it is given everything that is left, in a process of its own, and tells the parent what that cost. */
import { readFileSync } from 'node:fs';
import { pictureLikeness } from '../src/sources/dashcam/salvage/likeness.ts';
import { salvageImage } from '../src/sources/dashcam/salvage/salvage.ts';

const [image = '', folder = ''] = process.argv.slice(2);
const before = performance.now();
const { volumes } = await salvageImage(image, folder, { likeness: pictureLikeness() });
const files = volumes.flatMap((volume) => volume.files);
const { user, system } = process.cpuUsage();
process.send?.({
  files: files.length,
  cut: files.filter(({ state }) => state === 'cut').length,
  seconds: (performance.now() - before) / 1000,
  cpuSeconds: (user + system) / 1e6,
  // Of the whole process, with Node and the stripping of types. `maxRSS` would begin with what the parent has (getrusage(2), execve(2)).
  peakMb: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024,
});
process.disconnect?.();
