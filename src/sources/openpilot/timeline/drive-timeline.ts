/**
 * A drive picture by picture: what openpilot saw and did at picture n of minute m. Logs are read when their minute is asked for, and no more than
 * two are kept (the minute itself, and the end of the one before), so that a clip of any length needs the memory of a short one.
 */
import { InputError, messageOf } from '../../../base/errors.ts';
import type { DriveInfo, FrameState } from '../frame-state.ts';
import type { LogSource } from '../log/decompress.ts';
import type { LogEvents } from '../log/events.ts';
import { type Log, readLog } from '../log/read-log.ts';
import { driveInfo } from './drive-info.ts';
import { joined, type MinuteLogs, minuteEvents, tailOf } from './minute-events.ts';
import { MinuteTimeline } from './minute-timeline.ts';
import type { CameraPicture } from './picture-index.ts';

/** The logs of one minute, where they are; null: not there. */
export interface MinuteFiles {
  readonly rlog: LogSource | null;
  readonly qlog: LogSource | null;
}

interface TimelineOptions {
  /** By minute of the route. Logs of the minute before the first that is drawn, without its video, say what was so when it began. */
  readonly files: ReadonlyMap<number, MinuteFiles>;
  readonly signal?: AbortSignal | undefined;
}

/** This minute's, and the next one's of low rate; when the next minute is asked for, this one's to take its end from. */
const LOGS_KEPT = 2;
const MINUTES_KEPT = 1;
const TAILS_KEPT = 8;

export class DriveTimeline {
  readonly #files: ReadonlyMap<number, MinuteFiles>;
  readonly #signal: AbortSignal | undefined;
  readonly #logs = new Map<number, Promise<MinuteLogs>>();
  readonly #tails = new Map<number, Promise<LogEvents | null>>();
  readonly #minutes = new Map<number, Promise<MinuteTimeline | null>>();
  #info: Promise<DriveInfo> | undefined;
  readonly #problems = new Set<string>();

  constructor({ files, signal }: TimelineOptions) {
    this.#files = files;
    this.#signal = signal;
  }

  /** Logs that are cut or cannot be read, of the minutes read so far: whole sentences, each once. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  /** From the first minutes that tell. */
  info(): Promise<DriveInfo> {
    this.#info ??= this.#readInfo();
    return this.#info;
  }

  async #readInfo(): Promise<DriveInfo> {
    const seen: Pick<LogEvents, 'initData' | 'carParams'>[] = [];
    for (const segment of [...this.#files.keys()].sort((one, other) => one - other)) {
      const { rlog, qlog } = await this.#logsBeside(segment);
      for (const log of [rlog, qlog])
        if (log) seen.push({ initData: log.events.initData, carParams: log.events.carParams });
      const info = driveInfo(seen);
      if (info.version !== null && info.car !== null) return info;
    }
    return driveInfo(seen);
  }

  /**
   * Null: no log of this minute is there.
   * @throws InputError when there are some and none can be read
   */
  minute(segment: number): Promise<MinuteTimeline | null> {
    return kept(this.#minutes, segment, MINUTES_KEPT, () => this.#fold(segment));
  }

  /** Where no log is there, a state that knows of nothing. */
  async state(segment: number, picture: number): Promise<FrameState> {
    const minute = await this.minute(segment);
    return minute?.state(picture) ?? unknownState(segment, picture);
  }

  /** The picture of another camera that was taken together with this one of the road; null: none, or not known. */
  async otherCamera(camera: 'wide' | 'driver', segment: number, picture: number): Promise<CameraPicture | null> {
    return (await this.minute(segment))?.otherCamera(camera, picture) ?? null;
  }

  /** Minutes of which the full-rate log is not there: with it, they were drawn exactly. */
  withoutFullRate(segments: readonly number[]): number[] {
    return segments.filter((segment) => (this.#files.get(segment)?.rlog ?? null) === null);
  }

  async #fold(segment: number): Promise<MinuteTimeline | null> {
    const info = await this.info();
    const before = await this.#tailOf(segment - 1);
    const logs = await this.#logsOf(segment);
    const own = minuteEvents(logs);
    if (!own) return null;
    // Models of a low-rate log are drawn between the one before and the one behind a picture.
    const behind = logs.rlog ? null : minuteEvents(await this.#logsBeside(segment + 1));
    const around = joined([before, own, behind]) ?? own;
    return new MinuteTimeline({ segment, own, around, fullRate: logs.rlog !== null, info });
  }

  #tailOf(segment: number): Promise<LogEvents | null> {
    return kept(this.#tails, segment, TAILS_KEPT, async () => {
      const events = minuteEvents(await this.#logsBeside(segment));
      return events && tailOf(events);
    });
  }

  #logsOf(segment: number): Promise<MinuteLogs> {
    return kept(this.#logs, segment, LOGS_KEPT, async () => {
      const rlog = await this.#read('rlog', segment).catch((error: unknown) => {
        // The other log of the minute is good enough, if it is there.
        if (!(error instanceof InputError) || (this.#files.get(segment)?.qlog ?? null) === null) throw error;
        return null;
      });
      // What a full-rate log has, the other has less often.
      const qlog = rlog && !rlog.cut ? null : await this.#read('qlog', segment);
      return { rlog, qlog };
    });
  }

  /** Those of a minute that only helps another: what cannot be read of it is not there. */
  async #logsBeside(segment: number): Promise<MinuteLogs> {
    try {
      return await this.#logsOf(segment);
    } catch (error) {
      if (error instanceof InputError) return { rlog: null, qlog: null };
      throw error;
    }
  }

  /** The logs of all minutes have the same name: errors say which. */
  async #read(kind: 'rlog' | 'qlog', segment: number): Promise<Log | null> {
    const source = this.#files.get(segment)?.[kind] ?? null;
    if (source === null) return null;
    const name = `${kind} of minute ${segment}`;
    try {
      const log = await readLog(source, { signal: this.#signal, name });
      if (log.cut) this.#problems.add(`The ${name} is cut: ${log.cut.reason}.`);
      return log;
    } catch (error) {
      if (error instanceof InputError) this.#problems.add(`The ${messageOf(error)}.`);
      throw error;
    }
  }
}

/** The value of a key, made once; only the last few are kept. One that failed is made again. */
function kept<T>(store: Map<number, Promise<T>>, key: number, most: number, make: () => Promise<T>): Promise<T> {
  let value = store.get(key);
  store.delete(key);
  if (!value) {
    value = make();
    value.catch(() => store.delete(key));
  }
  store.set(key, value);
  const [oldest] = store.keys();
  if (store.size > most && oldest !== undefined) store.delete(oldest);
  return value;
}

function unknownState(segment: number, picture: number): FrameState {
  return {
    frameId: segment * 1200 + picture,
    segment,
    picture,
    routeSeconds: segment * 60 + picture / 20,
    tier: 'none',
    model: null,
    calibration: null,
    sensor: 'unknown',
    status: 'disengaged',
    engageable: false,
    experimental: false,
    alert: null,
    speed: 0,
    setSpeed: null,
    hasCruise: false,
    steeringAngleDeg: 0,
    gas: false,
    brake: false,
    blinker: 'none',
    standstill: false,
    leads: [],
    allowThrottle: true,
    face: null,
  };
}
