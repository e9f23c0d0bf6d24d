/**
 * The sample tables of one track of an ordinary MP4 (ISO/IEC 14496-12 section 8.6 and 8.7), collected sample by sample in little memory.
 */
import { box, fullBox, putU64, u32 } from './box.ts';

/** Numbers in a typed array that doubles when it is full. */
class Column {
  #values: Uint32Array;
  length = 0;

  constructor(room = 1024) {
    this.#values = new Uint32Array(room);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const wider = new Uint32Array(this.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.length++] = value;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }
}

export interface FlatSample {
  readonly size: number;
  readonly duration: number;
  /** Presentation minus decoding time, ticks; may be negative. */
  readonly offset: number;
  readonly key: boolean;
}

/** Where a track is shown on the movie's time line (section 8.6.6). */
export interface Edit {
  /** Nothing is shown for so long first, in ticks of the movie. */
  readonly empty: number;
  /** From here on, in ticks of the track. */
  readonly mediaTime: number;
  /** For so long, in ticks of the movie. */
  readonly duration: number;
}

export class FlatTrack {
  readonly #sizes = new Column();
  readonly #durations = new Column();
  readonly #offsets = new Column();
  readonly #keys = new Column(64);
  readonly #chunkCounts = new Column();
  readonly #chunkPlaces: number[] = [];
  #offsetsDiffer = false;
  #ticks = 0;

  get samples(): number {
    return this.#sizes.length;
  }

  /** Ticks from the first sample's decoding to the end of the last. */
  get ticks(): number {
    return this.#ticks;
  }

  /** Neighbouring samples. @param place of the first one's first byte in the file's data */
  chunk(place: number, samples: readonly FlatSample[]): void {
    if (samples.length === 0) return;
    this.#chunkPlaces.push(place);
    this.#chunkCounts.push(samples.length);
    for (const sample of samples) {
      if (sample.key) this.#keys.push(this.#sizes.length + 1);
      this.#sizes.push(sample.size);
      this.#durations.push(sample.duration);
      this.#offsets.push(sample.offset >>> 0);
      this.#offsetsDiffer ||= sample.offset !== 0;
      this.#ticks += sample.duration;
    }
  }

  /** The next sample is decoded at `ticks`: the last one lasts until then. */
  lastUntil(ticks: number): void {
    const last = this.#durations.length - 1;
    if (last < 0) return;
    const duration = Math.max(0, Math.min(0xffffffff, this.#durations.at(last) + ticks - this.#ticks));
    this.#ticks += duration - this.#durations.at(last);
    this.#durations.set(last, duration);
  }

  /** The `stbl` box. @param description `stsd`, whole @param base place of the file's data in the file @param wide 64-bit places */
  table(description: Buffer, base: number, wide: boolean): Buffer {
    const parts = [description, runs('stts', this.#durations)];
    // Version 1: offsets may be negative.
    if (this.#offsetsDiffer) parts.push(runs('ctts', this.#offsets, 1));
    if (this.#keys.length < this.#sizes.length) parts.push(list('stss', [], this.#keys));
    parts.push(this.#chunkRuns(), list('stsz', [0], this.#sizes), this.#places(base, wide));
    return box('stbl', ...parts);
  }

  /** `stsc` (section 8.7.4): how many samples the chunks hold, as runs of equal ones. */
  #chunkRuns(): Buffer {
    const entries: number[] = [];
    for (let chunk = 0; chunk < this.#chunkCounts.length; chunk++) {
      const count = this.#chunkCounts.at(chunk);
      if (chunk === 0 || count !== this.#chunkCounts.at(chunk - 1)) entries.push(chunk + 1, count, 1);
    }
    const body = Buffer.allocUnsafe(entries.length * 4);
    for (const [index, value] of entries.entries()) body.writeUInt32BE(value, index * 4);
    return fullBox('stsc', 0, 0, u32(entries.length / 3), body);
  }

  #places(base: number, wide: boolean): Buffer {
    const body = Buffer.allocUnsafe(this.#chunkPlaces.length * (wide ? 8 : 4));
    for (const [index, place] of this.#chunkPlaces.entries()) {
      if (wide) putU64(body, base + place, index * 8);
      else body.writeUInt32BE(base + place, index * 4);
    }
    return fullBox(wide ? 'co64' : 'stco', 0, 0, u32(this.#chunkPlaces.length), body);
  }
}

/** Runs of equal values: `stts` (section 8.6.1.2) and `ctts` (8.6.1.3). */
function runs(type: string, column: Column, version = 0): Buffer {
  let count = 0;
  for (let index = 0; index < column.length; index++)
    if (index === 0 || column.at(index) !== column.at(index - 1)) count++;
  const body = Buffer.alloc(count * 8);
  let at = -8;
  for (let index = 0; index < column.length; index++) {
    if (index === 0 || column.at(index) !== column.at(index - 1)) {
      at += 8;
      body.writeUInt32BE(column.at(index), at + 4);
    }
    body.writeUInt32BE(body.readUInt32BE(at) + 1, at);
  }
  return fullBox(type, version, 0, u32(count), body);
}

function list(type: string, head: readonly number[], column: Column): Buffer {
  const body = Buffer.allocUnsafe(column.length * 4);
  for (let index = 0; index < column.length; index++) body.writeUInt32BE(column.at(index), index * 4);
  return fullBox(type, 0, 0, u32(...head, column.length), body);
}
