/**
 * A replay as a drawn scene: any frame of it, by its number alone.
 */
import { createCanvas, type Image, type SKRSContext2D } from '@napi-rs/canvas';
import type { DrawnFrame, DrawnScene } from '../../../media/chunks/drawn-scene.ts';
import type { PlayMap } from '../judge/prepare.ts';
import type { Timeline } from '../judge/timeline.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { MOD, type Replay } from '../read/replay.ts';
import { Brush, type Sprite } from './brush.ts';
import { GAME_COLOURS } from './colours.ts';
import { combosOf } from './combos.ts';
import { CursorPath } from './cursor-path.ts';
import { CursorDrawing } from './draw-cursor.ts';
import { Elements } from './elements.ts';
import { sightOf } from './fade.ts';
import { Hud } from './hud/hud.ts';
import { rateOf } from './hud/mods.ts';
import { PlayStates } from './hud/state.ts';
import type { SceneOptions } from './options.ts';
import { outcomesOf } from './outcome.ts';
import { Playfield } from './playfield.ts';
import { ResultScreen } from './result-screen.ts';
import type { SkinLook } from './skin-look.ts';
import { type Stage, stageOf } from './stage.ts';
import { strainsOf } from './strains.ts';

export interface PlayedMap {
  readonly map: Beatmap;
  readonly play: PlayMap;
  readonly replay: Replay;
  readonly timeline: Timeline;
  /** Undefined: a plain dark ground. */
  readonly background: Image | undefined;
  /** Undefined: the built-in look. */
  readonly skin?: SkinLook | undefined;
}

/** Before the first object can be seen, and after the last is over; ms of real time. */
const LEAD_MS = 1200;
const TAIL_MS = 1500;
const RESULT_SCREEN_MS = 5000;
/** With the intro skipped. */
const SKIPPED_LEAD_MS = 600;
const STRAINS = 100;

export interface PlaySpan {
  /** Of the clip's first frame; ms of the map. */
  readonly from: number;
  /** Ms of the map in one of real time. */
  readonly rate: number;
  /** Real seconds. */
  readonly seconds: number;
  /** When the panel at the end comes, ms of the map. */
  readonly over: number;
}

/** From when to when a clip shows what. Pure. */
function spanOf(
  { map, play, replay, timeline }: Omit<PlayedMap, 'background' | 'skin'>,
  options: Pick<SceneOptions, 'range' | 'skipIntro' | 'resultScreen'>,
): PlaySpan {
  const rate = rateOf(replay.header.mods);
  const first = map.objects[0]?.time ?? 0;
  const lastObject = play.objects.reduce((latest, { endTime }) => Math.max(latest, endTime), first);
  // Somebody who failed or left is not shown playing on.
  const lastFrame = replay.frames.time[replay.frames.count - 1] ?? lastObject;
  const end = timeline.unjudged > 0 ? Math.min(lastObject, lastFrame) : lastObject;
  const seen = first - play.difficulty.preempt;
  const from = options.skipIntro ? seen - SKIPPED_LEAD_MS * rate : Math.min(0, seen - LEAD_MS * rate);
  const over = end + TAIL_MS * rate;
  const to = over + (options.resultScreen ? RESULT_SCREEN_MS * rate : 0);
  const whole = (to - from) / rate / 1000;
  if (!options.range) return { from, rate, seconds: whole, over };
  const start = Math.max(0, Math.min(whole, options.range.start));
  const stop = Math.max(start, Math.min(whole, options.range.end));
  return { from: from + start * 1000 * rate, rate, seconds: stop - start, over };
}

export function playScene(played: PlayedMap, options: SceneOptions): DrawnScene & { readonly span: PlaySpan } {
  const span = spanOf(played, options);
  const size = { width: options.width, height: options.height };
  const parts = partsOf(played, options, stageOf(size));
  const frames = Math.max(1, Math.round(span.seconds * options.fps));
  return {
    size,
    rate: { num: options.fps, den: 1 },
    frames,
    span,
    from: () => {
      let brush: Brush | undefined;
      return (n): DrawnFrame => {
        const now = span.from + (n / options.fps) * 1000 * span.rate;
        return {
          ground: parts.flashlight
            ? { key: 'dark', draw: () => undefined }
            : { key: 'ground', draw: (context) => paintGround(context, played.background, options) },
          draw: (context) => {
            brush ??= new Brush(context, size);
            brush.begin();
            paint(brush, parts, now, options, span);
            return brush.drawn;
          },
          kept: () => (options.resultScreen && now >= span.over ? [] : parts.hud.at(now)),
        };
      };
    },
  };
}

interface Parts {
  readonly field: Playfield;
  readonly cursor: CursorDrawing;
  readonly hud: Hud;
  readonly states: PlayStates;
  readonly result: ResultScreen;
  /** With Flashlight: the ground, which is seen around the cursor alone. */
  readonly flashlight: Sprite | undefined;
  readonly sliderHeld: (now: number) => boolean;
}

function partsOf(
  { map, play, replay, timeline, background, skin }: PlayedMap,
  options: SceneOptions,
  stage: Stage,
): Parts {
  const { mods } = play;
  const rate = rateOf(mods);
  const { difficulty, objects } = play;
  const cursor = new CursorPath(replay.frames);
  const states = new PlayStates(timeline);
  const elements = new Elements(stage, difficulty.radius, skin);
  const first = objects[0]?.time ?? 0;
  const last = objects.reduce((latest, { endTime }) => Math.max(latest, endTime), first);
  const field = new Playfield(
    {
      objects,
      worn: combosOf(map.objects),
      outcomes: outcomesOf(timeline, objects.length),
      colours:
        [map.comboColours, skin?.comboColours ?? [], GAME_COLOURS].find((list) => list.length > 0) ?? GAME_COLOURS,
      border: skin?.sliderBorder,
      track: skin?.sliderTrack,
      sight: sightOf(difficulty, (mods & MOD.HD) !== 0),
      radius: difficulty.radius,
      cursor,
      show: { results300: options.results300, followPoints: options.followPoints },
    },
    stage,
    elements,
  );
  const hud = new Hud(
    {
      states,
      cursor,
      difficulty,
      mods,
      rate,
      from: first,
      to: last,
      strains: strainsOf(objects, first, last, STRAINS),
      shown: options.hud,
    },
    stage,
  );
  const { header } = replay;
  const result = new ResultScreen(stage, states.at(Number.POSITIVE_INFINITY), mods, {
    title: `${map.artist} – ${map.title}`,
    difficulty: map.difficultyName,
    player: header.player,
    day: header.playedAt?.slice(0, 10) ?? '',
  });
  const sliders = objects.filter(({ kind }) => kind === 'slider');
  return {
    field,
    cursor: new CursorDrawing(stage, elements, cursor, replay.frames, rate),
    hud,
    states,
    result,
    flashlight: (mods & MOD.FL) === 0 ? undefined : groundSprite(background, options),
    sliderHeld: (now) =>
      (cursor.keysAt(now) & 15) !== 0 && sliders.some(({ time, endTime }) => time <= now && now <= endTime),
  };
}

function paint(brush: Brush, parts: Parts, now: number, options: SceneOptions, span: PlaySpan): void {
  if (options.resultScreen && now >= span.over) {
    parts.result.draw(brush, (now - span.over) / span.rate);
    return;
  }
  const { field, cursor, flashlight } = parts;
  const play = (): void => {
    cursor.smoke(brush, now);
    field.draw(brush, now);
  };
  if (flashlight) cursor.flashlight(brush, now, parts.states.at(now).combo, parts.sliderHeld(now), flashlight, play);
  else play();
  cursor.draw(brush, now);
}

function groundSprite(image: Image | undefined, options: SceneOptions): Sprite {
  const { width, height } = options;
  const ground = createCanvas(width, height);
  paintGround(ground.getContext('2d'), image, options);
  return { image: ground, width, height };
}

function paintGround(context: SKRSContext2D, image: Image | undefined, { width, height, dim }: SceneOptions): void {
  if (!image || image.width === 0 || image.height === 0) {
    const glow = context.createLinearGradient(0, 0, 0, height);
    glow.addColorStop(0, '#171b2e');
    glow.addColorStop(1, '#0b0d18');
    context.fillStyle = glow;
    context.fillRect(0, 0, width, height);
    return;
  }
  const scale = Math.max(width / image.width, height / image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  context.fillStyle = `rgb(0 0 0 / ${dim})`;
  context.fillRect(0, 0, width, height);
}
