/**
 * The worker as a process that the hub forks. Its first message over IPC says everything it has to know; it goes on for ten minutes
 * when the hub is gone, and longer when a new hub answers it.
 */
import { runWorker } from './worker.ts';
import { WorkerProcess, workerLog } from './worker-options.ts';

const ORPHAN_MS = 600_000;
const orphanMs = Number(process.env.VIDETTE_ORPHAN_MS ?? ORPHAN_MS);

process.once('message', (message) => {
  const hello = WorkerProcess.parse(message);
  const log = workerLog(hello.logFile);
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
  runWorker({ ...hello, log, onContact }, stop.signal).then(
    () => process.exit(0),
    (error: unknown) => {
      log.error('The worker ends.', { error });
      process.exit(1);
    },
  );
});
