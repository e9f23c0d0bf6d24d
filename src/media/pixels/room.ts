/** How much memory drawings may be kept in, in this process: those that were not used for the longest go, and are made again when they are needed. */

/** For drawings on small pictures; on larger ones so many bytes a pixel: more of it would only wait. */
const LEAST_BYTES = 16_000_000;
const BYTES_A_PIXEL = 8;

interface Place {
  readonly bytes: number;
  /** Gives it up. */
  readonly leave: () => void;
}

const kept = new Map<object, Place>();
let taken = 0;
let most = LEAST_BYTES;

export const Room = {
  /** Pictures of that many pixels are drawn on. */
  provide(pixels: number): void {
    most = Math.max(most, BYTES_A_PIXEL * pixels);
  },

  /** @param leave called when others need the room */
  take(who: object, bytes: number, leave: () => void): void {
    kept.set(who, { bytes, leave });
    taken += bytes;
    for (const [other, place] of kept) {
      if (taken <= most || other === who) return;
      Room.leave(other);
      place.leave();
    }
  },

  /** It has been used just now. */
  use(who: object): void {
    const place = kept.get(who);
    if (!place) return;
    kept.delete(who);
    kept.set(who, place);
  },

  /** It has given its memory back. */
  leave(who: object): void {
    taken -= kept.get(who)?.bytes ?? 0;
    kept.delete(who);
  },
};
