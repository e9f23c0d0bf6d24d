/** What is said between the drive, which has no rights, and the root helper: a line of JSON each way. The set of commands is closed. */
import { z } from 'zod';

/** Of an image in the helper's settings. */
export const ImageName = z.string().regex(/^[a-z0-9-]{1,32}$/);

export const Command = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  /** Be the car's drive. Media are drives of their own beside it: music, light shows. */
  z.strictObject({ command: z.literal('attach'), image: ImageName, media: z.array(ImageName).max(7).default([]) }),
  /** Another image instead of the one that the car has, without unplugging where the kernel can. */
  z.strictObject({ command: z.literal('swap'), image: ImageName }),
  z.strictObject({ command: z.literal('detach') }),
]);
export type Command = z.input<typeof Command>;

export const KernelState = z.object({
  attached: z.boolean(),
  /** Name of the image that the car has; null: none, or one that the settings do not name. */
  image: z.string().nullable(),
  media: z.array(z.string()),
  /** What the controller says: `configured`, `not attached`, `suspended`, …; empty without a controller. */
  link: z.string(),
  /** USB device controllers of this machine. */
  controllers: z.array(z.string()),
});
export type KernelState = z.output<typeof KernelState>;

export const Answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), state: KernelState }),
  z.object({
    ok: z.literal(false),
    /** `invalid`: the command; `image`: the image must not be given to the car; `unavailable`: this machine cannot; else the kernel's own. */
    code: z.string(),
    message: z.string(),
  }),
]);
export type Answer = z.output<typeof Answer>;

/** A command is never longer. */
export const MOST_LINE = 4096;
