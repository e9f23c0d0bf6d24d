/** Media Source Extensions, as far as browsers differ. */

/** The iPhone has only the managed kind (Managed Media Source, W3C Media Source Extensions section 4). */
const Kind: typeof MediaSource | undefined =
  (globalThis as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource ?? globalThis.MediaSource;

/** Can this browser play it? `mime` with codecs, e.g. `video/mp4; codecs="avc1.42c01f"`. */
export const canPlay = (mime: string): boolean => Kind?.isTypeSupported(mime) ?? false;

export function mimeOf(codec: string, audioCodec: string | undefined): string {
  return `video/mp4; codecs="${audioCodec === undefined ? codec : `${codec}, ${audioCodec}`}"`;
}

/** Why a picture cannot be shown here, for people. */
export function unplayableText(codecName: string): string {
  return `This browser cannot play ${codecName}. Recording goes on, and clips can be made: they play everywhere.`;
}

export interface Opened {
  readonly source: MediaSource;
  readonly buffer: SourceBuffer;
}

/**
 * Gives the video element a new source with one buffer.
 * @throws DOMException AbortError when the signal ends first
 */
export function openSource(video: HTMLVideoElement, mime: string, signal: AbortSignal): Promise<Opened> {
  if (!Kind) throw new Error('This browser cannot play video in pieces (Media Source Extensions are missing).');
  const source = new Kind();
  const address = URL.createObjectURL(source);
  video.disableRemotePlayback = true;
  video.src = address;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    source.addEventListener(
      'sourceopen',
      () => {
        signal.removeEventListener('abort', abort);
        // From here on the element holds the source itself.
        URL.revokeObjectURL(address);
        if (signal.aborted) return;
        try {
          resolve({ source, buffer: source.addSourceBuffer(mime) });
        } catch (error) {
          reject(error);
        }
      },
      { once: true },
    );
  });
}

/** Waits until the buffer has taken in what it was given. */
export function settled(buffer: SourceBuffer): Promise<void> {
  if (!buffer.updating) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = (): void => {
      buffer.removeEventListener('updateend', done);
      buffer.removeEventListener('error', failed);
      resolve();
    };
    const failed = (): void => {
      buffer.removeEventListener('updateend', done);
      buffer.removeEventListener('error', failed);
      reject(new Error('The picture could not be read.'));
    };
    buffer.addEventListener('updateend', done);
    buffer.addEventListener('error', failed);
  });
}

export function rangesOf(buffered: TimeRanges): { start: number; end: number }[] {
  return Array.from({ length: buffered.length }, (_, i) => ({ start: buffered.start(i), end: buffered.end(i) }));
}
