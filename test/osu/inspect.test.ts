/** `vidette inspect replay.osr` as a person types it, on plays that are made here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspectReplay } from '../../src/sources/osu/inspect.ts';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { autoPlay } from './auto-play.ts';
import { writeMap } from './map-writer.ts';
import { writeReplay } from './replay-writer.ts';
import { writeZip } from './zip-writer.ts';

const CLI = fileURLToPath(new URL('../../src/cli/vidette.ts', import.meta.url));
const map = writeMap({ objects: ['100,100,1000,5,0', '100,100,2000,2,0,L|300:100,1,200', '300,300,6000,1,0'] });
const frames = autoPlay(preparePlay(readBeatmap(map, 'map.osu'), 0, 'map.osu'));
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-inspect-'));
  await writeFile(join(folder, 'a.osr'), writeReplay({ beatmap: map, frames }));
  await writeFile(join(folder, 'set.osz'), writeZip({ 'other.osu': writeMap({ objects: [] }), 'map.osu': map }));
  await mkdir(join(folder, 'Songs', '1 set'), { recursive: true });
  await writeFile(join(folder, 'Songs', '1 set', 'map.osu'), map.toString().replaceAll('\r\n', '\n'));
  await writeFile(join(folder, 'cut.osr'), writeReplay({ beatmap: map, frames }).subarray(0, 70));
});
after(() => rm(folder, { recursive: true }));

const inspect = (...args: string[]) =>
  spawnSync(process.execPath, [CLI, 'inspect', ...args], { cwd: folder, encoding: 'utf8' });

test('the play is judged from its movements, whatever the header says', () => {
  const { status, stdout, stderr } = inspect('a.osr', '--beatmap', 'set.osz', '--json');
  assert.equal(status, 0, stderr);
  const { judged, header, map: found } = JSON.parse(stdout);
  assert.deepEqual(
    [judged.n300, judged.n100, judged.n50, judged.miss, judged.maxCombo, judged.accuracy, judged.unjudged],
    [3, 0, 0, 0, 5, 100, 0],
  );
  // 3 objects in 5 s: (15 + 4.8) / 38 × 5 = 2.6, 3. 300 + 70 + 300 + 3 × 12 × 3 + 300 + 3 × 12 × 3.
  assert.equal(judged.score, 300 + 70 + 408 + 408);
  assert.equal(header.n300, 0);
  assert.equal(found.matches, true);
});

test('for people, with the map from Songs; a replay that is cut is refused with its place', () => {
  const { stdout } = inspect('a.osr', '--songs', 'Songs');
  assert.match(stdout, /^Judged +3 × 300, 0 × 100, 0 × 50, 0 misses, combo 5/m);
  assert.match(stdout, /^Points +[\d.]+ pp/m);
  const cut = inspect('cut.osr');
  assert.equal(cut.status, 1);
  assert.match(cut.stderr, /^cut\.osr at byte \d+: MD5 of the replay: /);
});

test('without its map, and with another one', async () => {
  const alone = await inspectReplay(join(folder, 'a.osr'));
  assert.equal(alone.judged, null);
  assert.equal(alone.header.player, 'vidette');
  const other = join(folder, 'other.osu');
  await writeFile(other, writeMap({ objects: ['1,1,1,1,0'] }));
  const wrong = await inspectReplay(join(folder, 'a.osr'), { beatmap: other });
  assert.match(wrong.notes.join(), /not the map that was played/);
  await assert.rejects(inspectReplay(join(folder, 'a.osr'), { beatmap: join(folder, 'Songs', 'none') }), /There is no/);
});
