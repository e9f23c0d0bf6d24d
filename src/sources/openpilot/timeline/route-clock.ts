/** From a time of the log to seconds of the route, which are counted in pictures: minute × 60 + picture ÷ 20. Pure. */
import type { Log } from '../log/read-log.ts';
import { type RoadPicture, roadPictures } from './picture-index.ts';
import { lastAtMost } from './series.ts';

const FRAME_NS = 50e6;
const FPS = 20;

export class RouteClock {
  readonly #start: number;
  readonly #pictures: readonly RoadPicture[];
  /** Of the first picture; where no log tells of pictures, of the log's first event. Nanoseconds since the device started. */
  readonly first: number;
  /** Seconds of the route at which this minute's pictures, or else its log, end. */
  readonly end: number;

  constructor(log: Pick<Log, 'events' | 'span'>, segment: number) {
    this.#start = segment * 60;
    this.#pictures = roadPictures(log.events, segment);
    this.first = this.#pictures[0]?.eof ?? log.span?.[0] ?? 0;
    const logged = log.span ? Math.min((log.span[1] - log.span[0]) / 1e9, 60) : 0;
    this.end = this.#start + (this.#pictures.length > 0 ? this.#pictures.length / FPS : logged);
  }

  /** Never before this minute; behind its pictures, as the clock goes. */
  seconds(time: number): number {
    const index = lastAtMost(this.#pictures, time, ({ eof }) => eof);
    const picture = this.#pictures[index];
    if (!picture) return this.#start + (this.#pictures.length > 0 ? 0 : Math.max(0, (time - this.first) / 1e9));
    // Where frames were lost, time stands still until the next picture.
    const isLast = index === this.#pictures.length - 1;
    const behind = (time - picture.eof) / FRAME_NS;
    return this.#start + (picture.picture + (isLast ? behind : Math.min(behind, 1))) / FPS;
  }
}

/** The minute that the pictures of a log belong to by its own word; 0 where it says nothing. */
export function segmentOf({ events }: Pick<Log, 'events'>): number {
  const counts = new Map<number, number>();
  for (const { segment } of events.roadEncodeIdx) if (segment >= 0) counts.set(segment, (counts.get(segment) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? 0;
}
