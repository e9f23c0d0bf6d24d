/**
 * `vidette drive-media`: an image with music, light shows and sounds, which the car has beside the one of its cameras.
 */
import { makeMedia } from '../sources/dashcam/media-luns/make-media.ts';
import { megabytes, print, say, untilAsked } from './terminal.ts';

export async function driveMedia(folder: string, image: string, options: { readonly json?: boolean }): Promise<void> {
  const made = await makeMedia(folder, image, untilAsked());
  if (options.json) print(JSON.stringify(made));
  else {
    print(`${made.files} files, ${megabytes(made.bytes)}, in ${made.image}`);
    say(
      'The car reads it when the drive is plugged in anew: switch it off and on, on its page or by: systemctl restart vidette-drive',
    );
  }
}
