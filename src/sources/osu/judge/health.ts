/**
 * The life bar: what hits give, what misses take, and how fast it drains, which the game finds out beforehand by playing the map without a mistake, slower and slower
 * until that play survives. Numbers from ppy/osu, `LegacyDrainingHealthProcessor` and `OsuLegacyHealthProcessor` (MIT), on stable's scale of 200.
 */
import type { Beatmap, Break } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { between } from './difficulty.ts';
import { FULL, LifeBar } from './life-bar.ts';
import { type PlayObject, TICK } from './play-object.ts';
import type { PlayMap } from './prepare.ts';

const TICK_GIVES = 3;
const PART_GIVES = 4;
const SPIN_GIVES = 1.7;
const BONUS_GIVES = 2;
const GREAT_GIVES = 6;
const GOOD_GIVES = 2.2;
const POOR_GIVES = 0.4;
/** A combo of 300s, without 50 or miss, with any. */
const GEKI_GIVES = 14;
const KATU_GIVES = 10;
const MU_GIVES = 6;
/** Steps of the search; far more than any map takes. */
const MOST_STEPS = 500;
/** Files before this version drain until a break begins. */
const BREAKS_COVER_GAPS = 8;

export type ComboEnd = 'geki' | 'katu' | 'mu';

export interface HealthRules {
  /** Taken in a millisecond. */
  readonly drain: number;
  readonly hitMultiplier: number;
  readonly comboMultiplier: number;
}

/** One way through the search. */
interface Trial extends HealthRules {
  readonly verdict: 'lives' | 'too low' | 'combo too low' | 'end too low' | 'recovers too little';
}

/** What a play without a mistake gains and when. */
interface Stop {
  readonly time: number;
  readonly endTime: number;
  /** Without drain: a break lies between it and the one before. */
  readonly pause: number;
  readonly parts: number;
  readonly endsCombo: boolean;
}

function healthRules(map: Beatmap, play: PlayMap): HealthRules {
  let rules: HealthRules = { drain: 0.05, hitMultiplier: 1, comboMultiplier: 1 };
  const stops = stopsOf(map, play);
  if (stops.length === 0) return rules;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { verdict } = tryDrain(rules, stops, play);
    const { drain, hitMultiplier, comboMultiplier } = rules;
    if (verdict === 'lives') break;
    if (verdict === 'too low') rules = { drain: drain * 0.96, hitMultiplier, comboMultiplier };
    else if (verdict === 'combo too low')
      rules = { drain, hitMultiplier: hitMultiplier * 1.03, comboMultiplier: comboMultiplier * 1.07 };
    else if (verdict === 'end too low')
      rules = { drain: drain * 0.94, hitMultiplier: hitMultiplier * 1.01, comboMultiplier: comboMultiplier * 1.01 };
    else rules = { drain: drain * 0.96, hitMultiplier: hitMultiplier * 1.01, comboMultiplier: comboMultiplier * 1.02 };
  }
  return rules;
}

function stopsOf(map: Beatmap, play: PlayMap): Stop[] {
  const first = play.objects[0];
  let before = (first?.time ?? 0) - play.difficulty.preempt;
  const breaks = [...map.breaks].sort((a, b) => a.start - b.start);
  let next = 0;
  return play.objects.map((object, i) => {
    let pause = 0;
    const pending = breaks[next];
    if (pending && pending.start >= before && pending.end <= object.time) {
      pause = pending.end - (map.version < BREAKS_COVER_GAPS ? pending.start : before);
      next++;
    }
    before = object.endTime;
    return {
      time: object.time,
      endTime: object.endTime,
      pause,
      parts: partsOf(object),
      endsCombo: play.objects[i + 1]?.newCombo ?? true,
    };
  });
}

function partsOf(object: PlayObject): number {
  if (object.kind === 'circle') return 0;
  if (object.kind === 'spinner') return object.needed * SPIN_GIVES;
  let sum = PART_GIVES;
  for (const kind of object.checkKinds) sum += kind === TICK ? TICK_GIVES : PART_GIVES;
  return sum;
}

const within = (life: number): number => Math.max(0, Math.min(FULL, life));

function tryDrain(rules: HealthRules, stops: readonly Stop[], { difficulty, objects }: PlayMap): Trial {
  const { hp } = difficulty;
  const lowest = between(hp, 195, 160, 60);
  const lowestAtCombo = between(hp, 198, 170, 80);
  const { drain, hitMultiplier, comboMultiplier } = rules;
  let life = FULL;
  let uncapped = FULL;
  let lowCombos = 0;
  let before = (objects[0]?.time ?? 0) - difficulty.preempt;
  for (const stop of stops) {
    const ahead = drain * (stop.time - before - stop.pause);
    life = within(life - ahead);
    before = stop.endTime;
    if (life <= lowest) return { ...rules, verdict: 'too low' };
    const during = drain * (stop.endTime - stop.time);
    const gives = (stop.parts + GREAT_GIVES) * hitMultiplier;
    life = within(within(life - during) + gives);
    uncapped += gives - ahead - during;
    if (!stop.endsCombo) continue;
    life = within(life + GEKI_GIVES * comboMultiplier);
    uncapped += GEKI_GIVES * comboMultiplier;
    if (life < lowestAtCombo && ++lowCombos > 2) return { ...rules, verdict: 'combo too low' };
  }
  if (life < lowestAtCombo) return { ...rules, verdict: 'end too low' };
  if ((uncapped - FULL) / stops.length < between(hp, 8, 4, 0)) return { ...rules, verdict: 'recovers too little' };
  return { ...rules, verdict: 'lives' };
}

/** The life of one play. */
export class Health extends LifeBar {
  readonly #rules: HealthRules;
  readonly #hp: number;

  constructor(map: Beatmap, play: PlayMap) {
    const rules = healthRules(map, play);
    super(seenStretches(drainingStretches(map, play), play), rules.drain, (play.mods & MOD.EZ) !== 0);
    this.#rules = rules;
    this.#hp = play.difficulty.hp;
  }

  result(value: 0 | 50 | 100 | 300): void {
    const { hitMultiplier } = this.#rules;
    if (value === 300) this.change(GREAT_GIVES * hitMultiplier);
    else if (value === 100) this.change(between(this.#hp, GOOD_GIVES * 8, GOOD_GIVES, GOOD_GIVES) * hitMultiplier);
    else if (value === 50) this.change(between(this.#hp, POOR_GIVES * 8, POOR_GIVES, POOR_GIVES) * hitMultiplier);
    else this.change(between(this.#hp, -6, -25, -40));
  }

  part(kind: 'head' | 'tick' | 'repeat' | 'end', hit: boolean): void {
    if (hit) this.change((kind === 'tick' ? TICK_GIVES : PART_GIVES) * this.#rules.hitMultiplier);
    else this.change(between(this.#hp, -4, -15, -28));
  }

  spin(bonus: boolean): void {
    this.change((bonus ? BONUS_GIVES : SPIN_GIVES) * this.#rules.hitMultiplier);
  }

  comboEnd(how: ComboEnd): void {
    const gives = how === 'geki' ? GEKI_GIVES : how === 'katu' ? KATU_GIVES : MU_GIVES;
    this.change(gives * this.#rules.comboMultiplier);
  }
}

/** From when the first object is seen to the end of the last, without breaks and what leads up to them. */
export function drainingStretches(
  map: Beatmap,
  {
    objects,
    difficulty,
  }: {
    readonly objects: readonly { readonly time: number; readonly endTime: number }[];
    readonly difficulty: { readonly preempt: number };
  },
): Break[] {
  const first = objects[0];
  if (!first) return [];
  const stretches: Break[] = [];
  let start = first.time - difficulty.preempt;
  let next = 0;
  for (const pause of [...map.breaks].sort((a, b) => a.start - b.start)) {
    let before = start;
    for (let object = objects[next]; object && object.time < pause.end; object = objects[next]) {
      before = Math.max(before, object.endTime);
      next++;
    }
    const end = map.version < BREAKS_COVER_GAPS ? Math.max(before, pause.start) : before;
    if (end > start) stretches.push({ start, end });
    start = Math.max(start, pause.end);
  }
  const end = objects.at(-1)?.endTime ?? start;
  if (end > start) stretches.push({ start, end });
  return stretches;
}

/** Of these, while a circle or slider can be seen: a spinner that turns, and an empty field, take nothing. */
function seenStretches(stretches: readonly Break[], { objects, difficulty }: PlayMap): Break[] {
  const seen: Break[] = [];
  let next = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { kind, time, endTime } of objects) {
    const from = Math.max(until, time - difficulty.preempt);
    until = Math.max(until, kind === 'spinner' ? time : endTime);
    for (let stretch = stretches[next]; stretch && stretch.start < until; stretch = stretches[next]) {
      const [start, end] = [Math.max(from, stretch.start), Math.min(until, stretch.end)];
      if (end > start) seen.push({ start, end });
      if (stretch.end > until) break;
      next++;
    }
  }
  return seen;
}
