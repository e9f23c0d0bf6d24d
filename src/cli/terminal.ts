/**
 * How commands speak: results on standard output, everything else on standard error.
 */
import { CommanderError } from 'commander';
import { InputError, messageOf, Unavailable, UserError } from '../base/errors.ts';
import { redact } from '../base/redact.ts';

/** Prints what went wrong and what to do about it. @returns the exit code: 2 when the command was asked wrongly, else 1 */
export function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed help, version or its own message already, but for the errors of our number parsers.
    if (error.code === 'vidette.number') say(error.message);
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof UserError) {
    say(error.message);
    if (error.remedy !== '') say(error.remedy);
    return error.code === 'usage' || error.code === 'secret-in-argument' ? 2 : 1;
  }
  if (error instanceof InputError || error instanceof Unavailable) {
    say(error.message);
    return 1;
  }
  if (error instanceof Error && error.name === 'AbortError') {
    say('Stopped.');
    return 1;
  }
  say(`This is a fault in Vidette: ${messageOf(error)}`);
  if (error instanceof Error && error.stack) say(error.stack);
  return 1;
}

/** One line for the person, on standard error. */
export function say(line: string): void {
  process.stderr.write(`${redact(line)}\n`);
}

/** The result, on standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export interface ProgressLine {
  /** @param done 0 to 1 */
  update(done: number, stage: string): void;
  /** Where nobody knows how much there is; on a terminal only. */
  count(words: string): void;
  end(): void;
}

/** Rows of columns, each as wide as its longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A bar on a terminal; on a pipe one plain line per stage and per tenth; nothing when `quiet`. */
export function progressLine(quiet: boolean): ProgressLine {
  if (quiet) return { update: () => undefined, count: () => undefined, end: () => undefined };
  const out = process.stderr;
  let last = '';
  if (!out.isTTY)
    return {
      update(done, stage) {
        const line = `${stage} ${Math.floor(done * 10) * 10} %`;
        if (line !== last) out.write(`${line}\n`);
        last = line;
      },
      count: () => undefined,
      end: () => undefined,
    };
  return {
    update(done, stage) {
      const width = 30;
      const full = Math.round(done * width);
      const line = `\r${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(Math.floor(done * 100)).padStart(3)} %  ${stage}`;
      if (line !== last) out.write(`${line}\x1b[K`);
      last = line;
    },
    count(words) {
      out.write(`\r${words}\x1b[K`);
      last = words;
    },
    end() {
      if (last !== '') out.write('\r\x1b[K');
    },
  };
}

/** `2.0 MB`; MB are 1,000,000 bytes. */
export function megabytes(count: number): string {
  return `${(count / 1_000_000).toFixed(count < 10_000_000 ? 2 : 1)} MB`;
}

/** A terminal's Ctrl-C reaches a command twice, by itself and through its parent; a person does not press it again this soon. */
const SAME_PRESS_MS = 1000;

/** Ends when the person (SIGINT) or the system (SIGTERM, SIGHUP) asks. Asked once more, the process ends at once. */
export function untilAsked(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      first ??= performance.now();
      if (controller.signal.aborted && performance.now() - first > SAME_PRESS_MS) process.exit(1);
      controller.abort();
    });
  return controller.signal;
}
