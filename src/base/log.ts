/**
 * One line of JSON per event, on one stream. Secrets are cut here, once, for every process.
 */
import { redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Who, what, why, and what happens next. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line also carries these fields. */
  child(fields: LogFields): Log;
}

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** A log that writes JSON lines through `write`; lines below `level` are dropped. */
export function createLog(write: (line: string) => void, level: LogLevel = 'info', bound: LogFields = {}): Log {
  const line = (at: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (rank[at] < rank[level]) return;
    const entry = { time: new Date().toISOString(), level: at, ...bound, ...fields, message };
    write(`${redact(JSON.stringify(entry, plain))}\n`);
  };
  return {
    debug: (message, fields) => line('debug', message, fields),
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields) => line('error', message, fields),
    child: (fields) => createLog(write, level, { ...bound, ...fields }),
  };
}

/** Says nothing; for tests. */
export const silentLog: Log = createLog(() => undefined);

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return {
      name: value.name,
      message: value.message,
      stack: value.stack,
      ...(value.cause === undefined ? {} : { cause: value.cause }),
    };
  if (typeof value === 'bigint') return Number(value);
  return value;
}
