/**
 * `npm run bench -- osu-judge`: our judgement of real replays against what the game counted, with the counts, score, combo and life bar of their headers blanked first;
 * what it costs against parsing the map; LZMA a second. The replays are not part of the project: they are read from `../shared/data/osu` (or
 * `VIDETTE_TEST_DATA`) where that is there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge } from '../src/sources/osu/judge/judge.ts';
import type { Timeline } from '../src/sources/osu/judge/timeline.ts';
import { readBeatmap } from '../src/sources/osu/read/read-beatmap.ts';
import { readReplay } from '../src/sources/osu/read/read-replay.ts';
import type { Replay } from '../src/sources/osu/read/replay.ts';

const DATA = process.env.VIDETTE_TEST_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
const folder = join(DATA, 'osu');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** A bar of fewer values says little. */
const FEWEST_LIVES = 20;
let failed = false;
const bar = (good: boolean, line: string): void => {
  say(`${good ? '✔' : '✖'} ${line}`);
  if (!good) failed = true;
};

interface Expected {
  readonly replay: string;
  readonly map: string;
  readonly mode: string;
  readonly mods: string;
  readonly counts: readonly number[];
  readonly combo: number;
  readonly score: number;
  /** Geki and katu. */
  readonly colours: readonly [number, number];
}

/** As the game would have it who has never seen the header. */
const blanked = ({ header, ...rest }: Replay): Replay => ({
  ...rest,
  header: {
    ...header,
    n300: 0,
    n100: 0,
    n50: 0,
    geki: 0,
    katu: 0,
    miss: 0,
    score: 0,
    maxCombo: 0,
    perfect: false,
    life: [],
  },
});

function expectations(): Expected[] {
  const [head = '', ...lines] = readFileSync(join(folder, 'expected.csv'), 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const of = (name: string): string => cells[names.indexOf(name)] ?? '';
    const counts =
      of('mode') === '3' ? ['geki', 'n300', 'katu', 'n100', 'n50', 'miss'] : ['n300', 'n100', 'n50', 'miss'];
    return {
      replay: of('replay'),
      map: of('map'),
      mode: of('mode'),
      mods: of('mods_text'),
      counts: counts.map((name) => Number(of(name))),
      combo: Number(of('max_combo')),
      score: Number(of('score')),
      colours: [Number(of('geki')), Number(of('katu'))],
    };
  });
}

const countsOf = (t: Timeline, mode: string): number[] =>
  mode === '3' ? [t.geki, t.n300, t.katu, t.n100, t.n50, t.miss] : [t.n300, t.n100, t.n50, t.miss];

/** How far our life is from the header's at the moments that it has, on the average; undefined where it has too few. */
function lifeOff({ events }: Timeline, { life }: Replay['header']): number | undefined {
  if (life.length < FEWEST_LIVES) return undefined;
  let next = 0;
  let hp = 1;
  let off = 0;
  for (const point of life) {
    for (let event = events[next]; event && event.time <= point.time; event = events[next]) {
      ({ hp } = event);
      next++;
    }
    off += Math.abs(hp - point.hp);
  }
  return off / life.length;
}

/** @returns seconds of CPU */
function timed<T>(work: () => T): { readonly value: T; readonly seconds: number } {
  const started = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(started);
  return { value, seconds: (user + system) / 1e6 };
}

function judgeAll(): void {
  const all = expectations();
  const totals = {
    plays: 0,
    counts: 0,
    combo: 0,
    score: 0,
    off: 0,
    objects: 0,
    parse: 0,
    judge: 0,
    read: 0,
    packed: 0,
    colours: 0,
  };
  const lives: number[] = [];
  for (const expected of all) {
    const file = readFileSync(join(folder, expected.replay));
    const bytes = readFileSync(join(folder, expected.map));
    const read = timed(() => readReplay(file, expected.replay));
    const parsed = timed(() => readBeatmap(bytes, expected.map));
    const judged = timed(() => judge(parsed.value, blanked(read.value), expected.map));
    const counts = countsOf(judged.value, expected.mode);
    const off = counts.map((count, i) => count - (expected.counts[i] ?? 0));
    const [combo, score] = [judged.value.maxCombo - expected.combo, judged.value.score - expected.score];
    if (off.some((difference) => difference !== 0) || combo !== 0 || score !== 0)
      say(
        `  ${expected.replay.slice(8, 48).padEnd(40)} ${expected.mods.padEnd(10)} counts ${off.join(' / ')}, combo ${combo}, score ${score}`,
      );
    totals.read += read.seconds;
    totals.packed += file.length;
    if (expected.mode !== '0') {
      bar(
        off.every((difference) => difference === 0) && combo === 0 && score === 0,
        `mania ${expected.replay.slice(8, 40)}`,
      );
      continue;
    }
    totals.plays++;
    totals.objects += parsed.value.objects.length;
    totals.off += off.reduce((sum, difference) => sum + Math.abs(difference), 0);
    if (off.every((difference) => difference === 0)) totals.counts++;
    if (combo === 0) totals.combo++;
    if (score === 0) totals.score++;
    const [geki, katu] = expected.colours;
    if (judged.value.geki === geki && judged.value.katu === katu) totals.colours++;
    const life = lifeOff(judged.value, read.value.header);
    if (life !== undefined) lives.push(life);
    totals.parse += parsed.seconds;
    totals.judge += judged.seconds;
  }
  const share = (count: number): string => `${count}/${totals.plays} (${((100 * count) / totals.plays).toFixed(1)} %)`;
  bar(totals.counts >= 0.97 * totals.plays, `counts exact: ${share(totals.counts)}; bar 97 %`);
  bar(totals.combo >= 0.98 * totals.plays, `largest combo exact: ${share(totals.combo)}; bar 98 %`);
  bar(totals.score >= 0.9 * totals.plays, `score exact: ${share(totals.score)}; bar 90 %`);
  bar(totals.colours >= 0.97 * totals.plays, `geki and katu exact: ${share(totals.colours)}`);
  lives.sort((a, b) => a - b);
  const middle = lives[lives.length >> 1] ?? 0;
  const farthest = lives.at(-1) ?? 0;
  bar(
    middle < 0.01 && farthest < 0.05,
    `life off by ${middle.toFixed(3)} on the average in the middle one of ${lives.length} plays that have it, ${farthest.toFixed(3)} at the most`,
  );
  const off = (100 * totals.off) / totals.objects;
  bar(off <= 0.2, `counts off by ${totals.off} of ${totals.objects} objects (${off.toFixed(3)} %); bar 0.2 %`);
  const ratio = totals.judge / totals.parse;
  bar(
    ratio <= 3,
    `judging takes ${ratio.toFixed(2)} × the parsing of the map (${((1000 * totals.parse) / totals.plays).toFixed(1)} ms each); bar 3`,
  );
  const speed = totals.packed / totals.read / 1e6;
  bar(speed > 1, `replays read at ${speed.toFixed(1)} MB/s; bar 1`);
}

if (existsSync(join(folder, 'expected.csv'))) judgeAll();
else say(`no replays in ${folder}: nothing to judge`);

const memory = process.resourceUsage().maxRSS / 1024;
bar(memory < 400, `${memory.toFixed(0)} MB of memory at the most; bar 400`);
process.exit(failed ? 1 : 0);
