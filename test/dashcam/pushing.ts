/** The push of a spool, with everything that a test does not care about. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import { HttpHub, type HubLine } from '../../src/sources/dashcam/push/hub-line.ts';
import { Pusher, type PusherOptions } from '../../src/sources/dashcam/push/pusher.ts';
import { SpoolIndex } from '../../src/sources/dashcam/role/spool-index.ts';
import type { PushStatus } from '../../src/sources/dashcam/role/status.ts';
import { waitFor } from '../../src/sources/dashcam/role/wait.ts';
import { TOKEN } from './push-hub.ts';

export interface Pushing {
  readonly pusher: Pusher;
  readonly index: SpoolIndex;
  until(is: (status: PushStatus) => boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly root: string;
  readonly stateFile: string;
  readonly url: string;
  readonly token?: string;
  readonly hub?: HubLine;
  readonly log?: Log;
  readonly over?: Partial<PusherOptions>;
  readonly index?: SpoolIndex;
}

const describeDrive: PusherOptions['describe'] = () => ({
  version: '0.1.0',
  mode: 'live',
  doing: 'pushing',
  free: 1e9,
  total: 2e9,
  lastMinute: null,
  problem: null,
});

/** Pauses after failures are short: nobody waits for a hub that is there. */
export async function startPusher(options: StartOptions): Promise<Pushing> {
  const { root, stateFile, url, token = TOKEN, log = silentLog } = options;
  const index = options.index ?? new SpoolIndex({ root, source: 'car' });
  const hub = options.hub ?? new HttpHub(url, () => token);
  const pusher = new Pusher(
    {
      hub,
      address: url,
      car: 'car',
      index,
      stateFile,
      rate: undefined,
      clock: systemClock,
      wait: (ms, signal) => waitFor(Math.min(ms, 50), signal),
      log,
      describe: describeDrive,
      ...options.over,
    },
    true,
  );
  const over = new AbortController();
  const running = pusher.run(over.signal);
  return {
    pusher,
    index,
    async until(is) {
      const end = performance.now() + 60_000;
      while (!is(pusher.status)) {
        if (performance.now() > end) throw new Error(`it never came: ${JSON.stringify(pusher.status)}`);
        await sleep(5);
      }
    },
    async stop() {
      over.abort();
      await running;
      if (hub instanceof HttpHub) hub.close();
    },
  };
}
