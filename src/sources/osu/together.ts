/** Which plays can be shown in one clip. Pure. */
import type { GameMode } from './read/replay.ts';

/** One of them, as much as must be known. */
export interface TogetherPlay {
  /** Of its file, for messages. */
  readonly name: string;
  readonly mapMd5: string;
  readonly mode: GameMode;
  /** Milliseconds of the map in one of real time. */
  readonly rate: number;
}

export interface Apart {
  readonly message: string;
  readonly remedy: string;
  readonly code: 'knockout-of-one' | 'other-map' | 'other-game' | 'other-speed';
}

/** Why they cannot. @param knockout all play at once, and hear one music @returns undefined where they can */
export function whyApart(first: TogetherPlay, others: readonly TogetherPlay[], knockout: boolean): Apart | undefined {
  if (knockout && others.length === 0)
    return {
      message: 'A knock-out is of several replays.',
      remedy: 'Choose others who played the map, or no knock-out.',
      code: 'knockout-of-one',
    };
  const map = others.find(({ mapMd5 }) => mapMd5 !== first.mapMd5);
  if (map)
    return {
      message: `${map.name} is a replay of another map.`,
      remedy: 'All plays must be of the same map and game.',
      code: 'other-map',
    };
  const game = others.find(({ mode }) => mode !== first.mode);
  if (game)
    return {
      message: `${game.name} is a replay of another game on this map.`,
      remedy: 'All plays must be of the same map and game.',
      code: 'other-game',
    };
  const speed = knockout ? others.find(({ rate }) => Math.abs(rate - first.rate) > 1e-6) : undefined;
  if (speed)
    return {
      message: `${speed.name} was played at another speed.`,
      remedy: 'In a knock-out all hear the same music, at the same speed. A list at the side may have any.',
      code: 'other-speed',
    };
  return undefined;
}
