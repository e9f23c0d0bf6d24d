/** What the scene of `drawn.main.ts` is told. */
import { entry } from '../../src/base/entry.ts';

export interface DrawnWork {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Squares that move. */
  readonly busy: number;
  readonly sound?: boolean;
  /** Path of a list with a line for each chunk that was begun. */
  readonly begun?: string;
  readonly fail?: { readonly at: number; readonly how: 'throw' | 'exit' };
}

export const drawnEntry: string = entry(import.meta.url, './drawn.main');
/** Renders what it is sent, and can be killed. */
export const renderDrawnEntry: string = entry(import.meta.url, './render-drawn.main');
