/** How a car lies in its row. */
import { z } from 'zod';
import { CarChange } from '../../contract/car.ts';

/** The `settings` column of a source of kind `dashcam`. Where `from` is the library, its folder is the one of the row. */
export const CarSettingsRow = z.object({
  from: z.discriminatedUnion('type', [
    z.object({ type: z.literal('library') }),
    z.object({ type: z.literal('folder'), path: z.string() }),
  ]),
  keep: CarChange.shape.keep.unwrap(),
});
export type CarSettingsRow = z.output<typeof CarSettingsRow>;
