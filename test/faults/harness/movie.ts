/** The frames of an MP4 as a player finds them, with their numbers. */
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { type Mark, marksIn } from './marks.ts';

export interface MovieFrame extends Mark {
  /** Presentation time in the file. */
  readonly seconds: number;
}

/**
 * In the order in which they stand. The number is a packet of its own, which may be lost alone: such a frame's number follows from its time and
 * that of the frame before.
 * @param frameMs from one frame to the next
 */
export async function readMovie(file: Uint8Array<ArrayBuffer>, frameMs: number): Promise<MovieFrame[]> {
  const frames: MovieFrame[] = [];
  const nameless: { seconds: number; after: MovieFrame | undefined }[] = [];
  using input = new Input({ source: new BufferSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('there are no pictures in it');
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const [mark] = marksIn(Buffer.from(packet.data));
    if (mark) frames.push({ ...mark, seconds: packet.timestamp });
    else nameless.push({ seconds: packet.timestamp, after: frames.at(-1) });
  }
  const known = new Set(frames.map(({ number }) => number));
  for (const { seconds, after } of nameless) {
    const near = after ?? frames[0];
    if (near === undefined) throw new Error('none of its frames has a number');
    const steps = Math.round(((seconds - near.seconds) * 1000) / frameMs);
    const number = near.number + steps;
    if (known.has(number)) continue;
    known.add(number);
    frames.push({ number, sentAt: near.sentAt + steps * frameMs, seconds });
  }
  return frames;
}
