/** The sound of a part that is cut out of a play comes in and goes out softly. Pure. */

/** Seconds. */
const IN = 0.05;
const OUT = 0.35;

/** @param block interleaved, changed in place @param from samples of the clip before it @param length of the whole clip */
export function softenEdges(
  block: Float32Array,
  from: number,
  length: number,
  { channels, sampleRate }: { readonly channels: number; readonly sampleRate: number },
): void {
  const [fadeIn, fadeOut] = [IN * sampleRate, OUT * sampleRate];
  const count = block.length / channels;
  if (from >= fadeIn && from + count <= length - fadeOut) return;
  for (let sample = 0; sample < count; sample++) {
    const at = from + sample;
    const volume = Math.min(1, at / fadeIn, (length - at) / fadeOut);
    for (let channel = 0; channel < channels; channel++) {
      const index = sample * channels + channel;
      block[index] = (block[index] ?? 0) * Math.max(0, volume);
    }
  }
}
