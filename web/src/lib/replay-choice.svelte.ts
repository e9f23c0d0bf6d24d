/** How videos of replays shall look: what was chosen last is offered again, for as long as the page is open. */
import type { AskedClip } from '../../../src/contract/clip.ts';
import { ReplayOptions } from '../../../src/contract/replay.ts';

export const SIZES = [
  { width: 854, height: 480, name: '480p' },
  { width: 1280, height: 720, name: '720p' },
  { width: 1920, height: 1080, name: '1080p' },
  { width: 2560, height: 1440, name: '1440p' },
  { width: 3840, height: 2160, name: '4K' },
  { width: 720, height: 1280, name: 'Upright, 720 × 1280' },
  { width: 1080, height: 1920, name: 'Upright, 1080 × 1920' },
  { width: 1080, height: 1080, name: 'Square, 1080 × 1080' },
] as const;

export const RATES = [30, 60, 120] as const;

class ReplayChoice {
  options = $state(ReplayOptions.parse({}));
  /** Of `SIZES`. */
  size = $state(1);
  fps = $state(60);
  sound = $state(true);
  /** x264 CRF. */
  quality = $state(23);
  /** Megabytes; null: no limit. */
  limit = $state<number | null>(null);

  get picture(): (typeof SIZES)[number] {
    return SIZES[this.size] ?? SIZES[1];
  }

  /** @param replays the one that is watched, and others of its map @param range seconds; undefined: all of it */
  request(replays: readonly string[], range: { readonly start: number; readonly end: number } | undefined): AskedClip {
    const { width, height } = this.picture;
    return {
      sources: [...replays],
      ranges: range ? [{ start: range.start, end: range.end }] : [],
      replay: $state.snapshot(this.options),
      limits: { width, height, fps: this.fps, quality: this.quality },
      sound: this.sound ? 'keep' : 'mute',
    };
  }

  toggle(part: ReplayOptions['look']['hide'][number]): void {
    const { look } = this.options;
    look.hide = look.hide.includes(part) ? look.hide.filter((one) => one !== part) : [...look.hide, part];
  }
}

export const choice = new ReplayChoice();
