/** The harness's table: for the page in docs, and for the terminal. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Outcome, Result } from './perform.ts';

const BEGIN = '<!-- table: written by `npm run bench -- faults --write` -->';
const END = '<!-- end of the table -->';

const HEAD = [
  'What happens',
  'Frames sent',
  'Stored',
  'Sent and lost',
  'Without footage',
  'Of these explained',
  'Gap beyond the fault',
  'Shown twice',
  'ffmpeg: sent and lost',
];

export function tableOf({ outcomes, started, files }: Result): string {
  const rows = outcomes.map((one) => [
    one.scenario.title,
    count(one.sent),
    count(one.stored),
    count(one.lostSent),
    `${count(one.lost)} frames`,
    one.lost === 0 ? '–' : `${count(one.explained)} (${one.scenario.causes.map((cause) => `\`${cause}\``).join(', ')})`,
    beyond(one),
    count(one.repeated),
    one.peer === null ? '–' : `${count(one.peer.lostSent)} of ${count(one.peer.sent)}`,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cameras = Math.max(...outcomes.map((one) => one.cameras));
  return [
    line(HEAD),
    line(HEAD.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(line),
    '',
    `${cameras} cameras, ${count(files.frames)} frames in ${count(files.count)} files, ${files.disorder} of them out of order. Performed on ${started.toISOString().slice(0, 10)}.`,
  ].join('\n');
}

/** Replaces what stands between the marks of a page. */
export function writeTable(page: string, table: string): void {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} has no place for the table`);
  writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`);
}

function beyond({ beyondMs, backMs }: Outcome): string {
  const gap = beyondMs === null ? 'no gap' : `${(Math.max(0, beyondMs) / 1000).toFixed(1)} s`;
  return backMs === undefined ? gap : `${gap}; hub back after ${(backMs / 1000).toFixed(1)} s`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
