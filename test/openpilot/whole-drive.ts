/** A generated drive with everything that the hub shows of one: logs of a known world, and a small film of each minute. */
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFilm } from './film.ts';
import { writeRoute } from './route.ts';
import { makeWorld, steadyDriving } from './world.ts';

/** Second 12 to 80 engaged; an alert at 40 to 44; bookmarks at 30 and 70.5; a way to the north-east. */
export const STORY = {
  engaged: { start: 12, end: 80 },
  alert: { start: 40, end: 44, text1: 'Take Control', text2: 'Turn Exceeds Steering Limit' },
  bookmarks: [30, 70.5],
  wallStart: Date.parse('2026-11-20T08:00:00Z'),
  car: 'TOYOTA COROLLA TSS2 2019',
  speed: 20,
} as const;

/** @param folder exists @param old as if it was written an hour ago, so that it is whole at the first look */
export async function writeWholeDrive(
  folder: string,
  options: { minutes?: number; logId?: string; film?: boolean; old?: boolean; wallStart?: number } = {},
): Promise<{ route: string; logId: string; segments: readonly string[] }> {
  const { minutes = 2, logId = '0000002c--d68dde99ca', film = true, old = true, wallStart = STORY.wallStart } = options;
  const { engaged, alert, speed } = STORY;
  const world = makeWorld({
    car: STORY.car,
    wallStart,
    bookmarks: [...STORY.bookmarks],
    drive: (seconds) => ({
      ...steadyDriving,
      speed,
      state: seconds >= engaged.start && seconds < engaged.end ? 'enabled' : 'disabled',
      alert:
        seconds >= alert.start && seconds < alert.end
          ? {
              size: 'mid',
              status: 'userPrompt',
              text1: alert.text1,
              text2: alert.text2,
              type: 'steerSaturated/warning',
            }
          : null,
    }),
    place: (seconds) => ({ latitude: 52 + seconds * 0.00012, longitude: 10 + seconds * 0.0001 }),
  });
  const written = await writeRoute({ folder, world, minutes, year: 2026, logs: () => ['qlog'], logId });
  const segments = Array.from({ length: minutes }, (_, minute) => join(folder, `${logId}--${minute}`));
  for (const [minute, segment] of segments.entries()) {
    if (film) makeFilm(join(segment, 'qcamera.ts'), { seconds: 60, from: minute * 60 });
    const at = new Date(Date.now() - (old ? 3_600_000 : 0));
    for (const name of await readdir(segment)) await utimes(join(segment, name), at, at);
  }
  return { route: written.route, logId, segments };
}
