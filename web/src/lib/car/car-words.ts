/** What is said of a car's events and clips, in words. Pure. */
import type { CarClip, CarEvent } from '../../../../src/contract/car.ts';

const CAMERAS: Readonly<Record<string, string>> = {
  front: 'Front',
  back: 'Rear',
  rear_view: 'Rear',
  left_repeater: 'Left repeater',
  right_repeater: 'Right repeater',
  left_pillar: 'Left pillar',
  right_pillar: 'Right pillar',
  cabin: 'Inside',
  inside: 'Inside',
};
/** As one looks around: what is ahead first. */
const ORDER = ['front', 'back', 'rear_view', 'left_pillar', 'right_pillar', 'left_repeater', 'right_repeater'];

export function cameraName(camera: string): string {
  const plain = camera.replaceAll(/[_-]+/g, ' ');
  return CAMERAS[camera] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** For a very small picture. */
export function shortName(camera: string): string {
  return cameraName(camera).replace(/^(L)eft |^(R)ight /, '$1$2. ');
}

export function byPlace(a: { readonly camera: string }, b: { readonly camera: string }): number {
  const place = ({ camera }: { readonly camera: string }): number =>
    (ORDER.indexOf(camera) + ORDER.length + 1) % (ORDER.length + 1);
  return place(a) - place(b) || a.camera.localeCompare(b.camera);
}

/** `Sentry`, `Honk`, … */
export function kindWord({ what, ring }: Pick<CarEvent, 'what' | 'ring'>): string {
  switch (what) {
    case 'saved':
      return 'Saved';
    case 'honk':
      return 'Honk';
    case 'sentry':
      return 'Sentry';
    case 'panic':
      return 'Alarm';
    case 'crash-avoidance':
      return 'Emergency braking';
    default:
      return ring === 'sentry' ? 'Sentry' : 'Saved';
  }
}

/** Why the car has kept it. What is not known here is told as the car writes it. */
export function reasonWords(reason: string | null): string {
  if (reason === null) return 'Why it was kept is not known.';
  const [, g] = /_accel_(-?\d+(?:\.\d+)?)$/.exec(reason) ?? [];
  const force = g === undefined ? '' : ` (${Number(g).toFixed(2)} g)`;
  if (reason === 'user_interaction_honk') return 'The horn was pressed.';
  if (reason === 'user_interaction_dashcam_multifunction_selected') return 'Saved with a button of the wheel.';
  if (/^user_interaction_dashcam_(icon_tapped|panel_save|launcher_action_tapped)$/.test(reason))
    return 'Saved on the screen.';
  if (reason === 'sentry_aware_object_detection') return 'Somebody or something came close.';
  if (reason === 'sentry_locked_handle_pulled') return 'A door handle was pulled while the car was locked.';
  if (/^sentry_aware_accel_/.test(reason)) return `The car was pushed or shaken${force}.`;
  if (/^sentry_panic_accel_/.test(reason)) return `The alarm went off: the car was struck or lifted${force}.`;
  if (reason === 'vehicle_auto_emergency_braking') return 'The car braked by itself.';
  return `The car says: ${reason}.`;
}

/** Why a clip cannot be played; undefined when it can. */
export function whyWords(why: CarClip['why']): string | undefined {
  switch (why) {
    case null:
      return undefined;
    case 'encrypted':
      return 'The car has encrypted it. It can be decrypted in the car or at dashcam.tesla.com.';
    case 'mp4v':
      return 'It is coded as MPEG-4 part 2, which browsers do not play.';
    case 'h265':
      return 'It is coded as H.265, which this browser does not play.';
    case 'damaged':
      return 'The recording was cut off. “vidette repair” makes what is there playable.';
    case 'unread':
      return 'It has not been looked at yet; that comes by itself.';
    case 'unknown-codec':
      return 'How it is coded is not known here.';
  }
}

/** `N De Anza Blvd, Cupertino`; undefined where the car did not know. */
export function placeText({ street, city }: Pick<CarEvent, 'street' | 'city'>): string | undefined {
  const parts = [street, city].filter((part) => part !== null && part.trim() !== '');
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** What of an event is not as it should be; undefined when all is. */
export function lackText({
  clips,
  damaged,
  encrypted,
  filled,
}: Pick<CarEvent, 'clips' | 'damaged' | 'encrypted' | 'filled'>): string | undefined {
  if (clips === 0) return 'no video left';
  const parts = [
    encrypted > 0 ? (encrypted === clips ? 'encrypted' : `${encrypted} encrypted`) : '',
    damaged > 0 ? `${damaged} cut off` : '',
    filled > 0 ? 'video from the last hours' : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
