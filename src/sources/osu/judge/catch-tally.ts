/** Counts, combo, score V1, accuracy and life of osu!catch, event by event. Points as ppy/osu, `CatchLegacyScoreSimulator` (MIT), has them. */
import type { Beatmap } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { CatchHealth, endsCombo } from './catch-health.ts';
import type { CatchObject, CatchPlay } from './catch-play.ts';
import { difficultyMultiplier, modMultiplier } from './score.ts';
import type { EventKind, JudgeEvent, Timeline } from './timeline.ts';

const FRUIT = 300;
const DROPLET = 100;
const TINY = 10;
const BANANA = 1100;
/** Hard Rock is worth more here, Double Time less. */
const HARD_ROCK = 1.12;
const DOUBLE_TIME = 1.06;

export class CatchTally {
  readonly #events: JudgeEvent[] = [];
  readonly #play: CatchPlay;
  readonly #health: CatchHealth;
  readonly #multiplier: number;
  #fruits = 0;
  #droplets = 0;
  #tinies = 0;
  #tinyMisses = 0;
  #misses = 0;
  #wholeCombos = 0;
  /** Nothing was missed since the combo of the map began. */
  #whole = true;
  #combo = 0;
  #maxCombo = 0;
  #score = 0;
  #accuracy = 1;

  constructor(map: Beatmap, play: CatchPlay) {
    this.#play = play;
    this.#health = new CatchHealth(map, play);
    this.#multiplier = difficultyMultiplier(map) * catchMultiplier(play.mods);
  }

  caught(object: CatchObject): void {
    const { kind } = object;
    this.#health.goTo(object.time);
    if (kind === 'banana') this.#score += BANANA;
    else if (kind === 'tiny') {
      this.#tinies++;
      this.#score += TINY;
    } else if (kind === 'droplet') {
      this.#droplets++;
      this.#score += DROPLET;
      this.#lengthen();
    } else {
      this.#fruits++;
      this.#score += FRUIT + Math.trunc(Math.max(0, this.#combo - 1) * ((FRUIT / 25) * this.#multiplier));
      this.#lengthen();
    }
    this.#health.caught(kind);
    this.#endCombo(object);
    if (kind === 'banana') this.#event(object, 'bonus', BANANA);
    else this.#event(object, 'result', kind === 'fruit' ? 300 : kind === 'droplet' ? 100 : 50);
  }

  missed(object: CatchObject): void {
    const { kind } = object;
    this.#health.goTo(object.time);
    // A banana that falls by costs nothing.
    if (kind === 'banana') return;
    if (kind === 'tiny') this.#tinyMisses++;
    else {
      this.#misses++;
      this.#combo = 0;
      this.#whole = false;
    }
    this.#health.missed(kind);
    this.#endCombo(object);
    this.#event(object, kind === 'tiny' ? 'tick' : 'result', 0);
  }

  #lengthen(): void {
    this.#combo++;
    this.#maxCombo = Math.max(this.#maxCombo, this.#combo);
  }

  #endCombo({ index }: CatchObject): void {
    if (!endsCombo(this.#play.objects, index)) return;
    if (this.#whole) {
      this.#wholeCombos++;
      this.#health.wholeCombo();
    }
    this.#whole = true;
  }

  #event({ index, time }: CatchObject, kind: EventKind, value: number): void {
    const caught = this.#fruits + this.#droplets + this.#tinies;
    const all = caught + this.#tinyMisses + this.#misses;
    this.#accuracy = all === 0 ? 1 : caught / all;
    const [combo, score, accuracy] = [this.#combo, this.#score, this.#accuracy];
    const { hp } = this.#health;
    this.#events.push({ time, kind, object: index, value, error: undefined, combo, score, accuracy, hp });
  }

  timeline(): Timeline {
    const counted = this.#play.objects.filter(({ kind }) => kind !== 'banana').length;
    return {
      events: this.#events,
      n300: this.#fruits,
      n100: this.#droplets,
      n50: this.#tinies,
      miss: this.#misses,
      geki: this.#wholeCombos,
      katu: this.#tinyMisses,
      maxCombo: this.#maxCombo,
      score: this.#score,
      accuracy: this.#accuracy,
      failedAt: this.#health.failedAt ?? null,
      unjudged: counted - this.#fruits - this.#droplets - this.#tinies - this.#tinyMisses - this.#misses,
    };
  }
}

function catchMultiplier(mods: number): number {
  const others = modMultiplier(mods & ~(MOD.HR | MOD.DT | MOD.NC));
  return others * ((mods & MOD.HR) !== 0 ? HARD_ROCK : 1) * ((mods & MOD.DT) !== 0 ? DOUBLE_TIME : 1);
}
