/** Several who played one map: how each stands at a moment, and when each falls out. Pure; milliseconds of the map. */
import type { Timeline } from '../../judge/timeline.ts';
import type { Rgb } from '../../read/beatmap.ts';
import { MOD, type Replay } from '../../read/replay.ts';
import { CursorPath } from '../cursor-path.ts';
import { PlayStates } from '../hud/state.ts';

/** More do not fit into a picture. */
export const MOST_PLAYERS = 32;
const LONGEST_NAME = 20;
const FIELD_HEIGHT = 384;

export interface Standing {
  readonly score: number;
  readonly combo: number;
  readonly maxCombo: number;
  readonly misses: number;
}

export interface Player {
  readonly name: string;
  readonly colour: Rgb;
  /** When the combo broke for the first time; infinite where it never did, or where that is no reason to fall out. */
  readonly outAt: number;
  standing(now: number): Standing;
  /** Osu! pixels of the field as it is drawn; undefined where only a score is known. */
  place?(now: number): { readonly x: number; readonly y: number };
}

/** One replay and what was judged of it. */
export interface JudgedReplay {
  readonly replay: Replay;
  readonly timeline: Timeline;
}

/** Somebody whose play is not there, only how it ended. */
export interface KnownScore {
  readonly player: string;
  readonly score: number;
  readonly maxCombo: number;
  readonly misses: number;
}

export interface Versus {
  /** At most {@link MOST_PLAYERS}. */
  readonly players: readonly Player[];
  /** Whose play is drawn. */
  readonly own: number;
  readonly knockout: boolean;
}

/** The combo is gone, or something was missed before there was one. */
export function firstSlip({ events }: Timeline): number {
  let combo = 0;
  for (const event of events.toSorted((a, b) => a.time - b.time)) {
    if (event.combo < combo || (event.kind === 'result' && event.value === 0)) return event.time;
    combo = event.combo;
  }
  return Number.POSITIVE_INFINITY;
}

/** Who is left at the end: falls out last, or would with the higher score. */
export function winnerOf(judged: readonly JudgedReplay[]): number {
  const slips = judged.map(({ timeline }) => firstSlip(timeline));
  let winner = 0;
  for (const [index, { timeline }] of judged.entries()) {
    const [slip, best] = [slips[index] ?? 0, slips[winner] ?? 0];
    const isHigher = timeline.score > (judged[winner]?.timeline.score ?? 0);
    if (slip > best || (slip === best && isHigher)) winner = index;
  }
  return winner;
}

/** One after the other until the last; that one stays. @param own whose way up the field is drawn */
export function knockoutOf(judged: readonly JudgedReplay[]): Versus {
  const own = winnerOf(judged);
  const isFlipped = ({ replay }: JudgedReplay): boolean => (replay.header.mods & MOD.HR) !== 0;
  const first = judged[own];
  const players = judged.slice(0, MOST_PLAYERS).map((one, index): Player => {
    const cursor = new CursorPath(one.replay.frames);
    const turned = first !== undefined && isFlipped(one) !== isFlipped(first);
    return {
      ...playerOf(one, index, judged.length),
      outAt: index === own ? Number.POSITIVE_INFINITY : firstSlip(one.timeline),
      place: (now) => {
        const { x, y } = cursor.at(now);
        return { x, y: turned ? FIELD_HEIGHT - y : y };
      },
    };
  });
  return { players, own, knockout: true };
}

/** A list beside a play. @param others replays of the same map @param known scores without a replay */
export function listOf(
  played: JudgedReplay,
  others: readonly JudgedReplay[],
  known: readonly KnownScore[] = [],
): Versus {
  const all = [played, ...others];
  const count = all.length + known.length;
  const players = [
    ...all.map((one, index) => playerOf(one, index, count)),
    ...known.map(({ player, ...standing }, index): Player => {
      const at = { ...standing, combo: standing.maxCombo };
      return {
        name: nameOf(player),
        colour: colourOf(all.length + index, count),
        outAt: Number.POSITIVE_INFINITY,
        standing: () => at,
      };
    }),
  ];
  return { players: players.slice(0, MOST_PLAYERS), own: 0, knockout: false };
}

function playerOf({ replay, timeline }: JudgedReplay, index: number, count: number): Player {
  const states = new PlayStates(timeline);
  return {
    name: nameOf(replay.header.player),
    colour: colourOf(index, count),
    outAt: Number.POSITIVE_INFINITY,
    standing: (now) => {
      const { score, combo, maxCombo, miss } = states.at(now);
      return { score, combo, maxCombo, misses: miss };
    },
  };
}

/** Names come from files. */
function nameOf(player: string): string {
  const plain = [...player.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()];
  return plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME - 1).join('')}…` : plain.join('') || 'Somebody';
}

/** All around the circle of colours, those that follow each other far apart where there are many. */
function colourOf(index: number, count: number): Rgb {
  const hue = count <= 8 ? (index / count) * 360 : (index * 137.508) % 360;
  const light = count > 8 && index % 2 === 1 ? 0.72 : 0.6;
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (light - 0.9 * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return { r: channel(0), g: channel(8), b: channel(4) };
}

/** Places from 0 up: who is still in first, then by score; equal ones in their order. */
export function ranksAt(players: readonly Player[], now: number): number[] {
  const order = players
    .map((player, index) => ({
      index,
      out: now >= player.outAt,
      outAt: player.outAt,
      score: player.standing(now).score,
    }))
    .sort((a, b) => {
      if (a.out !== b.out) return a.out ? 1 : -1;
      // Who fell later stands higher.
      if (a.out && a.outAt !== b.outAt) return b.outAt - a.outAt;
      return b.score - a.score || a.index - b.index;
    });
  const ranks = new Array<number>(players.length).fill(0);
  for (const [rank, { index }] of order.entries()) ranks[index] = rank;
  return ranks;
}
