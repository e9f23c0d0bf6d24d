/**
 * The hub's half of a clip of a replay: what a request means, as the job says it. Pure.
 */
import { UserError } from '../../base/errors.ts';
import type { ClipRequest } from '../../contract/clip.ts';
import { ReplayOptions } from '../../contract/replay.ts';
import type { OsuRenderParams } from '../../contract/worker.ts';
import { SCENE_DEFAULTS } from './scene/options.ts';

/** Seconds of the whole video. */
export interface ReplayRange {
  readonly start: number;
  readonly end: number;
}

/** Of another who played the map. @param index from 0 */
export const otherInput = (index: number): string => `other-${index + 1}.osr`;

export const INPUTS = { replay: 'replay.osr', set: 'set.osz', skin: 'skin.osk' } as const;

const SMALLEST = 144;
const LARGEST = 3840;
const FPS = { least: 10, most: 120 } as const;

/**
 * @param names of the replay and the set, for messages
 * @param range null: all of it
 * @param files others who played the map and are shown, and whether there is a skin
 * @throws UserError naming what cannot be
 */
export function planReplay(
  request: Pick<ClipRequest, 'replay' | 'limits' | 'sound' | 'overlays'>,
  names: OsuRenderParams['names'],
  range: ReplayRange | null,
  { others, skin }: { readonly others: readonly unknown[]; readonly skin: object | null },
): OsuRenderParams {
  const { look, sound: volumes, highlight, knockout, preset } = request.replay ?? ReplayOptions.parse({});
  const { fps = SCENE_DEFAULTS.fps } = request.limits;
  if (fps < FPS.least || fps > FPS.most)
    throw wrong('limits.fps', `${fps} pictures a second are not between ${FPS.least} and ${FPS.most}.`, '60 is usual.');
  return {
    replay: INPUTS.replay,
    set: INPUTS.set,
    skin: skin === null ? null : INPUTS.skin,
    others: others.map((_, index) => otherInput(index)),
    knockout: knockout && others.length > 0,
    names,
    ...sizeOf(request.limits),
    fps,
    // In one order: the same look is the same job.
    look: { ...look, hide: [...new Set(look.hide)].sort() },
    ...{ volumes, range, highlight, preset },
    sound: request.sound,
    title: request.overlays.title ?? '',
  };
}

/** Even; 16:9 where one of both is not said. @throws UserError */
export function sizeOf({ width, height }: Pick<ClipRequest['limits'], 'width' | 'height'>): {
  width: number;
  height: number;
} {
  const even = (value: number): number => Math.round(value / 2) * 2;
  const shape = SCENE_DEFAULTS.width / SCENE_DEFAULTS.height;
  const high = height ?? (width === undefined ? SCENE_DEFAULTS.height : width / shape);
  const size = { width: even(width ?? high * shape), height: even(high) };
  if (Math.min(size.width, size.height) < SMALLEST || Math.max(size.width, size.height) > LARGEST)
    throw wrong(
      'limits',
      `${size.width} × ${size.height} is no size for a replay.`,
      `Give both sides between ${SMALLEST} and ${LARGEST}.`,
    );
  return size;
}

export function wrong(field: string, message: string, remedy: string): UserError {
  return new UserError(message, remedy, { code: 'invalid', fields: { [field]: 'cannot be' } });
}
