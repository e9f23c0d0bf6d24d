/** Forks a child for each address that is tried; bounded in number and time. */
import { fork } from 'node:child_process';
import { entry } from '../../base/entry.ts';
import { withoutSecrets } from '../../base/environment.ts';
import { Unavailable } from '../../base/errors.ts';
import { CameraTest, type CameraTestRequest } from '../../contract/camera-test.ts';

const MOST_AT_ONCE = 4;
const PATIENCE_MS = 45_000;

export class CameraTester {
  #running = 0;

  /** @throws Unavailable when too many are being tried, or the child does not answer */
  async test(request: CameraTestRequest): Promise<CameraTest> {
    if (this.#running >= MOST_AT_ONCE) throw new Unavailable('Other cameras are being tried just now.', 5000);
    this.#running++;
    try {
      return await tryInChild(request);
    } finally {
      this.#running--;
    }
  }
}

async function tryInChild(request: CameraTestRequest): Promise<CameraTest> {
  const child = fork(entry(import.meta.url, '../../sources/camera/probe.main'), {
    execPath: process.execPath,
    execArgv: ['--max-old-space-size=256'],
    env: withoutSecrets(process.env),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => reject(new Unavailable('The test took too long and was ended.', 5000)), PATIENCE_MS);
  child.once('message', resolve);
  // More than one may come: where no process can be started, sending fails as well.
  child.on('error', reject);
  child.once('exit', () => reject(new Unavailable('What the camera sent ended the test.', 5000)));
  child.send(request);
  try {
    return CameraTest.parse(await promise);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
