/** What mods of osu!(lazer) that stable does not have make of a map before it is played. Pure. */
import type { Beatmap, Difficulty, MapObject } from '../read/beatmap.ts';
import type { NamedMod } from '../read/replay.ts';

const WIDTH = 512;
const HEIGHT = 384;
/** Of DA with extended limits. */
const LEAST = -10;
const MOST = 11;

/** MR mirrors it: `reflection` 0 left to right, 1 upside down, 2 both. DA sets its difficulty. */
export function mapUnder(map: Beatmap, mods: readonly NamedMod[]): Beatmap {
  let { difficulty, objects } = map;
  for (const { acronym, settings } of mods) {
    if (acronym === 'DA') difficulty = adjusted(difficulty, settings);
    if (acronym !== 'MR') continue;
    const way = settings.reflection ?? 0;
    objects = objects.map((object) => mirrored(object, way !== 1, way === 1 || way === 2));
  }
  return difficulty === map.difficulty && objects === map.objects ? map : { ...map, difficulty, objects };
}

/** What is not set stays as the map has it. */
function adjusted(difficulty: Difficulty, settings: NamedMod['settings']): Difficulty {
  const set = (name: string, usual: number): number => {
    const value = settings[name];
    return typeof value === 'number' && Number.isFinite(value) ? Math.max(LEAST, Math.min(MOST, value)) : usual;
  };
  const { cs, ar, od, hp } = difficulty;
  return {
    ...difficulty,
    cs: set('circle_size', cs),
    ar: set('approach_rate', ar),
    od: set('overall_difficulty', od),
    hp: set('drain_rate', hp),
  };
}

function mirrored(object: MapObject, inX: boolean, inY: boolean): MapObject {
  const flipX = (x: number): number => (inX ? WIDTH - x : x);
  const flipY = (y: number): number => (inY ? HEIGHT - y : y);
  const place = { x: flipX(object.x), y: flipY(object.y) };
  if (object.kind !== 'slider') return { ...object, ...place };
  return { ...object, ...place, points: object.points.map((value, i) => (i % 2 === 0 ? flipX(value) : flipY(value))) };
}
