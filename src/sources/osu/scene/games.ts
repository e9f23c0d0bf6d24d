/** Which games can be drawn. Pure: nothing of canvas is loaded here. */
import { UserError } from '../../../base/errors.ts';
import type { GameMode } from '../read/replay.ts';

const NAMES: readonly string[] = ['osu!', 'osu!taiko', 'osu!catch', 'osu!mania'];

/** Game of the replay, and the games of the maps that it can be drawn on. */
const DRAWN: readonly { readonly mode: GameMode; readonly maps: readonly GameMode[] }[] = [
  { mode: 0, maps: [0] },
  { mode: 1, maps: [0, 1] },
  { mode: 2, maps: [0, 2] },
  { mode: 3, maps: [0, 3] },
];

/**
 * @param mode of the replay @param mapMode of the map: another one where the game converted it
 * @throws UserError where there is no field for them
 */
export function refuseUndrawn(mode: GameMode, mapMode: GameMode): void {
  const found = DRAWN.find((one) => one.mode === mode);
  if (found?.maps.includes(mapMode)) return;
  const drawn = DRAWN.map((one) => NAMES[one.mode]).join(', ');
  if (!found)
    throw new UserError(
      `This is a replay of ${NAMES[mode]}, which cannot be drawn yet.`,
      `What can be drawn: ${drawn}.`,
      {
        code: 'mode-not-drawn',
      },
    );
  throw new UserError(
    `This is a replay of ${NAMES[mode]} on a map of ${NAMES[mapMode]}, which cannot be drawn.`,
    `Give a map that was made for ${NAMES[mode]}.`,
    { code: 'mode-not-drawn' },
  );
}
