/**
 * Memory that access units are put together in, one behind the other: packets are copied out of the buffer that all sockets are read into.
 *
 * A unit is then one slice, or a few, and not one for each of its packets; and its memory is used again as soon as nobody holds a unit in it.
 * Left to garbage collection, a full collection runs each two seconds only because so many bytes have passed (64 cameras: a sixth of all CPU).
 */
import type { Holdable } from '../../../media/access-unit.ts';

const BLOCK_BYTES = 256 << 10;
/** Free blocks beyond this are given back: a disk that stood still for a while has let much footage gather. */
const KEEP_BYTES = 32 << 20;
/** A piece that begins is given at least so much in one block: readers look at the head of a slice in its first piece. */
const HEAD_BYTES = 512;

/** Blocks that are free, shared by all streams of a process. Whoever gets units that lie in them must hold what they keep. */
export class BlockPool {
  readonly #free: Block[] = [];

  /** One that the caller holds. */
  take(): Block {
    const block = this.#free.pop() ?? new Block((free) => this.#give(free));
    block.begin();
    return block;
  }

  #give(block: Block): void {
    if ((this.#free.length + 1) * BLOCK_BYTES <= KEEP_BYTES) this.#free.push(block);
  }
}

class Block implements Holdable {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #free: (block: Block) => void;
  #holders = 0;

  constructor(free: (block: Block) => void) {
    this.#free = free;
  }

  begin(): void {
    this.#holders = 1;
  }

  hold(): void {
    if (this.#holders === 0) throw new Error('memory is held that may be used again already');
    this.#holders += 1;
  }

  letGo(): void {
    if (this.#holders === 0) throw new Error('memory was let go that nobody held');
    this.#holders -= 1;
    if (this.#holders === 0) this.#free(this);
  }
}

/** The blocks of a unit that did not fit into one. */
class Blocks implements Holdable {
  readonly #blocks: readonly Block[];

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  hold(): void {
    for (const block of this.#blocks) block.hold();
  }

  letGo(): void {
    for (const block of this.#blocks) block.letGo();
  }
}

/** What was put together. */
export interface Assembled {
  readonly pieces: Uint8Array[];
  /** Sum of the pieces. */
  readonly size: number;
  /** To be held by who keeps the pieces; undefined where garbage collection sees to them. */
  readonly memory: Holdable | undefined;
}

/** Of one stream. */
export class UnitMemory {
  readonly #pool: BlockPool | undefined;
  #block: Block;
  #used = 0;
  /** Blocks that the unit at hand has filled. */
  #full: Block[] = [];
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** Where the piece at hand begins in the block, and its first byte's place for a length. */
  #from = 0;
  #lengthIn: Buffer | undefined;
  #lengthAt = 0;
  /** Before the NAL unit at hand: pieces and size of the unit. */
  #before = { pieces: 0, size: 0 };

  /** @param pool where blocks come from and go to; without one they are left to garbage collection */
  constructor(pool?: BlockPool) {
    this.#pool = pool;
    this.#block = this.#take();
  }

  /** Of the unit at hand. */
  get size(): number {
    return this.#size;
  }

  /** A NAL unit begins: a place for its length, which `endNal` writes. */
  beginNal(): void {
    if (BLOCK_BYTES - this.#used < HEAD_BYTES) this.#next();
    this.#before = { pieces: this.#pieces.length, size: this.#size };
    this.#lengthIn = this.#block.bytes;
    this.#lengthAt = this.#used;
    this.#used += 4;
    this.#size += 4;
  }

  /** Copies `data[start, end)` behind what is there. */
  add(data: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.#used === BLOCK_BYTES) this.#next();
      const count = Math.min(end - at, BLOCK_BYTES - this.#used);
      data.copy(this.#block.bytes, this.#used, at, at + count);
      this.#used += count;
      at += count;
    }
    this.#size += end - start;
  }

  /** Writes the length of the NAL unit that was begun. */
  endNal(): void {
    this.#lengthIn?.writeUInt32BE(this.#size - this.#before.size - 4, this.#lengthAt);
    this.#lengthIn = undefined;
    this.#cut();
  }

  /** Ends the NAL unit that was begun and takes it out of the unit again. @returns a copy of it, without its length */
  takeNal(): Uint8Array {
    this.endNal();
    const pieces = this.#pieces.splice(this.#before.pieces);
    this.#size = this.#before.size;
    return Uint8Array.from(Buffer.concat(pieces).subarray(4));
  }

  /** The unit at hand is whole: hands it to `receive`, which holds what it keeps. */
  give(receive: (unit: Assembled) => void): void {
    this.#cut();
    const pieces = this.#pieces;
    const pooled = this.#pool !== undefined;
    const memory = this.#full.length === 0 ? this.#block : new Blocks([...this.#full, this.#block]);
    const unit = { pieces, size: this.#size, memory: pooled ? memory : undefined };
    const full = this.#full;
    this.#begin();
    receive(unit);
    for (const block of full) block.letGo();
  }

  /** Forgets the unit at hand. */
  drop(): void {
    const full = this.#full;
    this.#cut();
    this.#begin();
    for (const block of full) block.letGo();
  }

  #begin(): void {
    this.#full = [];
    this.#pieces = [];
    this.#size = 0;
    this.#lengthIn = undefined;
  }

  /** Ends the piece at hand. */
  #cut(): void {
    if (this.#used > this.#from) this.#pieces.push(this.#block.bytes.subarray(this.#from, this.#used));
    this.#from = this.#used;
  }

  #next(): void {
    this.#cut();
    if (this.#pieces.length > 0) this.#full.push(this.#block);
    else this.#block.letGo();
    this.#block = this.#take();
    this.#used = 0;
    this.#from = 0;
  }

  #take(): Block {
    const pooled = this.#pool?.take();
    if (pooled) return pooled;
    const block = new Block(() => undefined);
    block.begin();
    return block;
  }
}
