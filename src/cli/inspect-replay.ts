/**
 * `vidette inspect replay.osr` for people: one fact a line.
 */
import type { ReplayInspection } from '../sources/osu/inspect.ts';
import type { GameMode } from '../sources/osu/read/replay.ts';
import { table } from './terminal.ts';

const MODES = ['osu!', 'osu!taiko', 'osu!catch', 'osu!mania'] as const;

export function describeReplay(found: ReplayInspection): string {
  const { header, judged, map, performance } = found;
  const rows: string[][] = [
    ['File', printable(found.file)],
    ['Kind', `replay of ${MODES[header.mode]}, game version ${header.version}${header.lazer ? ' (lazer)' : ''}`],
    ['Player', printable(header.player)],
    ['Played', header.playedAt ?? 'no date in it'],
    ['Mods', header.modNames],
  ];
  if (map)
    rows.push(
      ['Map', printable(`${map.artist} - ${map.title} [${map.difficulty}] by ${map.creator}`)],
      ['Objects', `${map.objects}, format v${map.formatVersion}`],
    );
  else
    rows.push([
      'Map',
      `MD5 ${printable(header.beatmapMd5)}; give it with --beatmap or --songs to have the play judged`,
    ]);
  rows.push(['Said', counts(header, header.mode)]);
  if (judged) {
    rows.push(['Judged', `${counts(judged, header.mode)}, ${judged.accuracy.toFixed(2)} %`]);
    if (judged.unjudged > 0) rows.push(['Ended', `${judged.unjudged} objects before the end of the map`]);
    if (judged.failedAt !== null) rows.push(['Life', lifeLost(header.mode, judged.failedAt)]);
  }
  if (performance) rows.push(['Points', `${performance.pp.toFixed(2)} pp, ${performance.stars.toFixed(2)} stars`]);
  rows.push(['Frames', `${found.frames} in ${(found.length / 1000).toFixed(1)} s of the map`]);
  for (const note of found.notes) rows.push(['Note', printable(note)]);
  return table(rows);
}

interface Counts {
  readonly n300: number;
  readonly n100: number;
  readonly n50: number;
  readonly geki: number;
  readonly katu: number;
  readonly miss: number;
  readonly maxCombo: number;
  readonly score: number;
}

function counts(counted: Counts, mode: GameMode): string {
  const { miss, maxCombo, score } = counted;
  return `${verdicts(counted, mode)}, ${miss} misses, combo ${maxCombo}, score ${score.toLocaleString('en')}`;
}

/** As each game calls them. */
function verdicts({ n300, n100, n50, geki, katu }: Counts, mode: GameMode): string {
  switch (mode) {
    case 0:
      return `${n300} × 300, ${n100} × 100, ${n50} × 50`;
    case 1:
      return `${n300} × great, ${n100} × good`;
    case 2:
      return `${n300} fruits, ${n100} droplets, ${n50} tiny droplets and ${katu} of them missed`;
    case 3:
      return `${geki} × MAX, ${n300} × 300, ${katu} × 200, ${n100} × 100, ${n50} × 50`;
  }
}

/** The bar of osu!taiko begins empty, and counts at the end. @param at ms of the map */
const lifeLost = (mode: GameMode, at: number): string =>
  mode === 1 ? 'less than half full at the end' : `empty at ${(at / 1000).toFixed(1)} s`;

/** What stands in a file must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '·');
}
