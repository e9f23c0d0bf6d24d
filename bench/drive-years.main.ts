/** A start of the drive in the car with a manifest that is there: what it reads, what it costs, what it remembers. One line of JSON. */
import { readFileSync } from 'node:fs';
import { systemDisk } from '../src/blobs/disk.ts';
import { Intake } from '../src/sources/dashcam/harvest/intake.ts';
import type { Held } from '../src/sources/dashcam/harvest/known.ts';
import { PushQueue } from '../src/sources/dashcam/push/queue.ts';
import { SpoolIndex } from '../src/sources/dashcam/role/spool-index.ts';

const [root = '', places = ''] = process.argv.slice(2);
const { ids, events } = JSON.parse(readFileSync(places, 'utf8')) as { ids: string[]; events: string[] };
const [there, shown] = [new Set(ids), new Set(events)];
const held: Held = { has: (_drive, id) => there.has(id), shows: (event) => shown.has(event) };
const memory = (name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;

const before = memory('VmRSS');
const cpu = process.cpuUsage();
const index = new SpoolIndex({ root, source: 'car' });
index.listen(new PushQueue());
await index.refresh();
const intake = await Intake.open({
  disk: systemDisk,
  root,
  source: 'car',
  library: 'a',
  now: () => new Date(),
  again: false,
  remember: { census: async () => held },
});
const { user, system } = process.cpuUsage(cpu);
const peak = memory('VmHWM');
if (intake.digestDue) await intake.digest();
console.log(
  JSON.stringify({
    seconds: (user + system) / 1e6,
    before,
    peak,
    withDigest: memory('VmHWM'),
    files: index.files.size,
    lines: intake.head.lines,
  }),
);
