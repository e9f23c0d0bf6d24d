/**
 * Entry of a decoder child: coded pictures in, JPEG out; one for all cameras of a recorder. Dies with its parent.
 */
import { setPriority } from 'node:os';
import { messageOf } from '../../base/errors.ts';
import { CodecError, quietLog } from '../../media/codec/native.ts';
import { StreamFrames } from './decoder/frames.ts';
import { JpegEncoder } from './decoder/jpeg.ts';
import type { DecoderAnswer, DecoderOrder, ToDecoder } from './decoder/messages.ts';

/** Recording goes first; but people wait for pictures. */
const NICENESS = 2;
/** Newest pictures are kept of so many streams; those asked for least lately are decoded again. */
const MOST_STREAMS = 64;

const streams = new Map<number, StreamFrames>();
const jpeg = new JpegEncoder();

setPriority(NICENESS);
quietLog();
process.on('disconnect', () => process.exit(0));
// A terminal and systemd tell the whole group; the parent may still want a last picture, and ends this process itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (order: ToDecoder) => {
  if ('forget' in order) return forget(order.forget);
  process.send?.(work(order));
});

function work({ stream, config, units, drain, wish }: DecoderOrder): DecoderAnswer {
  const frames = streamOf(stream, config);
  try {
    const same = units.length > 0 ? frames.decode(config, units, drain) : undefined;
    const { newest, serial } = frames;
    if (newest === undefined || serial === undefined) return { stream };
    return {
      stream,
      serial,
      ...(same === undefined ? {} : { same }),
      ...(wish === null ? {} : { jpeg: jpeg.encode(newest, wish) }),
    };
  } catch (error) {
    // What cannot be decoded is the camera's fault; anything else ends this process, and the next begins afresh.
    if (!(error instanceof CodecError)) throw error;
    return { stream, failed: messageOf(error) };
  }
}

function streamOf(stream: number, config: DecoderOrder['config']): StreamFrames {
  const found = streams.get(stream);
  const frames = found ?? new StreamFrames(config);
  streams.delete(stream);
  streams.set(stream, frames);
  for (const [old] of streams) {
    if (streams.size <= MOST_STREAMS) break;
    forget(old);
  }
  return frames;
}

function forget(stream: number): void {
  streams.get(stream)?.free();
  streams.delete(stream);
}
