/**
 * Brings a file here, and goes on where it was cut: within one run, and from what an earlier run left.
 */
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { InputError, Unavailable } from '../../../../base/errors.ts';
import { NetworkFailure, pause } from './ask.ts';
import { type ByteSource, isSame, LinkEnded, type Opened, type Validator } from './byte-source.ts';

/** Cuts in a row that brought it no further, or by next to nothing. */
const FRUITLESS = 4;
const NOTHING = 65_536;
/** A sender that cuts after each few bytes does not hold us for ever. */
const CUTS = 100;

const Kept = z.object({ etag: z.string().nullable(), modified: z.string().nullable(), total: z.number().nullable() });

export interface DownloadOptions {
  readonly signal: AbortSignal | undefined;
  /** Told with each piece. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Called when the length is known, before anything is written: makes room, or refuses. */
  readonly onTotal?: ((bytes: number) => Promise<void>) | undefined;
  /** Milliseconds before a cut transfer goes on; twice as long after each fruitless cut. */
  readonly retryPause: number;
}

/**
 * @param part path of the unfinished file; `<part>.json` beside it tells what it is the beginning of
 * @returns bytes of the whole file, which is at `part`, on the disk
 * @throws Unavailable when it does not come; what came stays for the next time
 */
export async function download(source: ByteSource, part: string, options: DownloadOptions): Promise<number> {
  const { signal } = options;
  let known = await keptValidator(part);
  let have = known === null ? 0 : await sizeOf(part);
  let renewed = false;
  let fruitless = 0;
  let furthest = have;
  for (let cuts = 0; cuts < CUTS; cuts++) {
    signal?.throwIfAborted();
    try {
      const opened = await source.open(have, known, signal);
      if (opened.from > 0 && known !== null && !isSame(known, opened.validator)) {
        // Another file than the one whose beginning is here: begin anew.
        await drain(opened);
        known = null;
        have = 0;
        continue;
      }
      have = opened.from;
      known = opened.validator;
      await check(known.total, source, options);
      await keepValidator(part, known);
      const came = await append(source, part, opened, options);
      have += came.bytes;
      fruitless = have - furthest >= NOTHING ? 0 : fruitless + 1;
      furthest = Math.max(furthest, have);
      if (came.failure === null && (known.total === null || have === known.total)) return have;
      if (known.total !== null && have > known.total)
        throw new InputError(source.host, `it sent more of ${source.label} than it said`);
      if (fruitless >= FRUITLESS)
        throw gaveUp(source, have, known, came.failure?.message ?? `${source.host} ended it early`);
    } catch (error) {
      if (error instanceof LinkEnded) {
        if (renewed || source.renew === undefined)
          throw new Unavailable(
            `${source.host} does not accept even a fresh link to ${source.label}. Is this machine’s clock right?`,
            60_000,
          );
        renewed = true;
        await source.renew(signal);
        continue;
      }
      if (!(error instanceof NetworkFailure)) throw error;
      fruitless++;
      if (fruitless >= FRUITLESS) throw gaveUp(source, have, known, error.message);
    }
    await pause(options.retryPause * 2 ** fruitless, signal);
  }
  throw gaveUp(source, have, known, `${source.host} cuts it again and again`);
}

/** Writes what comes behind what is there. A cut is an answer, not an error: what came before it counts. */
async function append(
  source: ByteSource,
  part: string,
  opened: Opened,
  options: DownloadOptions,
): Promise<{ bytes: number; failure: NetworkFailure | null }> {
  const file = await open(part, 'a+');
  let bytes = 0;
  let failure: NetworkFailure | null = null;
  try {
    await file.truncate(opened.from);
    for await (const piece of opened.bytes) {
      if (opened.from + bytes + piece.length > source.most)
        throw new InputError(
          source.host,
          `${source.label} is longer than any such file (${Math.round(source.most / 1e6)} MB)`,
        );
      await file.appendFile(piece);
      bytes += piece.length;
      options.onBytes?.(piece.length);
    }
  } catch (error) {
    if (!(error instanceof NetworkFailure)) throw error;
    failure = error;
  } finally {
    // A name is only given to bytes that are on the disk.
    if (failure === null) await file.datasync();
    await file.close();
  }
  return { bytes, failure };
}

async function check(total: number | null, source: ByteSource, options: DownloadOptions): Promise<void> {
  if (total === null) return;
  if (total > source.most)
    throw new InputError(
      source.host,
      `${source.label} is said to have ${Math.round(total / 1e6)} MB, more than any such file`,
    );
  await options.onTotal?.(total);
}

function gaveUp(source: ByteSource, have: number, known: Validator | null, reason: string): Unavailable {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const of =
    known?.total === null || known === null
      ? `${megabytes(have)} MB`
      : `${megabytes(have)} of ${megabytes(known.total)} MB`;
  return new Unavailable(
    `${source.label} did not arrive: ${reason}. ${of} are here and are kept; the same command goes on from there.`,
    30_000,
  );
}

async function drain(opened: Opened): Promise<void> {
  // Ending the iteration ends the connection.
  for await (const _ of opened.bytes) break;
}

async function keptValidator(part: string): Promise<Validator | null> {
  try {
    const kept = Kept.safeParse(JSON.parse(await readFile(`${part}.json`, 'utf8')));
    return kept.success ? kept.data : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function keepValidator(part: string, validator: Validator): Promise<void> {
  await writeFile(`${part}.json.new`, JSON.stringify(validator), { mode: 0o600 });
  await rename(`${part}.json.new`, `${part}.json`);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
