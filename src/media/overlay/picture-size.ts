/** How large the pictures of an input are, from its head alone. */
import { closeSync, openSync, readSync } from 'node:fs';
import { InputError } from '../../base/errors.ts';
import { parseH265Sps } from '../bitstream/h265.ts';
import { annexBUnits, nalRole, nalType } from '../bitstream/nal.ts';
import { BadInput } from '../codec/input-file.ts';
import { measureInput } from '../codec/measure.ts';
import type { Size } from '../codec/plan.ts';
import type { OverlayInput } from './numbered-pictures.ts';

/** Parameter sets stand at the head of a stream. */
const HEAD = 1 << 20;

/** @throws BadInput when it does not say */
export function pictureSize(input: OverlayInput): Size {
  if (input.format === 'container') return measureInput(input, 0, 0).shape;
  const file = openSync(input.path, 'r');
  try {
    const bytes = Buffer.alloc(HEAD);
    const head = bytes.subarray(0, readSync(file, bytes, 0, HEAD, 0));
    for (const unit of annexBUnits(head)) {
      if (nalRole('h265', nalType('h265', unit[0] ?? 0)) !== 'sps') continue;
      const { width, height } = parseH265Sps(unit);
      return { width, height };
    }
  } catch (error) {
    if (error instanceof InputError) throw new BadInput(input.name, error.reason);
    throw error;
  } finally {
    closeSync(file);
  }
  throw new BadInput(input.name, 'has no pictures of H.265');
}
