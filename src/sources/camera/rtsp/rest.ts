/**
 * Sockets whose bytes may gather in the kernel for a moment. Sixteen cameras whose pictures come at sixteen different times wake
 * a process hundreds of times a second; read together, three times a second, they cost a third less (bench/recorder.ts). The kernel makes
 * the window of a connection several times as large as what is read of it at once, so a camera does not have to wait once it has run for some seconds.
 */
import type { Socket } from 'node:net';

const REST_MS = 300;
/** After more than this at once a socket does not rest: the kernel's buffer must never be what slows a camera down. */
export const RESTFUL_BYTES = 400_000;

const resting = new Set<Socket>();
let timer: NodeJS.Timeout | undefined;

/** The caller has stopped reading (`onread` returned false); it goes on at the next tick, which all sockets share. */
export function rest(socket: Socket): void {
  resting.add(socket);
  timer ??= setInterval(wake, REST_MS);
}

function wake(): void {
  if (resting.size === 0) {
    clearInterval(timer);
    timer = undefined;
    return;
  }
  const waking = [...resting];
  resting.clear();
  for (const socket of waking) if (!socket.destroyed) socket.resume();
}
