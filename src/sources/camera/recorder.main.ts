/**
 * Entry of a recorder process. Its parent, the hub, sends one message ({@link RecorderOptions}) and may then die: the
 * recorder goes on for ten minutes (`VIDETTE_ORPHAN_MS`), and for as long as a hub answers.
 */
import { flushCompileCache } from 'node:module';
import { UserError } from '../../base/errors.ts';
import { createLog } from '../../base/log.ts';
import { logFile } from '../../logs/log-file.ts';
import { RecorderOptions } from './recorder/options.ts';
import { runRecorder } from './recorder/run.ts';

const stop = new AbortController();
const parentGone = new AbortController();
/** What has been compiled by then is kept, so that the next one starts sooner: one that is killed has no time for it. */
const KEEP_COMPILED_MS = 5000;
// Both may come again while the last segments are written.
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
// The hub's end of a pipe may be gone; that must not end a recorder.
process.on('SIGPIPE', () => undefined);
process.on('SIGHUP', () => undefined);
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
process.once('disconnect', () => parentGone.abort());
process.once('message', (message: unknown) => void start(message));
// Until it is told what to do it has nothing to finish.
const idle = (): never => process.exit(0);
stop.signal.addEventListener('abort', idle);
if (process.send === undefined) {
  process.stderr.write('A recorder is started by the hub. By hand: vidette record --hub URL\n');
  process.exitCode = 2;
}

async function start(message: unknown): Promise<void> {
  stop.signal.removeEventListener('abort', idle);
  setTimeout(flushCompileCache, KEEP_COMPILED_MS).unref();
  let log = createLog((line) => process.stderr.write(line)).child({ role: 'recorder' });
  const fail = (error: unknown): never => {
    const remedy = error instanceof UserError ? { remedy: error.remedy } : {};
    log.error('the recorder cannot go on', { ...remedy, error });
    process.exit(1);
  };
  // A bug: what is open is recovered by the next process, which the hub starts.
  process.on('uncaughtException', fail);
  try {
    const options = RecorderOptions.parse(message);
    if (options.logFile !== null)
      log = createLog(logFile(options.logFile)).child({ role: 'recorder', pid: process.pid });
    const orphanMs = Number(process.env.VIDETTE_ORPHAN_MS ?? Number.NaN);
    const countersFile = process.env.VIDETTE_COUNTERS?.replace('{pid}', String(process.pid));
    await runRecorder(options, stop.signal, {
      parentGone: parentGone.signal,
      ...(Number.isFinite(orphanMs) ? { orphanMs } : {}),
      ...(countersFile === undefined ? {} : { countersFile }),
    });
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}
