/** A job's words for how a replay looks, as the scene has them. */
import type { OsuRenderParams } from '../../../contract/worker.ts';
import { HUD_PARTS, SCENE_DEFAULTS, type SceneOptions } from '../scene/options.ts';

export function sceneOf(
  params: Pick<OsuRenderParams, 'look' | 'width' | 'height' | 'fps' | 'range' | 'highlight'>,
): SceneOptions {
  const { hide, ...look } = params.look;
  const { width, height, fps, range, highlight } = params;
  const hidden: ReadonlySet<string> = new Set(hide);
  return {
    ...SCENE_DEFAULTS,
    // Every option of the contract is one of the scene: a name that is not fails here.
    ...(look satisfies Partial<SceneOptions>),
    ...{ width, height, fps },
    hud: HUD_PARTS.filter((part) => !hidden.has(part)),
    ...(range ? { range } : {}),
    ...(highlight === null ? {} : { highlight }),
  };
}
