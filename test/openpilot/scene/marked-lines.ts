/** The marks of `marked-lines.txt`, where the rule by which they were made is written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pixels of the 526×330 picture. */
type Point = readonly [x: number, y: number];

export interface MarkedLine {
  /** Of the minute's `qcamera.ts`, from 0. */
  readonly picture: number;
  readonly side: 'left' | 'right';
  readonly marks: readonly Point[];
}

export function markedLines(): MarkedLine[] {
  const text = readFileSync(join(import.meta.dirname, 'marked-lines.txt'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [picture, side, ...marks] = line.split(' ');
      if (side !== 'left' && side !== 'right') throw new Error(`marked-lines.txt: “${line}”`);
      return {
        picture: Number(picture),
        side,
        marks: marks.map((mark): Point => {
          const [x, y] = mark.split(',').map(Number);
          return [x ?? Number.NaN, y ?? Number.NaN];
        }),
      };
    });
}
