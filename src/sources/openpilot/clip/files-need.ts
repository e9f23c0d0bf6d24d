/** Which files a clip of these options needs. Pure; the hub and the command line ask it alike. */
import type { FilesNeed, LogNeed } from '../files/need.ts';
import type { SceneOptions } from '../scene/options.ts';
import type { CameraName } from '../scene/tiles.ts';
import type { DriveClipOptions } from './drive-clip.ts';

/** Seconds of log before a range that tell what was so when it began. */
const PREROLL = 5;

export function filesNeed(options: DriveClipOptions, quality: FilesNeed['quality'] = 'best'): FilesNeed {
  const { must, may } = camerasOf(options);
  return {
    ranges: options.ranges,
    cameras: must,
    alsoCameras: may,
    log: logNeed(options),
    preroll: PREROLL,
    sound: options.sound === 'keep',
    quality,
  };
}

/** Modes in which the path is drawn. */
export const DRAWN_MODES: ReadonlySet<string> = new Set(['ui', 'pip', 'stacked']);

/** Of a camera alone nothing is drawn but words; those of `details` are in the log. */
function logNeed({ mode, brand }: Pick<DriveClipOptions, 'mode' | 'brand'>): LogNeed {
  if (DRAWN_MODES.has(mode) || (brand.details && mode !== '360')) return 'drawn';
  return mode === 'forward' ? 'none' : 'pairing';
}

/** Which cameras a clip shows, and which it shows where they are. */
export function camerasOf({
  mode,
  wideView,
  inset,
}: Pick<DriveClipOptions, 'mode'> & Pick<SceneOptions, 'wideView' | 'inset'>): {
  must: CameraName[];
  may: CameraName[];
} {
  switch (mode) {
    case 'forward':
      return { must: ['road'], may: [] };
    case 'wide':
    case 'driver':
      return { must: [mode], may: [] };
    case 'stacked':
      return { must: ['road', 'wide'], may: [] };
    case '360':
      return { must: ['wide', 'driver'], may: [] };
    case 'ui':
    case 'pip': {
      const main: CameraName = wideView === 'always' ? 'wide' : 'road';
      const must = mode === 'pip' ? [...new Set([main, inset])] : [main];
      return { must, may: wideView === 'auto' && !must.includes('wide') ? ['wide'] : [] };
    }
  }
}
