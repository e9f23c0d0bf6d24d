/**
 * What the rest of Vidette knows of the kind `camera` without loading any of it. Pure.
 * Settings and their secret: `src/hub/camera-settings.ts`; what a file is: `src/media/sniff.ts`.
 */

/** An address of a stream, and a place on the recorder's own machine. `demo:` is the camera that Vidette draws. */
const STREAM = /^(rtsps?|rtsp\+https?|https?|rtmps?):\/\/[^\s/]+/i;
const PLACE = /^(file:\/\/\/\S|\/dev\/video\d+$|demo:|test:(\?|$)|images:(\/\/)?\/)/;

export const camera = {
  name: 'camera',
  /** What a person may use, for an error's remedy. */
  addresses:
    'rtsp://, rtsps://, http://, https://, rtmp:// or file:///, a device such as /dev/video0, or for trying test: or images:/folder',

  /** Whether an address, credential taken out, can be that of a camera. */
  accepts(address: string): boolean {
    return PLACE.test(address) || (STREAM.test(address) && URL.canParse(address));
  },
} as const;
