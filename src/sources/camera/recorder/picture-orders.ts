/**
 * What the hub asks for on the recorder's WebSocket beside live fragments: one picture, or one after the other.
 */
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import { type HubToRecorder, LIVE_PICTURE, type PictureHead, type RecorderToHub } from '../../../contract/recorder.ts';
import type { Picture, PictureTrack } from '../decoder/picture-track.ts';

type OneOrder = Extract<HubToRecorder, { type: 'picture' }>;
type ManyOrder = Extract<HubToRecorder, { type: 'pictures' }>;

export interface PictureOrdersPort {
  readonly tracks: (cameraId: string, track: string) => PictureTrack | undefined;
  readonly clock: Clock;
  say(message: RecorderToHub): void;
  /** Returns false when too much waits to be sent already; the picture is left out then. */
  send(message: Buffer): boolean;
}

/** Orders at a time; the hub asks for far fewer. */
const MOST_ORDERS = 1000;
const LONGEST_WAIT_MS = 30_000;

export class PictureOrders {
  readonly #port: PictureOrdersPort;
  readonly #ends = new Map<number, () => void>();

  constructor(port: PictureOrdersPort) {
    this.#port = port;
  }

  one({ channel, cameraId, track, width, height, quality, maxAgeMs, waitMs, have }: OneOrder): void {
    const pictures = this.#trackOf(channel, cameraId, track);
    if (pictures === undefined) return;
    const maxAge = maxAgeMs ?? undefined;
    const now = pictures.peek(maxAge);
    if (now !== undefined && now.id === have) {
      const ageMs = this.#port.clock.wall() - now.arrival;
      this.#port.say({ type: 'same', channel, ageMs, gopMs: pictures.gopMs });
      return;
    }
    const gone = new AbortController();
    const patience = setTimeout(() => gone.abort(), Math.min(waitMs, LONGEST_WAIT_MS));
    this.#ends.set(channel, () => gone.abort());
    pictures
      .newest({ width, height, quality }, { maxAge, signal: gone.signal })
      .then(
        (picture) => this.#send(channel, pictures, picture),
        (error: unknown) => this.#port.say({ type: 'ended', channel, reason: messageOf(error) }),
      )
      .finally(() => {
        clearTimeout(patience);
        this.#ends.delete(channel);
      });
  }

  watch({ channel, cameraId, track, width, height, quality, fps }: ManyOrder): void {
    this.unwatch(channel);
    const pictures = this.#trackOf(channel, cameraId, track);
    if (pictures === undefined) return;
    const end = pictures.watch({ width, height, quality }, fps, (picture) => this.#send(channel, pictures, picture));
    this.#ends.set(channel, end);
  }

  unwatch(channel: number): void {
    this.#ends.get(channel)?.();
    this.#ends.delete(channel);
  }

  /** The hub has gone. */
  close(): void {
    for (const channel of [...this.#ends.keys()]) this.unwatch(channel);
  }

  #trackOf(channel: number, cameraId: string, track: string): PictureTrack | undefined {
    const pictures = this.#ends.size < MOST_ORDERS ? this.#port.tracks(cameraId, track) : undefined;
    if (pictures === undefined) this.#port.say({ type: 'ended', channel, reason: 'This track is not read here.' });
    return pictures;
  }

  #send(channel: number, pictures: PictureTrack, picture: Picture): void {
    const { id, arrival, width, height, data } = picture;
    const ageMs = Math.max(0, this.#port.clock.wall() - arrival);
    const head: PictureHead = { id, at: arrival, ageMs, gopMs: pictures.gopMs, width, height };
    this.#port.send(pictureMessage(channel, head, data));
  }
}

/** One WebSocket message: kind, channel, length of the head, head, JPEG. */
export function pictureMessage(channel: number, head: PictureHead, data: Uint8Array): Buffer {
  const words = Buffer.from(JSON.stringify(head));
  const message = Buffer.allocUnsafe(7 + words.length + data.length);
  message[0] = LIVE_PICTURE;
  message.writeUInt32BE(channel, 1);
  message.writeUInt16BE(words.length, 5);
  words.copy(message, 7);
  message.set(data, 7 + words.length);
  return message;
}
