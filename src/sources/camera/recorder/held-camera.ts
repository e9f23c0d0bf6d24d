/**
 * One leased camera: a session for each of its tracks, and how it is doing.
 */
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { CameraState } from '../../../contract/camera.ts';
import type { LeasedCamera, OpenExtent } from '../../../contract/recorder.ts';
import { readerFor } from '../address.ts';
import type { Pictures } from '../decoder/pictures.ts';
import type { TrackCounters } from './counters.ts';
import { LiveFeed, type LiveMuxer } from './live-feed.ts';
import type { OutageBook } from './outage-book.ts';
import { OutageWatch } from './outage-watch.ts';
import type { StreamReader } from './stream-reader.ts';
import { type RunWriter, type StopReason, TrackSession, type WriterEvents } from './track-session.ts';

export interface CameraPort {
  readonly clock: Clock;
  readonly log: Log;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly readers: Readonly<Record<'rtsp' | 'ffmpeg', StreamReader>>;
  readonly muxer: LiveMuxer;
  /** Decodes; absent where nobody wants to see. */
  readonly pictures?: Pictures;
  /** Where outages are told. */
  readonly outages: Pick<OutageBook, 'note' | 'forget'>;
  /** Of a new run, with the lease's token and the storage of this moment. */
  openWriter(camera: LeasedCamera, track: string, run: string, events: WriterEvents): RunWriter;
}

/** At a change of settings the last bytes of the old reading are waited for so long. */
const CHANGE_MS = 5000;
/** States without change are told again this often. */
const TELL_EVERY_MS = 10_000;

export class HeldCamera {
  readonly #port: CameraPort;
  readonly #feeds = new Map<string, LiveFeed>();
  /** They outlive a session: a gap goes on when the settings change in it. */
  readonly #outages = new Map<string, OutageWatch>();
  #leased: LeasedCamera;
  #sessions: TrackSession[] = [];
  /** Sessions that are ending. */
  readonly #leaving = new Set<Promise<unknown>>();
  #told: { key: string; at: number } | undefined;
  #stopped = false;
  /** Changes take time (a last segment is written); they happen one after the other. */
  #changes: Promise<void> = Promise.resolve();

  constructor(leased: LeasedCamera, port: CameraPort) {
    this.#leased = leased;
    this.#port = port;
    this.#start();
  }

  get leased(): LeasedCamera {
    return this.#leased;
  }
  get extents(): OpenExtent[] {
    return this.#sessions.flatMap((session) => [...session.extents]);
  }
  get counters(): TrackCounters[] {
    return this.#sessions.map((session) => session.counters);
  }

  /** The feed of a track; made on demand, so that one may watch a track before its first picture. */
  feed(track: string): LiveFeed | undefined {
    if (!this.#leased.tracks.some((known) => known.name === track)) return undefined;
    let feed = this.#feeds.get(track);
    if (feed === undefined) {
      feed = new LiveFeed(this.#port.muxer, this.#port.pictures?.track());
      feed.onWatched = () => this.#followViewers(track);
      this.#feeds.set(track, feed);
    }
    return feed;
  }

  /** Takes over new settings or a new token. Only what reads the stream differently needs a new connection. */
  change(leased: LeasedCamera): void {
    const before = this.#leased;
    this.#leased = leased;
    this.#setLatest();
    if (sameStreams(before, leased)) {
      this.renewRuns();
      return;
    }
    this.#changes = this.#changes.then(async () => {
      // A full disk holds up the end of the old reading, and must not hold up the new one.
      const waiting = new AbortController();
      await Promise.race([this.#stopSessions('change'), this.#port.sleep(CHANGE_MS, waiting.signal)]);
      waiting.abort();
      if (this.#stopped) return;
      this.#dropFeeds('The camera’s settings have changed.', new Set(this.#leased.tracks.map((track) => track.name)));
      this.#start();
    });
  }

  /** Token or storage are others now: from the next key frame on, new runs. */
  renewRuns(): void {
    for (const session of this.#sessions) session.renewRun();
  }

  closeEarly(track: string): void {
    for (const session of this.#sessions) if (session.track === track) session.closeEarly();
  }

  /** This machine's clock was set by so many ms. */
  clockStepped(byMs: number): void {
    for (const session of this.#sessions) session.clockStepped(byMs);
  }

  tick(): void {
    for (const session of this.#sessions) session.tick();
  }

  /** Resolves when the last segment is finished. */
  async stop(reason: StopReason): Promise<void> {
    this.#stopped = true;
    await this.#stopSessions(reason);
    await this.#changes;
    await Promise.all(this.#leaving);
    for (const outages of this.#outages.values()) outages.stopped();
    this.#dropFeeds('The camera is not recorded here any more.', new Set());
  }

  /**
   * For the heartbeat: the state when it changed since it was last told or is due again. Call `told` with the result
   * once the hub has it.
   */
  stateToTell(): { state: CameraState; told: () => void } | undefined {
    const key = this.#outline();
    const at = this.#port.clock.monotonic();
    if (this.#told?.key === key && at - this.#told.at < TELL_EVERY_MS) return undefined;
    return {
      state: this.state(),
      told: () => {
        this.#told = { key, at };
      },
    };
  }

  /** A new hub, or one that was started anew, knows no states. */
  forgetTold(): void {
    this.#told = undefined;
  }

  /** What of the state is told as soon as it changes. */
  #outline(): string {
    const session = this.#sessions[0];
    if (session === undefined) return 'connecting';
    const { state, trouble, rates } = session;
    if (state.status !== 'recording') return `${state.status}|${state.reason}`;
    const { video, audio } = state.config;
    const { codecString, width } = video;
    const known = rates !== undefined;
    return `recording|${trouble}|${codecString}|${audio?.codecString}|${width}|${known}|${this.#frozenSince}`;
  }

  /** That of the first track; the others follow it. */
  state(): CameraState {
    const session = this.#sessions[0];
    if (session === undefined) return { status: 'connecting', since: new Date(this.#port.clock.wall()).toISOString() };
    const { state } = session;
    const last = session.lastFrameAt;
    const common = {
      status: state.status,
      since: new Date(state.since).toISOString(),
      ...(last === undefined ? {} : { lastFrameAt: new Date(last).toISOString() }),
    };
    if (state.status !== 'recording')
      return { ...common, ...(state.reason === undefined ? {} : { reason: state.reason }) };
    const { video, audio } = state.config;
    const frozen = this.#frozenSince;
    return {
      ...common,
      ...(frozen === undefined ? {} : { frozenSince: new Date(frozen).toISOString() }),
      codec: video.codecString,
      ...(audio ? { audioCodec: audio.codecString } : {}),
      width: video.width,
      height: video.height,
      ...session.rates,
      ...(session.trouble === null ? {} : { reason: session.trouble }),
    };
  }

  #start(): void {
    for (const track of this.#leased.tracks)
      if (track.record || this.#feeds.get(track.name)?.watched === true) this.#startTrack(track);
  }

  #startTrack(track: LeasedCamera['tracks'][number]): void {
    const { clock, sleep, readers } = this.#port;
    const { id, name, username, password, reader, transport } = this.#leased;
    const feed = this.feed(track.name);
    if (feed === undefined) return;
    this.#setLatest();
    this.#sessions.push(
      new TrackSession({
        camera: { id, name },
        track: track.name,
        stream: { url: track.url, username, password, transport },
        read: readers[readerFor(track.url, reader)],
        openWriter: (run, events) =>
          track.record ? this.#port.openWriter(this.#leased, track.name, run, events) : UNRECORDED,
        feed,
        ...(track.record ? { outages: this.#outagesOf(track.name) } : {}),
        clock,
        log: this.#port.log.child({ camera: name, track: track.name }),
        sleep,
      }),
    );
  }

  #outagesOf(track: string): OutageWatch {
    const known = this.#outages.get(track);
    if (known) return known;
    const { clock, log, outages: book } = this.#port;
    const { id: sourceId, name } = this.#leased;
    const watch = new OutageWatch({ sourceId, track, clock, log: log.child({ camera: name, track }), book });
    this.#outages.set(track, watch);
    return watch;
  }

  /** A track that is not recorded is read for as long as somebody watches it. */
  #followViewers(name: string): void {
    this.#changes = this.#changes.then(async () => {
      const track = this.#leased.tracks.find((known) => known.name === name);
      if (this.#stopped || track === undefined || track.record) return;
      const session = this.#sessions.find((known) => known.track === name);
      const watched = this.#feeds.get(name)?.watched === true;
      if (watched && session === undefined) this.#startTrack(track);
      if (watched || session === undefined) return;
      this.#sessions = this.#sessions.filter((known) => known !== session);
      await session.stop('stop');
    });
  }

  /** Of the first track; the others are decoded only for who asks. */
  #setLatest(): void {
    const pictures = this.#feeds.get(this.#leased.tracks[0]?.name ?? '')?.pictures;
    if (pictures !== undefined) pictures.mode = this.#leased.latest;
  }

  get #frozenSince(): number | undefined {
    return this.#feeds.get(this.#leased.tracks[0]?.name ?? '')?.pictures?.frozenSince;
  }

  async #stopSessions(reason: StopReason): Promise<void> {
    const stopping = this.#sessions;
    this.#sessions = [];
    const stopped: Promise<unknown> = Promise.all(stopping.map((session) => session.stop(reason))).finally(() =>
      this.#leaving.delete(stopped),
    );
    this.#leaving.add(stopped);
    await stopped;
  }

  #dropFeeds(reason: string, keep: ReadonlySet<string>): void {
    for (const [track, feed] of this.#feeds) {
      if (keep.has(track)) continue;
      feed.close(reason);
      this.#feeds.delete(track);
    }
  }
}

/** Where the units of a track go that is only watched. */
const UNRECORDED: RunWriter = {
  start: () => undefined,
  push: () => undefined,
  closeEarly: () => undefined,
  end: async () => undefined,
  hurry: () => undefined,
  stats: { framesWritten: 0, framesDropped: 0 },
};

function sameStreams(a: LeasedCamera, b: LeasedCamera): boolean {
  return (
    a.username === b.username &&
    a.password === b.password &&
    a.reader === b.reader &&
    a.transport === b.transport &&
    a.sound === b.sound &&
    a.folder === b.folder &&
    a.tracks.length === b.tracks.length &&
    a.tracks.every((track, index) => JSON.stringify(track) === JSON.stringify(b.tracks[index]))
  );
}
