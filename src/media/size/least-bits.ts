/**
 * The bits without which x264 refuses a second pass. FFmpeg tells no reason when an encoder cannot be opened; this tells whether it was that one. Pure.
 */

/** x264 reckons that what is not texture grows with this power of the picture's size (`ratecontrol.c`, `x264_ratecontrol_new`). */
const GROWTH = 0.7;

const blocks = (width: number, height: number): number => Math.ceil(width / 16) * Math.ceil(height / 16);

/**
 * @param statistics of the first pass, as x264 writes them
 * @param size of the second pass
 * @returns bits of headers of all pictures (`init_pass2`: “requested bitrate is too low”); null where these are no statistics
 */
export function leastBits(
  statistics: string,
  size: { readonly width: number; readonly height: number },
): number | null {
  const [, width, height] = /^#options: (\d+)x(\d+) /.exec(statistics) ?? [];
  if (width === undefined || height === undefined) return null;
  let bits = 0;
  for (const [, misc] of statistics.matchAll(/ misc:(\d+) /g)) bits += Number(misc);
  return bits * (blocks(size.width, size.height) / blocks(Number(width), Number(height))) ** GROWTH;
}
