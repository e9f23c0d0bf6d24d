/**
 * The process that makes one clip of a car's footage: canvas and codecs meet here, and nowhere else. Forked by `clip/car-clip.ts`.
 */

import { serveTask } from '../../media/codec/serve-task.ts';
import type { OverlayResult } from '../../media/overlay/overlay-plan.ts';
import type { CarClipTask } from './clip/car-clip.ts';
import { makeCarClip } from './clip/make-clip.ts';

serveTask<CarClipTask, OverlayResult>(makeCarClip);
