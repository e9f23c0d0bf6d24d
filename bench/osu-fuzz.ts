/**
 * `npm run bench -- osu-fuzz`: 10,000 damaged `.osr`, `.osu`, `.osz`, `.osk` and `.osb` each, broken as they are and inside what they pack. Each is read and judged, or
 * refused with its name and the place; none takes 2 s of CPU or fills the memory.
 *
 * usage: node bench/osu-fuzz.ts [--count 10000] [--seed 7]
 */
import { parseArgs } from 'node:util';
import { HOSTILE_KINDS, tryHostile } from '../test/osu/hostile.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '7' } },
});
const SLOWEST = 2000;
const MOST_MEMORY = 400;

let failed = false;
const bar = (good: boolean, line: string): void => {
  process.stdout.write(`${good ? '✔' : '✖'} ${line}\n`);
  if (!good) failed = true;
};

for (const kind of HOSTILE_KINDS) {
  const { tried, judged, refused, wrong, slowest, slowestCase } = await tryHostile(
    Number(values.count),
    Number(values.seed),
    [kind],
  );
  for (const line of wrong.slice(0, 20)) process.stdout.write(`  ${line}\n`);
  bar(
    wrong.length === 0 && slowest < SLOWEST,
    `${tried} damaged .${kind}: ${judged} read, ${refused} refused by name and place, ${wrong.length} otherwise; slowest ${slowest.toFixed(0)} ms of CPU (${slowestCase})`,
  );
}
const memory = process.resourceUsage().maxRSS / 1024;
bar(memory < MOST_MEMORY, `${memory.toFixed(0)} MB of memory at the most; bar ${MOST_MEMORY}`);
process.exit(failed ? 1 : 0);
