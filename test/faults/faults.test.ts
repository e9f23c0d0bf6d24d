/** The short form of `npm run bench -- faults`: what needs neither a volume nor another clock, in well under a minute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perform } from './harness/perform.ts';
import { cameraFaults, SHORT, STAGE, systemFaults } from './harness/scenarios.ts';
import { Stage } from './harness/stage.ts';
import { tableOf } from './harness/table.ts';

const AT_ONCE = ['freeze', 'reset', 'garbage', 'loss', 'stuck', 'change', 'b-frames'];
const IN_TURNS = ['stop'];

test('invariants 2 and 3: every frame that was sent is stored, or lies in a gap with the right cause; a gap ends with its fault', async (t) => {
  const lines = STAGE.lines.filter(({ name }) => AT_ONCE.includes(name));
  const used = new Set(lines.map(({ source }) => source));
  const sources = Object.fromEntries(Object.entries(STAGE.sources).filter(([name]) => used.has(name)));
  await using stage = await Stage.set({ sources, lines, peers: false });
  const atOnce = cameraFaults(SHORT).filter(({ id }) => AT_ONCE.includes(id));
  const inTurns = systemFaults(SHORT).filter(({ id }) => IN_TURNS.includes(id));
  const result = await perform(stage, [atOnce, ...inTurns.map((one) => [one])], (line) => t.diagnostic(line));
  for (const line of tableOf(result).split('\n')) t.diagnostic(line);
  const wrong = result.outcomes.flatMap((one) => one.wrong.map((what) => `${one.scenario.id}: ${what}`));
  assert.deepEqual([...wrong, ...result.wrong], []);
});
