/** How work in a codec process speaks of itself. */

/** @param progress 0 to 1 @param stage in words */
export type Report = (progress: number, stage: string) => void;

/** The limit cannot be met at all. */
export class LimitTooSmall extends Error {
  override readonly name = 'LimitTooSmall';
}
