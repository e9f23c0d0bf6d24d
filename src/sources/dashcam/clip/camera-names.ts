/** What people call the cameras of a car, and which of them a layout shows where. Pure. */
import type { DashcamRenderParams } from '../../../contract/worker.ts';

const NAMES: ReadonlyMap<string, string> = new Map([
  ['front', 'Front'],
  ['back', 'Back'],
  ['rear_view', 'Back'],
  ['left_repeater', 'Left repeater'],
  ['right_repeater', 'Right repeater'],
  ['left_pillar', 'Left pillar'],
  ['right_pillar', 'Right pillar'],
  ['inside', 'Inside'],
  ['cabin', 'Inside'],
]);

export function cameraName(camera: string): string {
  return NAMES.get(camera) ?? camera.replaceAll('_', ' ');
}

export type CarLayoutName = DashcamRenderParams['layout'];

/** Places in reading order: what looks to the left is at the left. */
export const LAYOUT_CAMERAS = {
  'front+repeaters': ['front', 'left_repeater', 'right_repeater'],
  '2x2': ['front', 'back', 'left_repeater', 'right_repeater'],
  six: ['left_pillar', 'front', 'right_pillar', 'left_repeater', 'back', 'right_repeater'],
} as const satisfies Partial<Record<CarLayoutName, readonly string[]>>;
