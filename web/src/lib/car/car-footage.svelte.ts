/** What is watched of a car: an event, or a stretch of the last hours; with its telemetry as it is read. */
import type { CarCamera, CarEvent, CarEventDetail, CarTelemetry } from '../../../../src/contract/car.ts';
import { routes } from '../../../../src/contract/routes.ts';
import { client, type Failure, failureOf } from '../api.ts';
import { clipVideo } from '../cars.svelte.ts';
import { events } from '../events.svelte.ts';
import { canPlay, mimeOf } from '../player/source.ts';
import { byPlace, whyWords } from './car-words.ts';
import { WallCamera } from './wall-playback.svelte.ts';

/** Telemetry is asked for again while clips are being read, and a few times when it cannot be had. */
const AGAIN_MS = 1500;
const MOST_TRIES = 60;
const MOST_FAILURES = 3;
/** Of a stretch, the telemetry of so much is asked for at once. Milliseconds. */
const WINDOW = 3_600_000;

/** @param from,to UTC milliseconds */
export type Watched =
  | { readonly kind: 'event'; readonly event: string }
  | { readonly kind: 'range'; readonly from: number; readonly to: number };

export class CarFootage {
  readonly car: string;
  readonly what: Watched;
  cameras = $state.raw<readonly CarCamera[] | undefined>();
  event = $state.raw<CarEvent | undefined>();
  files = $state.raw<CarEventDetail['files']>([]);
  /** More clips than are told at once. */
  cut = $state(false);
  telemetry = $state.raw<CarTelemetry | undefined>();
  /** Minutes east of Greenwich where the car was; null: not known. */
  zone = $state<number | null>(null);
  failure = $state.raw<Failure | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The stretch whose telemetry is known or asked for; UTC milliseconds. */
  #window = Number.NaN;
  #closed = false;
  #removing = false;

  constructor(car: string, what: Watched) {
    this.car = car;
    this.what = what;
  }

  /** Follows it; returns how to stop. */
  open(): () => void {
    void this.load();
    const stop = events.listen((event) => {
      if (event.type === 'car-footage' && event.car === this.car) void this.#reload();
    });
    return () => {
      this.#closed = true;
      stop();
      clearTimeout(this.#timer);
    };
  }

  async load(): Promise<void> {
    try {
      await this.#ask();
      this.failure = undefined;
      if (this.what.kind === 'event') void this.#telemetry(0, 0);
    } catch (error) {
      this.failure = failureOf(error);
    }
  }

  /** Somebody watches this moment, UTC milliseconds: of a long stretch, the telemetry around it is asked for. */
  watch(at: number): void {
    if (this.what.kind !== 'range') return;
    const { from, to } = this.what;
    const start = from + Math.floor((Math.min(to - 1, Math.max(from, at)) - from) / WINDOW) * WINDOW;
    if (start === this.#window) return;
    this.#window = start;
    clearTimeout(this.#timer);
    void this.#telemetry(0, 0);
  }

  async protect(on: boolean): Promise<void> {
    if (this.what.kind !== 'event') return;
    const params = { id: this.car, event: this.what.event };
    this.event = await client.call(on ? routes.protectCarEvent : routes.unprotectCarEvent, { params });
  }

  async remove(): Promise<void> {
    if (this.what.kind !== 'event') return;
    // The hub tells at once that footage has gone; nobody need ask what has become of it.
    this.#removing = true;
    try {
      await client.call(routes.deleteCarEvent, { params: { id: this.car, event: this.what.event } });
    } catch (error) {
      this.#removing = false;
      throw error;
    }
  }

  async #ask(): Promise<void> {
    if (this.what.kind === 'event') {
      const detail = await client.call(routes.getCarEvent, { params: { id: this.car, event: this.what.event } });
      this.#take(detail.cameras);
      this.event = detail.event;
      this.zone = detail.event.zone;
      this.files = detail.files;
      return;
    }
    const query = { from: new Date(this.what.from).toISOString(), to: new Date(this.what.to).toISOString() };
    const params = { id: this.car };
    const [answer, [last]] = await Promise.all([
      client.call(routes.carFootage, { params, query }),
      // Events know the zone; clips do not.
      client.call(routes.listCarEvents, { params, query: { before: query.to, limit: 1 } }),
    ]);
    this.zone = last?.zone ?? null;
    this.cut = answer.cut;
    this.#take(answer.cameras);
  }

  /** The same clips as before are no reason to begin anew. */
  #take(cameras: readonly CarCamera[]): void {
    if (JSON.stringify(cameras) !== JSON.stringify(this.cameras)) this.cameras = cameras;
  }

  async #reload(): Promise<void> {
    if (this.#removing) return;
    try {
      await this.#ask();
    } catch (error) {
      // What is on the page stays; it may be gone, and the list says so.
      console.info('The footage could not be asked for again.', error);
    }
  }

  async #telemetry(tries: number, failures: number): Promise<void> {
    const window = this.#window;
    let failed = failures;
    try {
      const answer = await this.#askTelemetry(window);
      if (this.#closed || !Object.is(window, this.#window)) return;
      this.telemetry = answer;
      if (answer.unread === 0) return;
    } catch (error) {
      console.info('There is no telemetry just now.', error);
      failed += 1;
    }
    if (this.#closed || !Object.is(window, this.#window) || tries >= MOST_TRIES || failed > MOST_FAILURES) return;
    this.#timer = setTimeout(() => void this.#telemetry(tries + 1, failed), AGAIN_MS);
  }

  #askTelemetry(window: number): Promise<CarTelemetry> {
    const { what } = this;
    if (what.kind === 'event')
      return client.call(routes.carEventTelemetry, { params: { id: this.car, event: what.event } });
    const query = {
      from: new Date(window).toISOString(),
      to: new Date(Math.min(what.to, window + WINDOW)).toISOString(),
    };
    return client.call(routes.carTelemetry, { params: { id: this.car }, query });
  }
}

/** The cameras as they are played, what is ahead first. */
export function wallCamerasOf(car: string, cameras: readonly CarCamera[]): WallCamera[] {
  return [...cameras].sort(byPlace).map(
    ({ camera, clips }) =>
      new WallCamera(
        camera,
        clips.map((clip) => {
          const here = clip.why === 'h265' && clip.codec !== null && canPlay(mimeOf(clip.codec, undefined));
          return {
            id: clip.id,
            start: clip.start,
            end: clip.start + clip.duration,
            address: clipVideo(car, clip.id),
            why: clip.playable || here ? undefined : (whyWords(clip.why) ?? 'This browser does not play it.'),
          };
        }),
      ),
  );
}
