/** Forked by `rtsp.ts`: reads every camera that it is told, counts the frames and throws them away. */
import { systemClock } from '../src/base/clock.ts';
import { readRtsp } from '../src/sources/camera/rtsp/client.ts';

let frames = 0;
process.on('message', (message) => {
  if (message === 'count') process.send?.(frames);
  else for (const url of message as string[]) read(url);
});

function read(url: string): void {
  readRtsp({
    url,
    clock: systemClock,
    signal: new AbortController().signal,
    onConfig: () => undefined,
    onUnit: () => {
      frames += 1;
    },
  }).then(
    (end) => console.error(end.reason),
    (error: unknown) => console.error(error),
  );
}
