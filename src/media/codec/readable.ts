/**
 * Which inputs of a plan can be read at all. One file that cannot, among the hundreds of a long clip, is a gap in it and not its end.
 */
import { BadInput } from './input-file.ts';
import { type Measure, measureInput } from './measure.ts';
import { breathe } from './native.ts';
import { PictureReader } from './picture-reader.ts';
import type { RenderPiece, RenderPlan, RenderSource } from './plan.ts';

/** More are counted, not listed. */
const MOST_LISTED = 3;

export interface Readable {
  /** Without the pieces of what cannot be read, and without sources that have none left. */
  readonly sources: readonly RenderSource[];
  /** One per input of the plan; undefined: it cannot be read, or nothing of it is shown. */
  readonly measures: readonly (Measure | undefined)[];
  /** For the person, in whole sentences. */
  readonly notes: readonly string[];
}

/**
 * Looks into each input, and decodes one picture of it.
 * @param alive told after each, because hundreds of files take minutes
 * @throws BadInput of the first one when nothing is left
 */
export async function readableOf(plan: RenderPlan, alive: () => void): Promise<Readable> {
  const measures: (Measure | undefined)[] = [];
  let first: BadInput | undefined;
  for (const [index, input] of plan.inputs.entries()) {
    const pieces = plan.sources.flatMap((source) => source.pieces.filter((piece) => piece.input === index));
    const from = Math.min(...pieces.map((piece) => piece.from));
    const to = Math.max(...pieces.map((piece) => piece.to));
    try {
      if (plan.deadly?.includes(index)) throw new BadInput(input.name, 'the decoder dies of it');
      const measure = measureInput(input, Number.isFinite(from) ? from : 0, Number.isFinite(to) ? to : 0);
      const reader = new PictureReader(input, measure);
      try {
        reader.at(Number.isFinite(from) ? from : 0);
      } finally {
        reader.close();
      }
      measures.push(measure);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      first ??= error;
      measures.push(undefined);
    }
    alive();
    await breathe();
  }
  const isReadable = (piece: RenderPiece): boolean => measures[piece.input] !== undefined;
  const sources = plan.sources
    .map((source) => ({ ...source, pieces: source.pieces.filter(isReadable) }))
    .filter((source) => source.pieces.length > 0);
  if (sources.length === 0 && first !== undefined) throw first;
  return { sources, measures, notes: plan.sources.flatMap((source) => noteOf(source, isReadable, plan)) };
}

/** `3 s of Door could not be read and are left out: 18:05:00–18:05:03.` */
function noteOf(source: RenderSource, isReadable: (piece: RenderPiece) => boolean, plan: RenderPlan): string[] {
  const lost = source.pieces.filter((piece) => !isReadable(piece));
  if (lost.length === 0) return [];
  const seconds = lost.reduce((sum, piece) => sum + piece.to - piece.from, 0);
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone: plan.overlay.timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const listed = lost
    .slice(0, MOST_LISTED)
    .map((piece) => `${time.format(piece.wallStart)}–${time.format(piece.wallStart + (piece.to - piece.from) * 1000)}`);
  const more = lost.length > MOST_LISTED ? ` and ${lost.length - MOST_LISTED} more` : '';
  const length = seconds < 1 ? 'Less than a second' : `${Math.round(seconds)} s`;
  return [`${length} of ${source.name} could not be read and is left out: ${listed.join(', ')}${more}.`];
}
