/**
 * What may be read from an address, and by what.
 */

/** Which reader an address needs: our own RTSP client for `rtsp://`, `rtsps://` and `rtsp+http(s)://`, an FFmpeg child for the rest. */
export function readerFor(url: string, wish: 'auto' | 'rtsp' | 'ffmpeg'): 'rtsp' | 'ffmpeg' {
  // Made in the child, whatever the camera's settings say.
  if (/^(test|images|demo):/.test(url)) return 'ffmpeg';
  if (wish !== 'auto') return wish;
  return /^rtsp(s|\+https?)?:\/\//i.test(url) ? 'rtsp' : 'ffmpeg';
}
