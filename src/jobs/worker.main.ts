/**
 * The worker as a process that the hub forks. Its first message over IPC says everything it has to know; it goes on for ten minutes
 * when the hub is gone, and longer when a new hub answers it.
 */
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { createLog } from '../base/log.ts';
import { runWorker } from './worker.ts';

const Hello = z.object({
  hub: z.string(),
  token: z.string(),
  id: z.uuid(),
  scratchDir: z.string(),
  /** Null: what is logged goes to standard error. */
  logFile: z.string().nullable().default(null),
});

const ORPHAN_MS = 600_000;
const orphanMs = Number(process.env.VIDETTE_ORPHAN_MS ?? ORPHAN_MS);

const toError = (line: string): void => {
  process.stderr.write(line);
};

function toFile(path: string): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(path, line, { mode: 0o600 });
    } catch (error) {
      toError(
        `${JSON.stringify({ level: 'warn', message: 'The log cannot be written.', error: String(error) })}\n${line}`,
      );
    }
  };
}

process.once('message', (message) => {
  const hello = Hello.parse(message);
  const log = createLog(hello.logFile === null ? toError : toFile(hello.logFile)).child({ role: 'worker' });
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  // Ctrl-C in the terminal is the hub's to handle, as long as there is one.
  process.on('SIGINT', () => {
    if (!process.connected) stop.abort();
  });

  let orphaned: NodeJS.Timeout | undefined;
  const countDown = (): void => {
    clearTimeout(orphaned);
    orphaned = setTimeout(() => {
      log.warn('No hub has come back; the worker ends.');
      stop.abort();
    }, orphanMs);
  };
  process.on('disconnect', () => {
    log.warn('The hub is gone; waiting for another one.', { forMs: orphanMs });
    countDown();
  });

  const onContact = (): void => {
    if (orphaned) countDown();
  };
  runWorker(
    { hub: hello.hub, token: hello.token, id: hello.id, scratchDir: hello.scratchDir, log, onContact },
    stop.signal,
  ).then(
    () => process.exit(0),
    (error: unknown) => {
      log.error('The worker ends.', { error });
      process.exit(1);
    },
  );
});
