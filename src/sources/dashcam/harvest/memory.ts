/** What is remembered of a manifest without reading it again, one piece a line: see `digest.ts`. */
import { z } from 'zod';
import { LineBody, type ManifestLine } from './manifest-line.ts';

/** Where a line stands in the manifest. */
export interface LinePlace {
  /** From 1. */
  readonly number: number;
  /** Bytes, without its end. */
  readonly offset: number;
  readonly length: number;
}

export type Memory =
  /** A line that still counts; `quiet`: for those who ask what drives hold, and not for those who show what is stored. */
  | { readonly kind: 'line'; readonly line: ManifestLine; readonly place: LinePlace; readonly quiet: boolean }
  /** Contents that were deleted: the beginning of their SHA-256, and their bytes. */
  | { readonly kind: 'gone'; readonly files: readonly (readonly [string, number])[] }
  /** Places on drives, see `originId`; SHA-256 of what was there, and the drive. */
  | { readonly kind: 'origins'; readonly places: readonly (readonly [string, string, string | null])[] }
  /** Of an event: what was deleted. */
  | { readonly kind: 'members'; readonly event: string; readonly files: readonly string[] }
  | { readonly kind: 'plain'; readonly sealed: string; readonly plain: string };

const Number0 = z.int().nonnegative();

const Memory = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('line'),
    place: z.object({ number: z.int().positive(), offset: Number0, length: Number0 }),
    quiet: z.boolean(),
    line: LineBody,
  }),
  z.object({ kind: z.literal('gone'), files: z.array(z.tuple([z.string(), Number0])) }),
  z.object({ kind: z.literal('origins'), places: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])) }),
  z.object({ kind: z.literal('members'), event: z.string(), files: z.array(z.string()) }),
  z.object({ kind: z.literal('plain'), sealed: z.string(), plain: z.string() }),
]);

export const memoryText = (memory: Memory): string => `${JSON.stringify(memory)}\n`;

/** @throws SyntaxError when it is none */
export function memoryIn(text: string): Memory {
  const parsed = Memory.safeParse(JSON.parse(text));
  if (!parsed.success) throw new SyntaxError('it is nothing that is remembered of a manifest');
  return parsed.data;
}
