/**
 * Lines of a manifest: JSON, one a line, and each holds the SHA-256 of the line before it. Who changes, removes or inserts a line breaks the chain
 * from there on. Pure.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Time = z.iso.datetime();

/** Where a file came from. */
const Origin = z.object({
  /** Name of the drive's image or folder. */
  drive: z.string(),
  path: z.string(),
  /** See `DriveEntry.print`; empty of what was found without an entry. */
  print: z.string(),
  /** How the drive held it. */
  state: z.enum(['whole', 'mended', 'cut']),
  /** `entry`, or how a salvage has found it. */
  found: z.enum(['entry', 'allocated', 'free', 'deleted', 'fragment']),
});
export type Origin = z.output<typeof Origin>;

const Belongs = {
  /** `recent`, `saved`, `sentry`, `salvaged`, or `other`. */
  ring: z.string(),
  /** `sentry/2026-03-01_17-02-44`. */
  event: z.string().nullable(),
  role: z.enum(['clip', 'json', 'thumb', 'preview', 'other']),
};

/** A line without the hash of the one before it. */
export const LineBody = z.discriminatedUnion('kind', [
  /** The first line. */
  z.object({
    kind: z.literal('manifest'),
    version: z.literal(1),
    library: z.string(),
    source: z.string(),
    at: Time,
  }),
  /** A file was stored, verified and given its name. */
  z.object({
    kind: z.literal('file'),
    at: Time,
    /** In the library. */
    key: z.string(),
    sha256: Hash,
    bytes: z.int().nonnegative(),
    track: z.string(),
    /** UTC of its first picture. */
    start: Time.nullable(),
    startBy: z.enum(['video', 'name']).nullable(),
    /** By its name, the car's local time: `2026-03-01T17:03:05`. */
    local: z.string().nullable(),
    /** Minutes east of Greenwich. */
    zone: z.int().nullable(),
    /** Length. */
    seconds: z.number().nonnegative().nullable(),
    /** Of a video: every box and sample is there. */
    complete: z.boolean(),
    /** By the car. */
    encrypted: z.boolean(),
    ...Belongs,
    from: Origin,
  }),
  /** The same contents once more, which are not stored twice. */
  z.object({ kind: z.literal('copy'), at: Time, sha256: Hash, ...Belongs, from: Origin }),
  /** What the car says of an event; a later line of the same event holds instead of an earlier one. */
  z.object({
    kind: z.literal('event'),
    at: Time,
    event: z.string(),
    ring: z.enum(['saved', 'sentry']),
    /** UTC; null when no clip tells the zone. */
    time: Time.nullable(),
    local: z.string(),
    zone: z.int().nullable(),
    reason: z.string().nullable(),
    what: z.enum(['saved', 'honk', 'sentry', 'panic', 'crash-avoidance', 'other']).nullable(),
    camera: z.string().nullable(),
    city: z.string().nullable(),
    street: z.string().nullable(),
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
  }),
  /** Clips of the last hours that show an event whose own the car has lost. A later line of the same event holds instead of an earlier one. */
  z.object({ kind: z.literal('fill'), at: Time, event: z.string(), clips: z.array(Hash) }),
  /** A clip was left out by the person's rule. */
  z.object({
    kind: z.literal('dropped'),
    at: Time,
    rule: z.literal('parked'),
    bytes: z.int().nonnegative(),
    from: Origin,
  }),
  /** A stored encrypted clip was decrypted: the `file` line of `plain` is what was in it, kept beside it. */
  z.object({ kind: z.literal('decrypted'), at: Time, sha256: Hash, plain: Hash }),
  /**
   * Files were taken out of the library on purpose, by age, for room, or because somebody asked; it is written before the first of them goes. A later
   * `file` line of the same contents brings one back.
   */
  z.object({ kind: z.literal('deleted'), at: Time, why: z.string().min(1).max(100), files: z.array(Hash).min(1) }),
  /** A harvest ended. */
  z.object({
    kind: z.literal('harvest'),
    at: Time,
    drive: z.string(),
    stored: z.int(),
    copies: z.int(),
    bytes: z.int(),
    failed: z.int(),
  }),
]);

export type ManifestLine = z.output<typeof LineBody>;
export type LineOf<Kind extends ManifestLine['kind']> = Extract<ManifestLine, { kind: Kind }>;

/** What the first line names as the one before it. */
export const NOTHING_BEFORE = '0'.repeat(64);

const Chained = z.looseObject({ previous: Hash, kind: z.string() });

/** @param text a line without its end. @returns hex */
export function hashOfLine(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Lines as they are appended, each with its end. @param previous hash of the line before the first */
export function chain(
  previous: string,
  lines: readonly ManifestLine[],
): { readonly text: string; readonly head: string } {
  let head = previous;
  let text = '';
  for (const line of lines) {
    const one = JSON.stringify({ previous: head, ...line });
    head = hashOfLine(one);
    text += `${one}\n`;
  }
  return { text, head };
}

export type ReadLine =
  | { readonly ok: true; readonly line: ManifestLine | undefined; readonly hash: string }
  | { readonly ok: false; readonly reason: string };

/**
 * One line, and whether it follows the one before. A kind that this version does not know is part of the chain and says nothing.
 * @param bytes without the line's end
 */
export function readLine(bytes: Uint8Array, previous: string): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return { ok: false, reason: 'it cannot be read' };
    throw error;
  }
  const chained = Chained.safeParse(value);
  if (!chained.success) return { ok: false, reason: 'it is no line of a manifest' };
  if (chained.data.previous !== previous) return { ok: false, reason: 'it does not follow the line before it' };
  const body = LineBody.safeParse(value);
  if (!body.success && KINDS.has(chained.data.kind))
    return { ok: false, reason: `its ${chained.data.kind} is not whole` };
  return { ok: true, line: body.data, hash: hashOfLine(bytes) };
}

/** Kinds of lines that this version knows. */
export const LINE_KINDS: readonly string[] = LineBody.options.map((option) => option.shape.kind.value).sort();
const KINDS = new Set(LINE_KINDS);
