/** A storyboard on the screen: which sprites are seen at a moment and where, and their drawing. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rect } from '../../../../media/overlay/overlay-scene.ts';
import type { Storyboard, StoryLayer, StorySprite } from '../../read/storyboard.ts';
import type { Stage } from '../stage.ts';
import { type SpriteState, SpriteTimeline } from './sprite-timeline.ts';
import { type StoryImage, StoryImages } from './story-images.ts';
import { firingsOf, type HeardHit, type PassChange, PassState } from './story-moments.ts';

/** Lines of the storyboard's screen, and its widths: of 4:3, and of 16:9 where the map says so. */
const HEIGHT = 480;
const WIDTH = 640;
const WIDE = (HEIGHT * 16) / 9;
/** Sprites in one picture: more would be seen by nobody, and each costs. */
const MOST_DRAWN = 4000;
/** Screens that the sprites of one picture cover together. */
const MOST_SCREENS = 150;
/** Hits that are held against conditions of triggers, all in all. */
const MOST_CONDITIONS = 50_000_000;
/** Parts of a pixel in which places and sizes are told apart. */
const PARTS = 8;
const TURN_PARTS = 2048;

export interface StoryInput {
  readonly storyboard: Storyboard;
  readonly widescreen: boolean;
  readonly hits: readonly HeardHit[];
  readonly passChanges: readonly PassChange[];
  /** @returns a file of the set; undefined where there is none */
  read(file: string): Buffer | undefined;
}

/** A sprite as it is drawn. */
interface Placed {
  /** Its place among all sprites. */
  readonly sprite: number;
  readonly image: StoryImage;
  /** Of its origin, and of the picture, in pixels of the screen. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly origin: StorySprite['origin'];
  readonly angle: number;
  readonly alpha: number;
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly additive: boolean;
  /** What it touches of the screen. */
  readonly bounds: Rect;
}

/** What is seen at a moment, the hindmost first. */
export interface StoryPicture {
  /** Below the objects. */
  readonly under: readonly Placed[];
  /** Over them. */
  readonly over: readonly Placed[];
}

const ORDER: readonly StoryLayer[] = ['background', 'fail', 'pass', 'foreground', 'overlay'];

export class StoryScene {
  /** Outside of it nothing of a storyboard is seen. */
  readonly window: Rect;
  readonly notes: readonly string[];
  private readonly timelines: readonly SpriteTimeline[];
  private readonly begins: Float64Array;
  private readonly ends: Float64Array;
  private readonly images: StoryImages;
  private readonly passing: PassState;
  private readonly stage: Stage;
  /** Asked for by ground and field of one frame. */
  private newest: { readonly now: number; readonly picture: StoryPicture } | undefined;

  constructor(input: StoryInput, stage: Stage) {
    const { storyboard, widescreen, hits, passChanges } = input;
    this.stage = stage;
    this.images = new StoryImages((file) => input.read(file));
    this.passing = new PassState(passChanges);
    let conditions = 0;
    this.timelines = ORDER.flatMap((layer) => storyboard.sprites.filter((sprite) => sprite.layer === layer)).map(
      (sprite) => {
        const triggers = sprite.groups.filter(({ timing }) => timing.kind === 'trigger').length;
        conditions += triggers * (hits.length + passChanges.length);
        const known = triggers > 0 && conditions < MOST_CONDITIONS ? firingsOf(sprite, hits, passChanges) : undefined;
        return new SpriteTimeline(sprite, known);
      },
    );
    this.begins = Float64Array.from(this.timelines, ({ begin }) => begin);
    this.ends = Float64Array.from(this.timelines, ({ end }) => end);
    this.notes = storyboard.notes;
    const { size, scale } = stage;
    const width = Math.min(size.width, Math.round((widescreen ? WIDE : WIDTH) * scale));
    const height = Math.min(size.height, Math.round(HEIGHT * scale));
    this.window = {
      x: Math.floor((size.width - width) / 2),
      y: Math.floor((size.height - height) / 2),
      width,
      height,
    };
  }

  /** Whether a file is one of its sprites: then it is no background any more. @param file as the map writes it */
  shows(file: string): boolean {
    const plain = plainName(file);
    return this.timelines.some(({ sprite }) => plainName(sprite.file) === plain);
  }

  /** @param light of what lies over the objects, 0 to 1: the rest is darkened with the background. The same for the same moment */
  at(now: number, light = 1): StoryPicture {
    if (this.newest?.now !== now) this.newest = { now, picture: this.pictureAt(now, light) };
    return this.newest.picture;
  }

  private pictureAt(now: number, light: number): StoryPicture {
    const [under, over]: [Placed[], Placed[]] = [[], []];
    const hidden: StoryLayer = this.passing.at(now) ? 'fail' : 'pass';
    const { size } = this.stage;
    let pixels = MOST_SCREENS * size.width * size.height;
    this.images.begin();
    for (let index = 0; index < this.timelines.length; index++) {
      if (!((this.begins[index] ?? 0) <= now && now < (this.ends[index] ?? 0))) continue;
      const timeline = this.timelines[index];
      if (!timeline || timeline.sprite.layer === hidden) continue;
      const state = timeline.at(now);
      const isOver = timeline.sprite.layer === 'overlay';
      const placed = state && this.place(index, timeline.sprite, state, isOver ? light : 1);
      if (!placed) continue;
      pixels -= placed.bounds.width * placed.bounds.height;
      if (pixels < 0 || under.length + over.length >= MOST_DRAWN) break;
      (isOver ? over : under).push(placed);
    }
    return { under, over };
  }

  /** Draws sprites within the window of the storyboard. */
  draw(context: SKRSContext2D, sprites: readonly Placed[]): void {
    if (sprites.length === 0) return;
    const { x, y, width, height } = this.window;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    for (const sprite of sprites) drawPlaced(context, sprite);
    context.restore();
  }

  private place(index: number, sprite: StorySprite, state: SpriteState, light: number): Placed | undefined {
    const file = sprite.animation ? numbered(sprite.file, state.picture) : sprite.file;
    const lit = (level: number): number => Math.round(level * light);
    const colour = (lit(state.red) << 16) | (lit(state.green) << 8) | lit(state.blue);
    const { size, scale } = this.stage;
    const image = this.images.get(file, colour);
    if (!image) return undefined;
    const width = fine(Math.abs(state.scaleX) * image.width * scale);
    const height = fine(Math.abs(state.scaleY) * image.height * scale);
    const x = fine(size.width / 2 + (state.x - WIDTH / 2) * scale);
    const y = fine(size.height / 2 + (state.y - HEIGHT / 2) * scale);
    const angle = Math.round(state.angle * TURN_PARTS) / TURN_PARTS;
    const bounds = boundsOf(x, y, width, height, angle, sprite.origin, this.window);
    if (!bounds || width <= 0 || height <= 0) return undefined;
    const alpha = Math.round(state.alpha * 255) / 255;
    if (alpha <= 0) return undefined;
    const { origin } = sprite;
    // What is scaled below zero is mirrored where it stands, as what is flipped.
    const flipX = state.flipX !== state.scaleX < 0;
    const flipY = state.flipY !== state.scaleY < 0;
    const { additive } = state;
    return { sprite: index, image, x, y, width, height, origin, angle, alpha, flipX, flipY, additive, bounds };
  }
}

function drawPlaced(context: SKRSContext2D, placed: Placed): void {
  const { image, x, y, width, height, origin, angle, alpha, flipX, flipY, additive } = placed;
  context.globalAlpha = alpha;
  context.globalCompositeOperation = additive ? 'lighter' : 'source-over';
  if (angle === 0 && !flipX && !flipY) {
    context.drawImage(image, x - origin.x * width, y - origin.y * height, width, height);
  } else {
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.translate((0.5 - origin.x) * width, (0.5 - origin.y) * height);
    context.scale(flipX ? -1 : 1, flipY ? -1 : 1);
    context.drawImage(image, -width / 2, -height / 2, width, height);
    context.restore();
  }
  context.globalAlpha = 1;
  context.globalCompositeOperation = 'source-over';
}

/** Where two pictures of a storyboard differ. */
export function changedRects(before: readonly Placed[], now: readonly Placed[]): Rect[] {
  const old = new Map(before.map((placed) => [placed.sprite, placed]));
  const rects: Rect[] = [];
  for (const placed of now) {
    const known = old.get(placed.sprite);
    old.delete(placed.sprite);
    if (known && isSame(known, placed)) continue;
    rects.push(placed.bounds);
    if (known) rects.push(known.bounds);
  }
  for (const { bounds } of old.values()) rects.push(bounds);
  return rects;
}

const isSame = (a: Placed, b: Placed): boolean =>
  a.image === b.image &&
  a.x === b.x &&
  a.y === b.y &&
  a.width === b.width &&
  a.height === b.height &&
  a.angle === b.angle &&
  a.alpha === b.alpha &&
  a.flipX === b.flipX &&
  a.flipY === b.flipY &&
  a.additive === b.additive;

/** @returns undefined where nothing of it is inside of the window */
function boundsOf(
  x: number,
  y: number,
  width: number,
  height: number,
  angle: number,
  origin: { readonly x: number; readonly y: number },
  window: Rect,
): Rect | undefined {
  let [left, top, right, bottom] = [-origin.x * width, -origin.y * height, 0, 0];
  [right, bottom] = [left + width, top + height];
  if (angle !== 0) {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const xs = [left, right].flatMap((px) => [top, bottom].map((py) => px * cos - py * sin));
    const ys = [left, right].flatMap((px) => [top, bottom].map((py) => px * sin + py * cos));
    [left, right] = [Math.min(...xs), Math.max(...xs)];
    [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  }
  const fromX = Math.max(window.x, Math.floor(x + left) - 1);
  const fromY = Math.max(window.y, Math.floor(y + top) - 1);
  const toX = Math.min(window.x + window.width, Math.ceil(x + right) + 1);
  const toY = Math.min(window.y + window.height, Math.ceil(y + bottom) + 1);
  return toX > fromX && toY > fromY ? { x: fromX, y: fromY, width: toX - fromX, height: toY - fromY } : undefined;
}

const fine = (value: number): number => Math.round(value * PARTS) / PARTS;

const plainName = (file: string): string => file.trim().replaceAll('\\', '/').toLowerCase();

/** `walk.png`, 3 → `walk3.png`. */
function numbered(file: string, picture: number): string {
  const dot = file.lastIndexOf('.');
  return dot < 0 ? `${file}${picture}` : `${file.slice(0, dot)}${picture}${file.slice(dot)}`;
}
