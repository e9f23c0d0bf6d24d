/**
 * Entry of the demo camera: draws the street, encodes it live and serves it by RTSP on loopback.
 * First message in: `{ logFile, port }`; `port` (where it served before) is taken again if it is free. Answer: `{ ready: true, url }`, or `{ ready: false, message }`. Outlives a hub that died for as long as
 * somebody watches, so that the next one finds it and nothing is missing from its footage.
 */
import { systemClock } from '../../base/clock.ts';
import { messageOf, Unavailable } from '../../base/errors.ts';
import { createLog, type Log } from '../../base/log.ts';
import { logFile, toStandardError } from '../../logs/log-file.ts';
import { quietLog } from '../../media/codec/native.ts';
import { DEMO, StreetEncoder } from './demo/street-encoder.ts';
import { startRtspServer } from './rtsp/server.ts';

const PERIOD_MS = 1000 / DEMO.fps;
/** Without a parent and without a viewer it ends after this. */
const LONELY_MS = 60_000;
/** Further behind than this (the machine slept), pictures are left out instead of being caught up with. */
const MOST_BEHIND_MS = 500;

process.once('message', (message: { readonly logFile?: string; readonly port?: number }) => {
  const { logFile: path } = message;
  const log = createLog(path === undefined ? toStandardError : logFile(path)).child({ role: 'demo' });
  serve(log, message.port ?? 0).catch((error: unknown) => {
    log.error('The demo camera has stopped.', { error });
    process.send?.({ ready: false, message: messageOf(error) }, () => process.exit(1));
  });
});

async function serve(log: Log, port: number): Promise<void> {
  quietLog();
  const encoder = new StreetEncoder();
  const server = await startRtspServer({ host: '127.0.0.1', port }).catch((error: unknown) => {
    if (port === 0 || !(error instanceof Unavailable)) throw error;
    return startRtspServer({ host: '127.0.0.1', port: 0 });
  });
  const mount = server.mount('street', { video: encoder.config });
  const url = `rtsp://127.0.0.1:${server.port}/street`;
  log.info('The demo camera is on.', { url });
  process.send?.({ ready: true, url });
  let watched = systemClock.monotonic();
  let frame = 0;
  let due = systemClock.monotonic() as number;
  for (;;) {
    for (const unit of encoder.encode(frame, systemClock.wall())) mount.push(unit);
    if (process.connected || mount.clients > 0) watched = systemClock.monotonic();
    else if (systemClock.monotonic() - watched > LONELY_MS) process.exit(0);
    due += PERIOD_MS;
    frame++;
    const behind = systemClock.monotonic() - due;
    if (behind > MOST_BEHIND_MS) {
      // The numbers of the frames go on with time, so that the gap can be seen.
      const missed = Math.floor(behind / PERIOD_MS);
      frame += missed;
      due += missed * PERIOD_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - systemClock.monotonic())));
  }
}
