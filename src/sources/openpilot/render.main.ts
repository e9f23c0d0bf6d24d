/**
 * The process that makes one clip of a drive: logs, canvas and codecs meet here, and nowhere else. Forked by `clip/drive-clip.ts`.
 */
import { serveTask } from '../../media/codec/serve-task.ts';
import type { OverlayResult } from '../../media/overlay/overlay-plan.ts';
import type { DriveClip } from './clip/drive-clip.ts';
import { makeDriveClip } from './clip/make-clip.ts';

serveTask<DriveClip, OverlayResult>(makeDriveClip);
