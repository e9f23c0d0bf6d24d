/**
 * Entry of a converting process: coded pictures in, H.264 out. One for each conversion; dies with its parent.
 */
import { setPriority } from 'node:os';
import { messageOf } from '../../base/errors.ts';
import { quietLog } from '../codec/native.ts';
import type { FromTranscoder, ToTranscoder } from './messages.ts';
import { Transcoder } from './transcoder.ts';

/** Recording goes first; a clip that is rendered beside it gets as much as this does. */
const NICENESS = 5;

let transcoder: Transcoder | undefined;

setPriority(NICENESS);
quietLog();
process.on('disconnect', () => process.exit(0));
// A terminal and systemd tell the whole group; the parent ends this process itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (message: ToTranscoder) => {
  try {
    if (message.type === 'begin') {
      transcoder?.free();
      transcoder = new Transcoder(message.stream, message.shape);
    } else if (transcoder) tell({ type: 'took', ...transcoder.take(message.picture, message.reset) });
  } catch (error) {
    tell({ type: 'failed', message: messageOf(error) });
  }
});

function tell(answer: FromTranscoder): void {
  process.send?.(answer);
}
