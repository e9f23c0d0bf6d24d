/**
 * The few things of FFmpeg that every other file here needs. Imported by the codec process only.
 */
import { AV_LOG_ERROR, AVERROR_EAGAIN, AVERROR_EOF, type AVLogLevel, type FFEncoderCodec } from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Log, Packet } from 'node-av/lib';

export const EAGAIN: number = AVERROR_EAGAIN;
export const EOF: number = AVERROR_EOF;

/** The last lines that FFmpeg wrote about errors, for the message of a failure. */
const lastLines: string[] = [];

/** Keeps FFmpeg's own words out of the log of the process, and the last of them for an error. */
export function quietLog(): void {
  Log.setCallback(
    (_level: AVLogLevel, message: string) => {
      lastLines.push(
        message
          .replace(/[^\x20-\x7e]+/g, ' ')
          .trim()
          .slice(0, 200),
      );
      if (lastLines.length > 5) lastLines.shift();
    },
    { maxLevel: AV_LOG_ERROR },
  );
}

/** The newest of FFmpeg's own error lines, without addresses in memory and paths. */
function lastWords(): string {
  const line = lastLines.at(-1) ?? '';
  return line.replace(/\s*@ 0x[0-9a-f]+/g, '').replace(/(^|[\s'"])\/[^\s'"]+/g, '$1…');
}

/** What FFmpeg refused, with its reason. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** @throws CodecError when `code` is an error; otherwise gives it back. */
export function check(code: number, what: string): number {
  if (code >= 0) return code;
  const words = lastWords();
  throw new CodecError(`${what}: ${FFmpegError.strerror(code)}${words === '' ? '' : ` (${words})`}`);
}

export function newFrame(): Frame {
  const frame = new Frame();
  frame.alloc();
  return frame;
}

export function newPacket(): Packet {
  const packet = new Packet();
  packet.alloc();
  return packet;
}

/** A picture of this size whose bytes may be written. */
export function newPicture(width: number, height: number, format: Frame['format']): Frame {
  const frame = newFrame();
  frame.format = format;
  frame.width = width;
  frame.height = height;
  check(frame.getBuffer(), 'no memory for a picture');
  return frame;
}

/**
 * Sets options one by one. A `Dictionary` must not be given to the calls that open something: they free it, and node-av
 * frees it once more (a crash when garbage is collected, seen with 6.1.1).
 */
export function setOptions(
  target: { setOption(name: string, value: string): number },
  options: Record<string, string | number>,
): void {
  for (const [name, value] of Object.entries(options))
    check(target.setOption(name, String(value)), `option ${name} is not taken`);
}

/** Opens an encoder by name; `prepare` sets size, rate and format. */
export function openEncoder(
  name: string,
  prepare: (context: CodecContext) => void,
  options: Record<string, string | number>,
): CodecContext {
  const codec = Codec.findEncoderByName(name as FFEncoderCodec);
  if (!codec) throw new CodecError(`this FFmpeg has no encoder "${name}"`);
  const context = new CodecContext();
  context.allocContext3(codec);
  prepare(context);
  setOptions(context, options);
  check(context.open2Sync(codec), `cannot open the encoder "${name}"`);
  return context;
}

/** Lets the event loop turn, so that memory is given back and the parent is heard. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
