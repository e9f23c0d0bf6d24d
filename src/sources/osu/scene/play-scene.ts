/**
 * A replay as a drawn scene: any frame of it, by its number alone.
 */
import type { Image } from '@napi-rs/canvas';
import { UserError } from '../../../base/errors.ts';
import type { DrawnFrame, DrawnScene } from '../../../media/chunks/drawn-scene.ts';
import type { KeptDrawing } from '../../../media/overlay/overlay-scene.ts';
import { highlightOf } from '../highlight.ts';
import type { Play } from '../judge/play.ts';
import type { Timeline } from '../judge/timeline.ts';
import type { PerformanceAlong } from '../performance-points.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { modNames } from '../read/mods.ts';
import { paceOf } from '../read/pace.ts';
import type { Replay } from '../read/replay.ts';
import { Backdrop, type Fixed } from './backdrop.ts';
import { Brush } from './brush.ts';
import { CursorPath } from './cursor-path.ts';
import type { Field } from './field.ts';
import { fieldOf } from './fields.ts';
import { BreakDisplay } from './hud/break-display.ts';
import { Hud } from './hud/hud.ts';
import { PointsDisplay } from './hud/pp.ts';
import { PlayStates } from './hud/state.ts';
import { BURST_NAMES, ComboBursts } from './interludes/combo-bursts.ts';
import { type Countdown, countdownOf } from './interludes/countdown.ts';
import { InterludeDisplay } from './interludes/interlude-display.ts';
import { milestonesOf } from './interludes/milestones.ts';
import { sectionsOf } from './interludes/sections.ts';
import { warningsOf } from './interludes/warnings.ts';
import type { SceneOptions } from './options.ts';
import { factsOf } from './result/facts-of-play.ts';
import { ResultScreen } from './result/result-screen.ts';
import type { SkinLook } from './skin-look.ts';
import { type Stage, stageOf } from './stage.ts';

import { type StoryInput, StoryScene } from './storyboard/story-scene.ts';
import type { Versus } from './versus/players.ts';
import { ScoreList } from './versus/score-list.ts';
import type { VideoPictures } from './video-pictures.ts';

export interface PlayedMap {
  readonly map: Beatmap;
  readonly play: Play;
  readonly replay: Replay;
  readonly timeline: Timeline;
  /** Undefined: a plain dark ground. */
  readonly background: Image | undefined;
  /** Undefined: none, or not wanted. */
  readonly story?: StoryInput | undefined;
  readonly video?: VideoPictures | undefined;
  /** Undefined: the built-in look. */
  readonly skin?: SkinLook | undefined;
  /** Undefined: not told. */
  readonly performance?: PerformanceAlong | undefined;
  /** Others who played the map. */
  readonly versus?: Versus | undefined;
}

/** Before the first object can be seen, and after the last is over; ms of real time. */
const LEAD_MS = 1200;
const TAIL_MS = 1500;
const RESULT_SCREEN_MS = 5000;
/** With the intro skipped. */
const SKIPPED_LEAD_MS = 600;

export interface PlaySpan {
  /** Of the clip's first frame; ms of the map. */
  readonly from: number;
  /** Ms of the map in one of real time. */
  readonly rate: number;
  /** Real seconds. */
  readonly seconds: number;
  /** When the panel at the end comes, ms of the map. */
  readonly over: number;
  /** A part out of the middle of a play: its sound comes in and goes out softly. */
  readonly soft?: boolean;
  /** Before the first object, where the map and the game have one and the clip begins before it. */
  readonly countdown: Countdown | undefined;
}

/** From when to when a clip shows what. Pure. */
function spanOf(
  { map, play, replay, timeline }: Pick<PlayedMap, 'map' | 'play' | 'replay' | 'timeline'>,
  { span: { seen, first, last }, displays: { strains } }: Pick<Field, 'span' | 'displays'>,
  options: Pick<SceneOptions, 'range' | 'highlight' | 'skipIntro' | 'resultScreen'>,
): PlaySpan {
  const { rate } = paceOf(replay);
  // Somebody who failed or left is not shown playing on.
  const lastFrame = replay.frames.time[replay.frames.count - 1] ?? last;
  const end = timeline.unjudged > 0 ? Math.min(last, lastFrame) : last;
  const from = options.skipIntro ? seen - SKIPPED_LEAD_MS * rate : Math.min(0, seen - LEAD_MS * rate);
  const over = end + TAIL_MS * rate;
  const to = over + (options.resultScreen ? RESULT_SCREEN_MS * rate : 0);
  const whole = (to - from) / rate / 1000;
  const isCounted = !options.skipIntro && (play.game === 'standard' || play.game === 'catch');
  const countdown = isCounted ? countdownOf(map, first) : undefined;
  if (options.highlight !== undefined) {
    const shown = { map, from: Math.max(from, seen), to: over, strains, first, last };
    const best = highlightOf(
      { ...shown, events: timeline.events.toSorted((a, b) => a.time - b.time) },
      options.highlight * 1000 * rate,
    );
    return { from: best.from, rate, seconds: (best.to - best.from) / rate / 1000, over, soft: true, countdown };
  }
  if (!options.range) return { from, rate, seconds: whole, over, countdown };
  if (options.range.start >= whole)
    throw new UserError(
      `The whole video is ${whole.toFixed(1)} s long: nothing begins at ${options.range.start} s.`,
      'Begin earlier.',
      { code: 'range' },
    );
  const start = Math.max(0, options.range.start);
  const stop = Math.max(start, Math.min(whole, options.range.end));
  return { from: from + start * 1000 * rate, rate, seconds: stop - start, over, countdown };
}

export function playScene(played: PlayedMap, options: SceneOptions): DrawnScene & { readonly span: PlaySpan } {
  const size = { width: options.width, height: options.height };
  const parts = partsOf(played, options, stageOf(size));
  const { span } = parts;
  const frames = Math.max(1, Math.round(span.seconds * options.fps));
  return {
    size,
    rate: { num: options.fps, den: 1 },
    frames,
    span,
    from: () => {
      const groundAt = parts.backdrop.grounds();
      return (n): DrawnFrame => {
        const now = span.from + (n / options.fps) * 1000 * span.rate;
        const isOver = options.resultScreen && now >= span.over;
        return {
          ground: groundAt(now, isOver ? undefined : parts.paintGround),
          dark: parts.field.dark && !isOver,
          draw: (surface) => paint(new Brush(surface, size), parts, now, options, span),
          kept: () =>
            isOver
              ? parts.result.kept((now - span.over) / span.rate)
              : parts.displays.flatMap((display) => display.at(now)),
        };
      };
    },
  };
}

interface Parts {
  readonly field: Field;
  readonly span: PlaySpan;
  readonly bursts: ComboBursts | undefined;
  /** The same function each time. */
  readonly paintGround: Fixed | undefined;
  readonly backdrop: Backdrop;
  readonly displays: readonly { at(now: number): KeptDrawing[] }[];
  readonly result: ResultScreen;
}

function partsOf(played: PlayedMap, options: SceneOptions, stage: Stage): Parts {
  const { map, play, replay, timeline, background, story, video, skin, performance, versus } = played;
  const cursor = new CursorPath(replay.frames);
  const states = new PlayStates(timeline);
  const { rate } = paceOf(replay);
  const mods = modNames(replay);
  const knockout = versus?.knockout ? versus : undefined;
  const backdrop = new Backdrop({
    background,
    story: story && new StoryScene(story, stage),
    video,
    file: map.background?.file,
    breaks: map.breaks,
    rate,
    options,
    stage,
  });
  const field = fieldOf(play, { map, replay, timeline, states, cursor, knockout, skin, options, stage, rate });
  const span = spanOf(played, field, options);
  const { displays } = field;
  const hud = new Hud(
    {
      states,
      displays,
      mods,
      rate,
      from: field.span.first,
      to: field.span.last,
      // In a knock-out the list says it of all.
      shown: knockout ? [] : options.hud.filter((part) => !displays.without?.includes(part)),
      skin,
    },
    stage,
  );
  const result = new ResultScreen(
    stage,
    factsOf(played, states, displays, field.span, rate),
    skin,
    play.game === 'standard',
  );
  const points = performance && !knockout && options.hud.includes('pp') ? [new PointsDisplay(performance, stage)] : [];
  const list = versus && options.hud.includes('leaderboard') ? [new ScoreList(versus, stage, rate, displays.list)] : [];
  const pause = new BreakDisplay(
    {
      breaks: map.breaks,
      letterbox: map.letterboxInBreaks,
      rate,
      // Where a skin says in the middle how it went, what is left of a break stands above.
      high: skin?.pictures.has('section-pass') === true || skin?.pictures.has('section-fail') === true,
    },
    stage,
  );
  const { countdown } = span;
  const said = new InterludeDisplay(
    {
      countdown,
      sections: sectionsOf(map.breaks, (time) => states.at(time).hp),
      warnings: warningsOf(map.breaks, field.span.first, field.span.first - field.span.seen, countdown !== undefined),
      rate,
    },
    stage,
    skin,
  );
  const bursts =
    play.game === 'taiko'
      ? undefined
      : new ComboBursts(milestonesOf(states.events), BURST_NAMES[play.game], stage, rate, skin);
  const { paintGround } = field;
  return { field, span, bursts, paintGround, backdrop, displays: [pause, said, hud, ...points, ...list], result };
}

function paint(brush: Brush, parts: Parts, now: number, options: SceneOptions, span: PlaySpan): void {
  if (options.resultScreen && now >= span.over) {
    parts.result.draw(brush, (now - span.over) / span.rate);
    return;
  }
  if (!parts.field.dark) parts.bursts?.draw(brush, now);
  parts.field.draw(brush, now);
  if (!parts.field.dark) parts.backdrop.over(brush, now);
}
