/**
 * The fault harness: everything that can be done to a recorder, to a whole Vidette and to `ffmpeg -c copy` at the same time, with cameras
 * whose frames are numbered. Fails when a frame is missing that should not be, or is missing and the timeline does not say why.
 *
 * usage: node bench/faults.ts [--only 'freeze stop kill-hub …'] [--short] [--write] [--logs FOLDER]
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { perform } from '../test/faults/harness/perform.ts';
import { cameraFaults, SHORT, STAGE, systemFaults, WHOLE } from '../test/faults/harness/scenarios.ts';
import { Stage } from '../test/faults/harness/stage.ts';
import { tableOf, writeTable } from '../test/faults/harness/table.ts';
import { projectRoot } from '../test/house/imports.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    logs: { type: 'string' },
    short: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(' ');
const wanted = ({ id }: { id: string }): boolean => only === undefined || only.includes(id);

await using stage = await Stage.set({ ...STAGE, volumeBytes: 2_000_000_000, clock: true });
for (const why of [stage.volume, stage.clock]) if (typeof why === 'string') console.log(`  not all faults: ${why}`);
const began = performance.now();
const say = (line: string): void =>
  console.log(`  ${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const lengths = values.short ? SHORT : WHOLE;
const turns = [
  cameraFaults(lengths).filter(wanted),
  ...systemFaults(lengths)
    .filter(wanted)
    .map((one) => [one]),
];
const result = await perform(
  stage,
  turns.filter((turn) => turn.length > 0),
  say,
);
if (values.logs !== undefined) cpSync(join(stage.system.data, 'logs'), values.logs, { recursive: true });
console.log(`\n${tableOf(result)}\n`);
const wrong = [
  ...result.outcomes.flatMap(({ scenario, wrong }) => wrong.map((what) => `${scenario.id}: ${what}`)),
  ...result.wrong,
];
for (const what of wrong) console.error(`  ${what}`);
if (wrong.length > 0) process.exitCode = 1;
if (values.write) writeTable(join(projectRoot, 'docs/reliability.md'), tableOf(result));
