/** What could be better about a camera that works. Pure; each sentence says what to change. */
import type { CameraTest } from '../../../contract/camera-test.ts';

/** Above this a jump in playback and the first live picture take noticeably long. */
const LONG_GROUP_SECONDS = 4;
const HIGH_BITRATE = 12_000_000;

/** @param seconds how long pictures were read */
export function adviceOn(test: Pick<CameraTest, 'video' | 'audio'>, seconds: number): string[] {
  const advice: string[] = [];
  const { video, audio } = test;
  if (!video) return advice;
  if (/^(hvc1|hev1)/.test(video.codec))
    advice.push(
      'H.265: many browsers cannot play it. Add the camera’s H.264 second stream, or set the camera to H.264.',
    );
  if (/^(mp4v|mjpeg|jpeg)/i.test(video.codec))
    advice.push('Motion JPEG takes five to ten times the space of H.264. Set the camera to H.264 if it can.');
  const { keyFrameEvery, bitrate, fps, width, height } = video;
  if (keyFrameEvery === undefined && seconds >= LONG_GROUP_SECONDS)
    advice.push(
      `No second key frame came within ${Math.round(seconds)} s. Switch off “smart” or “plus” coding and set the key frame interval to 2 s.`,
    );
  else if (keyFrameEvery !== undefined && keyFrameEvery > LONG_GROUP_SECONDS)
    advice.push(`A key frame comes only each ${keyFrameEvery} s. Set the key frame (I-frame) interval to 2 s.`);
  if (bitrate !== undefined && bitrate > HIGH_BITRATE)
    advice.push(
      `${Math.round(bitrate / 1e6)} Mbit/s is much for ${width}×${height}; a day takes ${Math.round((bitrate * 86_400) / 8e9)} GB.`,
    );
  if (fps !== undefined && fps < 5) advice.push(`Only ${fps} pictures a second come.`);
  if (!audio)
    advice.push('No sound that can be recorded comes. Where the camera has a microphone, set its sound to AAC.');
  return advice;
}
