/** What lies behind the objects: background, video and storyboard, darkened, and lighter in breaks. */
import type { Image, SKRSContext2D } from '@napi-rs/canvas';
import type { Ground } from '../../../media/chunks/drawn-scene.ts';
import type { Rect } from '../../../media/pixels/rect.ts';
import type { Break } from '../read/beatmap.ts';
import type { Brush } from './brush.ts';
import { clamp } from './clamp.ts';
import type { SceneOptions } from './options.ts';
import type { Stage } from './stage.ts';
import { changedRects, type StoryPicture, type StoryScene } from './storyboard/story-scene.ts';
import type { VideoPictures } from './video-pictures.ts';

export interface BackdropInput {
  /** Undefined: a plain dark ground, where nothing else lies behind either. */
  readonly background: Image | undefined;
  readonly story: StoryScene | undefined;
  readonly video: VideoPictures | undefined;
  /** The file of the background, as the map writes it. */
  readonly file: string | undefined;
  readonly breaks: readonly Break[];
  /** Ms of the map in one of real time. */
  readonly rate: number;
  readonly options: Pick<SceneOptions, 'width' | 'height' | 'dim'>;
  readonly stage: Stage;
}

/** In breaks so much more of it is seen, as in ppy/osu (`BREAK_LIGHTEN_AMOUNT`). */
const LIGHTER = 0.3;
/** Real ms that the light takes to change, and in how many steps. */
const LIGHT_MS = 800;
const LIGHT_STEPS = 16;
/** Shorter breaks are none (ppy/osu `BreakPeriod.MIN_BREAK_DURATION`). */
const SHORTEST_BREAK = 650;

/** Painted over all of it: what of a field never moves. */
export type Fixed = (context: SKRSContext2D) => void;

interface Look {
  /** Undefined: nothing. */
  readonly fixed: Fixed | undefined;
  readonly dim: number;
  readonly video: number | undefined;
  readonly story: StoryPicture;
}

const NOTHING: StoryPicture = { under: [], over: [] };

export class Backdrop {
  private readonly input: BackdropInput;
  private readonly background: Image | undefined;
  private readonly breaks: readonly Break[];
  /** The same all the time. */
  private readonly still: boolean;

  constructor(input: BackdropInput) {
    this.input = input;
    const { story, video, background, file } = input;
    const usable = background && background.width > 0 && background.height > 0 ? background : undefined;
    // A storyboard that has the picture as a sprite shows it when it wants to.
    this.background = file !== undefined && story?.shows(file) ? undefined : usable;
    this.breaks = input.breaks.filter(({ start, end }) => end - start >= SHORTEST_BREAK);
    this.still = !story && !video && (this.breaks.length === 0 || !this.background);
  }

  /** A row of grounds for frames in order, beginning anywhere. */
  grounds(): (now: number, fixed?: Fixed) => Ground {
    const { video } = this.input;
    video?.restart();
    let count = 0;
    let last: { readonly look: Look; readonly ground: Ground } | undefined;
    return (now, fixed) => {
      if (this.still && last?.look.fixed === fixed && last) return last.ground;
      const look = this.lookAt(now, fixed);
      if (last && rectsBetween(last.look, look)?.length === 0) return last.ground;
      const before = last;
      const ground: Ground = {
        key: `ground ${count++}`,
        draw: (context) => this.paint(context, look),
        differs: (key) => (before?.ground.key === key ? rectsBetween(before.look, look) : undefined),
      };
      last = { look, ground };
      return ground;
    };
  }

  /** What of the storyboard lies over the objects. */
  over(brush: Brush, now: number): void {
    const { story } = this.input;
    if (!story) return;
    const { over } = story.at(now, 1 - this.dimAt(now));
    const rects = over.map(({ bounds }) => bounds);
    brush.paintAll(rects, (context) => story.draw(context, over));
  }

  private lookAt(now: number, fixed?: Fixed): Look {
    const { story, video } = this.input;
    const dim = this.dimAt(now);
    return { fixed, dim, video: video?.at(now), story: story?.at(now, 1 - dim) ?? NOTHING };
  }

  private dimAt(now: number): number {
    const { options, rate } = this.input;
    const inBreak = this.breaks.find(({ start, end }) => now > start && now < end);
    if (!inBreak) return options.dim;
    const fade = Math.min(LIGHT_MS * rate, (inBreak.end - inBreak.start) / 2);
    const part = clamp(Math.min(now - inBreak.start, inBreak.end - now) / fade);
    return Math.max(0, options.dim - (LIGHTER * Math.round(part * LIGHT_STEPS)) / LIGHT_STEPS);
  }

  private paint(context: SKRSContext2D, { fixed, dim, video, story }: Look): void {
    const { options, story: scene, video: pictures } = this.input;
    const { width, height } = options;
    const isPlain = !this.background && !scene && !pictures;
    if (isPlain) paintPlain(context, width, height);
    else {
      context.fillStyle = '#000000';
      context.fillRect(0, 0, width, height);
      if (video !== undefined) pictures?.draw(context, options);
      else if (this.background) paintFilling(context, this.background, width, height);
      scene?.draw(context, story.under);
      if (dim > 0) {
        context.fillStyle = `rgb(0 0 0 / ${dim})`;
        context.fillRect(0, 0, width, height);
      }
    }
    fixed?.(context);
  }
}

/** @returns undefined where all may differ */
function rectsBetween(a: Look, b: Look): readonly Rect[] | undefined {
  return a.fixed !== b.fixed || a.dim !== b.dim || a.video !== b.video
    ? undefined
    : changedRects(a.story.under, b.story.under);
}

function paintPlain(context: SKRSContext2D, width: number, height: number): void {
  const glow = context.createLinearGradient(0, 0, 0, height);
  glow.addColorStop(0, '#171b2e');
  glow.addColorStop(1, '#0b0d18');
  context.fillStyle = glow;
  context.fillRect(0, 0, width, height);
}

/** What is left over on two sides is cut away. */
function paintFilling(context: SKRSContext2D, image: Image, width: number, height: number): void {
  const scale = Math.max(width / image.width, height / image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
}
