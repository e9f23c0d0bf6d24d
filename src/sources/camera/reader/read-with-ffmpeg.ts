/**
 * The recorder's side of a reader child. Whatever happens to the child, here a stream has ended and nothing more.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { entry } from '../../../base/entry.ts';
import { withoutSecrets } from '../../../base/environment.ts';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { mediaTime } from '../../../base/units.ts';
import type { ReadOptions } from '../recorder/stream-reader.ts';
import type { FromReader, SentUnit, ToReader } from './messages.ts';

/** A child that has been told to go is killed this much later. */
const CLOSE_MS = 1000;

/**
 * Reads anything that FFmpeg can: `http(s)`, `rtmp`, HLS, `/dev/video*`, files (at the speed at which they were made).
 * Resolves with why when the stream ended.
 *
 * @throws UserError (refused, or nothing that can be recorded), InputError (not what it claims to be), Unavailable
 */
export async function readWithFfmpeg(options: ReadOptions): Promise<{ readonly reason: string }> {
  options.signal.throwIfAborted();
  const child = fork(entry(import.meta.url, '../reader.main'), [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly reason: string }>();
  const abort = (): void => reject(options.signal.reason);
  options.signal.addEventListener('abort', abort, { once: true });
  child.on('error', (cause) => reject(new Unavailable('The FFmpeg reader cannot be started.', 5000, { cause })));
  child.on('exit', (code, signal) => reject(new Unavailable(`The FFmpeg reader has died (${signal ?? code}).`, 1000)));
  child.on('message', (message: FromReader) => {
    if (options.signal.aborted) return;
    try {
      receive(message);
    } catch (error) {
      reject(error);
    }
  });

  function receive(message: FromReader): void {
    switch (message.type) {
      case 'config':
        options.onConfig(message.config);
        break;
      case 'units':
        takeUnits(message.units);
        break;
      case 'note':
        options.onNote({ kind: message.kind, text: message.text });
        break;
      case 'ended':
        resolve({ reason: message.reason });
        break;
      case 'failed':
        reject(errorOf(message));
        break;
    }
  }

  function takeUnits(units: readonly SentUnit[]): void {
    let bytes = 0;
    for (const { kind, data, key, pts, dts } of units) {
      bytes += data.length;
      const arrival = options.clock.wall();
      options.onUnit({ kind, data: [data], size: data.length, key, pts: mediaTime(pts), dts: mediaTime(dts), arrival });
    }
    say(child, { type: 'taken', bytes });
  }

  const { url, username, password, transport = 'auto' } = options;
  say(child, { type: 'open', url, username, password, transport: transport === 'auto' ? 'tcp' : transport });
  try {
    return await promise;
  } finally {
    options.signal.removeEventListener('abort', abort);
    close(child);
  }
}

function errorOf(message: Extract<FromReader, { type: 'failed' }>): Error {
  switch (message.kind) {
    case 'refused':
      return new UserError(message.message, 'Check address, name and password of the camera.', {
        code: message.unauthorised ? 'auth' : 'invalid',
      });
    case 'input':
      return new InputError('stream', message.message);
    case 'unavailable':
      return new Unavailable(message.message, 1000);
  }
}

/** A child that is just dying cannot be told anything; its `exit` says the rest. */
function say(child: ChildProcess, message: ToReader): void {
  if (child.connected) child.send(message, () => undefined);
}

function close(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.disconnect?.();
  const kill = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
  child.once('exit', () => clearTimeout(kill));
}

/** Memory of FFmpeg's threads stays small with few arenas; a token of this process is none of the child's business. */
function childEnvironment(): NodeJS.ProcessEnv {
  return { ...withoutSecrets(process.env), MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };
}
