/** How a camera is doing, in words. */
import type { Camera } from '../../../src/contract/camera.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'off';
export interface CameraWords {
  readonly tone: Tone;
  readonly word: string;
  /** More, when there is something to say. */
  readonly detail: string | undefined;
}

export function cameraWords(camera: Camera): CameraWords {
  const { state } = camera;
  switch (state.status) {
    case 'recording':
      return { tone: 'good', word: 'Recording', detail: undefined };
    case 'connecting':
      return { tone: 'warn', word: 'Connecting', detail: state.reason };
    case 'waiting':
      return { tone: 'warn', word: 'Starting', detail: state.reason ?? 'Waiting for a recorder.' };
    case 'stalled':
      return { tone: 'bad', word: 'No new pictures', detail: state.reason };
    case 'backoff':
      return { tone: 'bad', word: 'Not reachable', detail: state.reason };
    case 'disabled':
      return { tone: 'off', word: 'Switched off', detail: undefined };
  }
}

/** The name that people know a codec by, from its RFC 6381 string. */
export function codecName(codec: string): string {
  const name = codec.toLowerCase();
  if (/^(avc|h264)/.test(name)) return 'H.264';
  if (/^(hvc|hev|h265)/.test(name)) return 'H.265';
  if (name.startsWith('av01')) return 'AV1';
  if (/^(mp4v|mjpg|jpeg)/.test(name)) return 'MJPEG';
  return codec;
}

/** `1920 × 1080 · 15 fps`: what fits a card. */
export function shortPictureWords(state: Camera['state']): string {
  const size = state.width && state.height ? `${state.width} × ${state.height}` : undefined;
  const rate = state.fps ? `${Math.round(state.fps)} fps` : undefined;
  return [size, rate].filter(Boolean).join(' · ');
}

/** `H.264 · 1920 × 1080 · 15 pictures a second · 3 Mbit/s`, as far as known. */
export function pictureWords(state: Camera['state']): string {
  const parts: string[] = [];
  if (state.codec) parts.push(codecName(state.codec));
  if (state.width && state.height) parts.push(`${state.width} × ${state.height}`);
  if (state.fps) parts.push(`${Math.round(state.fps * 10) / 10} fps`);
  if (state.bitrate)
    parts.push(
      state.bitrate >= 1e6
        ? `${(state.bitrate / 1e6).toFixed(1)} Mbit/s`
        : `${Math.round(state.bitrate / 1000)} kbit/s`,
    );
  return parts.join(' · ');
}
