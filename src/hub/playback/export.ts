/**
 * Recorded footage as an ordinary MP4 that is never written anywhere: its tables are made from the stored fragments, its data are their bytes.
 * Nothing is encoded anew. The fragments are sent as they lie in the files; their own heads stay between the samples, unseen.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import { flatMovieHead } from '../../media/mp4/flat-movie.ts';
import { type Edit, FlatTrack } from '../../media/mp4/flat-track.ts';
import type { FragmentEntry } from '../../media/mp4/fragment-table.ts';
import type { MovieTrack } from '../../media/mp4/movie.ts';
import { fragmentHeadBytes, type SampleRun, sampleRuns } from '../../media/mp4/sample-run.ts';
import { type Cut, cutsOf, exactWall, readCut } from './cuts.ts';
import type { Playable } from './library.ts';
import type { SegmentShelf } from './segment-shelf.ts';

export const LONGEST_EXPORT_MS = 86_400_000;
/** About a day and a half at 30 pictures a second, both tracks together: 100 MB of tables while they are made. */
const MOST_SAMPLES = 6_000_000;
/** Fragments whose heads are read at the same time. */
const AT_ONCE = 8;
/** Holes up to this are rounding. */
const JOIN_MS = 100;
/** Wall times are whole ms: what begins this little before the next cut is shown by that. */
const SEAM_MS = 2;
const READ_BYTES = 2_000_000;
const MS = VIDEO_TIMESCALE / 1000;

export interface ExportRequest {
  /** Pictures taken in `[from, to)`, UTC ms. */
  readonly from: number;
  readonly to: number;
  /** `keep`: the last picture before a gap stands until footage goes on; `close`: it goes on at once. */
  readonly gaps: 'keep' | 'close';
}

/** A stretch of files that lie one after the other in the export. */
interface Piece {
  readonly cut: Cut;
  /** In the stored file. */
  readonly start: number;
  readonly bytes: number;
  /** In the export's data. */
  readonly place: number;
}

export interface ExportPlan {
  readonly kind: 'plan';
  readonly head: Buffer;
  readonly pieces: readonly Piece[];
  /** Of the whole file. */
  readonly bytes: number;
  /** Strong validator: changes when any byte does. */
  readonly etag: string;
  /** UTC ms of the first picture, and of the end of the last. */
  readonly start: number;
  readonly end: number;
  readonly frames: number;
  readonly mime: string;
}

/** The coding changes within the range: each part can be exported by itself. */
export interface ExportParts {
  readonly kind: 'parts';
  readonly parts: readonly { readonly from: number; readonly to: number; readonly codec: string }[];
}

/**
 * @param playables in order of start
 * @returns undefined when there is no picture in the range
 * @throws UserError when there is too much in it for one file
 */
export async function planExport(
  playables: readonly Playable[],
  shelf: SegmentShelf,
  request: ExportRequest,
  log: Log,
  signal?: AbortSignal,
): Promise<ExportPlan | ExportParts | undefined> {
  const cuts: Cut[] = [];
  for await (const cut of cutsOf(playables, shelf, request, log, signal)) cuts.push(cut);
  const [first] = cuts;
  if (!first) return undefined;
  const parts = partsOf(cuts, request);
  if (parts.length > 1) return { kind: 'parts', parts };

  const assembly = new Assembly(first, request);
  for (const [index, cut] of cuts.entries()) {
    assembly.begin(cut, cuts[index + 1]);
    for (let at = 0; at < cut.fragments.length; at += AT_ONCE) {
      signal?.throwIfAborted();
      const some = cut.fragments.slice(at, at + AT_ONCE);
      const heads = await Promise.all(some.map((entry) => readRuns(cut, entry, shelf, signal)));
      for (const [index, entry] of some.entries()) assembly.fragment(entry, heads[index] ?? []);
    }
  }
  return assembly.finish();
}

/** Bytes `[start, end]` of the export, both inclusive as in HTTP. Holds no more than about two megabytes at a time. */
export async function* exportBytes(
  plan: ExportPlan,
  shelf: SegmentShelf,
  range: { readonly start: number; readonly end: number },
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const { head } = plan;
  if (range.start < head.length) yield head.subarray(range.start, Math.min(head.length, range.end + 1));
  for (const piece of plan.pieces) {
    const place = head.length + piece.place;
    const from = Math.max(range.start, place);
    const to = Math.min(range.end + 1, place + piece.bytes);
    for (let at = from; at < to; at += READ_BYTES) {
      signal?.throwIfAborted();
      const start = piece.start + at - place;
      const length = Math.min(READ_BYTES, to - at);
      yield await readCut(piece.cut, { start, end: start + length - 1 }, shelf, signal);
    }
  }
}

/** Stretches of one coding. */
function partsOf(cuts: readonly Cut[], request: ExportRequest): ExportParts['parts'] {
  const parts: { from: number; to: number; codec: string; config: string }[] = [];
  for (const cut of cuts) {
    const { index, config } = cut.opened;
    const starts = Math.max(request.from, Math.round(exactWall(index, cut.fragments[0]?.time ?? 0)));
    const last = parts.at(-1);
    if (last?.config === config) continue;
    if (last) last.to = starts;
    parts.push({ from: starts, to: request.to, codec: index.config.video.codec, config });
  }
  return parts.map(({ from, to, codec }) => ({ from, to, codec }));
}

/** Enough for the head of a fragment of some seconds at the usual rates; when not, it is read again. */
const headGuess = (entry: FragmentEntry): number => Math.min(entry.bytes, 2048 + entry.frames * 16);

async function readRuns(
  cut: Cut,
  entry: FragmentEntry,
  shelf: SegmentShelf,
  signal?: AbortSignal,
): Promise<SampleRun[]> {
  const read = (bytes: number): Promise<Buffer> =>
    readCut(cut, { start: entry.offset, end: entry.offset + bytes - 1 }, shelf, signal);
  let head = await read(headGuess(entry));
  const needed = fragmentHeadBytes(head, cut.key) ?? entry.bytes;
  if (needed > head.length) head = await read(Math.min(needed, entry.bytes));
  const { video, audio } = cut.opened.index.config;
  const tracks: MovieTrack[] = audio ? [video, audio] : [video];
  return sampleRuns(head.subarray(0, needed), entry.bytes, tracks, cut.key);
}

/** One track while its tables grow. Times here are ticks of the track after the movie's origin, which is the wanted start. */
class Lane {
  readonly table = new FlatTrack();
  readonly rate: number;
  /** Decoding time of the first sample. */
  begins: number | undefined;
  /** First wanted sample's presentation, and the end of the last one's. */
  shownFrom = Number.POSITIVE_INFINITY;
  shownTo = Number.NEGATIVE_INFINITY;
  /** The earliest unwanted picture behind the range. */
  tooLate = Number.POSITIVE_INFINITY;
  wanted = 0;

  constructor(rate: number) {
    this.rate = rate;
  }

  ticks(ms: number): number {
    return Math.round((ms / 1000) * this.rate);
  }
}

class Assembly {
  readonly #request: ExportRequest;
  readonly #first: Cut;
  readonly #video: Lane;
  readonly #audio: Lane | undefined;
  readonly #pieces: Piece[] = [];
  #place = 0;
  #samples = 0;
  #cut: Cut;
  /** Pictures of this cut from here on are shown by the next one, UTC ms. */
  #until = Number.POSITIVE_INFINITY;
  /** Added to wall time because gaps before were closed, ms. */
  #closed = 0;
  /** Where the last picture ended, UTC ms. */
  #ended: number | undefined;

  constructor(first: Cut, request: ExportRequest) {
    const { audio } = first.opened.index.config;
    this.#first = first;
    this.#cut = first;
    this.#request = request;
    this.#video = new Lane(VIDEO_TIMESCALE);
    this.#audio = audio ? new Lane(audio.timescale) : undefined;
  }

  begin(cut: Cut, next: Cut | undefined): void {
    const [first] = cut.fragments;
    const last = cut.fragments.at(-1);
    if (!first || !last) return;
    const { index } = cut.opened;
    const starts = exactWall(index, first.time);
    if (this.#ended !== undefined && this.#request.gaps === 'close' && starts - this.#ended > JOIN_MS)
      this.#closed += starts - this.#ended;
    this.#ended = exactWall(index, last.time + last.durationTicks);
    const bytes = last.offset + last.bytes - first.offset;
    this.#pieces.push({ cut, start: first.offset, bytes, place: this.#place });
    this.#place += bytes;
    this.#cut = cut;
    const nextStart = next?.fragments[0];
    this.#until = next && nextStart ? exactWall(next.opened.index, nextStart.time) : Number.POSITIVE_INFINITY;
  }

  fragment(entry: FragmentEntry, runs: readonly SampleRun[]): void {
    const piece = this.#pieces.at(-1);
    if (!piece) return;
    const { index } = this.#cut.opened;
    // Of the file's time 0 on the movie's time line, ms.
    const base = exactWall(index, 0) - this.#request.from - this.#closed;
    for (const run of runs) {
      const lane = run.trackId === index.config.video.id ? this.#video : this.#audio;
      if (!lane) continue;
      const until = Math.min(this.#request.to, this.#until - SEAM_MS);
      const limit = lane.ticks(until - this.#request.from - this.#closed);
      this.#add(lane, run, lane.ticks(base), limit, piece.place + entry.offset - piece.start);
    }
    if (this.#samples > MOST_SAMPLES)
      throw new UserError('There are too many pictures in this range for one file.', 'Export it in shorter parts.', {
        code: 'too-large',
      });
  }

  #add(lane: Lane, run: SampleRun, shift: number, limit: number, place: number): void {
    let time = shift + run.baseTime;
    let keep = 0;
    const shown: { from: number; to: number }[] = [];
    for (const [index, sample] of run.samples.entries()) {
      const from = time + sample.offset;
      shown.push({ from, to: from + sample.duration });
      if (from < limit) keep = index + 1;
      time += sample.duration;
    }
    const kept = run.samples.slice(0, keep);
    if (kept.length === 0) return;
    const starts = shift + run.baseTime;
    if (lane.begins === undefined) lane.begins = starts;
    else lane.table.lastUntil(starts - lane.begins);
    for (const { from, to } of shown.slice(0, keep)) {
      if (from >= limit) lane.tooLate = Math.min(lane.tooLate, from);
      // Half a tick of rounding must not lose the picture that was asked for.
      else if (from >= -1) {
        lane.wanted++;
        lane.shownFrom = Math.min(lane.shownFrom, from);
        lane.shownTo = Math.max(lane.shownTo, to);
      }
    }
    this.#samples += kept.length;
    lane.table.chunk(place + (kept[0]?.at ?? 0), kept);
  }

  finish(): ExportPlan | undefined {
    const video = this.#video;
    if (video.wanted === 0 || video.begins === undefined) return undefined;
    const start = video.shownFrom;
    const end = Math.min(video.shownTo, video.tooLate);
    const tracks = [{ id: 1, table: video.table, edit: editOf(video, start, end) }];
    const audio = this.#audio;
    if (audio && audio.wanted > 0) {
      const scale = audio.rate / VIDEO_TIMESCALE;
      const edit = editOf(audio, Math.round(start * scale), Math.min(audio.shownTo, Math.round(end * scale)));
      tracks.push({ id: 2, table: audio.table, edit });
    }
    const startWall = this.#request.from + start / MS;
    const head = flatMovieHead({
      init: this.#first.opened.init,
      timescale: VIDEO_TIMESCALE,
      dataBytes: this.#place,
      tracks,
      created: startWall,
    });
    const etag = createHash('sha256').update(head);
    for (const { cut, start: from, bytes } of this.#pieces) {
      const { run, seq } = cut.opened.index.identity;
      etag.update(`${run}/${seq}/${from}/${bytes}\n`);
    }
    return {
      kind: 'plan',
      head,
      pieces: this.#pieces,
      bytes: head.length + this.#place,
      etag: etag.digest('hex').slice(0, 32),
      start: Math.round(startWall),
      end: Math.round(this.#request.from + this.#closed + end / MS),
      frames: video.wanted,
      mime: this.#first.opened.index.config.mime,
    };
  }
}

/** @param start of the movie on the lane's time line @param end of what is shown */
function editOf(lane: Lane, start: number, end: number): Edit {
  const begins = lane.begins ?? 0;
  const toMovie = (ticks: number): number => Math.round((ticks / lane.rate) * VIDEO_TIMESCALE);
  return {
    empty: toMovie(Math.max(0, begins - start)),
    mediaTime: Math.max(0, start - begins),
    duration: Math.max(0, toMovie(end - Math.max(start, begins))),
  };
}
