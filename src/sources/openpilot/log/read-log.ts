/**
 * Reads one log of openpilot (an `rlog` or `qlog` of a minute): its events, decoded and sorted, and how far it goes.
 * Bounded whatever it holds: bytes, events of each kind, points of each line.
 */
import { basename } from 'node:path';
import { InputError } from '../../../base/errors.ts';
import { Malformed, type Message, type Struct } from './capnp.ts';
import { decompress, type LogSource } from './decompress.ts';
import { eventName } from './event-names.ts';
import { decoders, type EventKind, type LogEvents, noEvents } from './events.ts';
import { type LogCut, MessageStream } from './message-stream.ts';

export interface Log {
  /** Base name of the file. */
  readonly name: string;
  /** Bytes without compression that were read. */
  readonly bytes: number;
  /** Messages of each event by its name, also of those that are not decoded; events without a name count as `unknown`. */
  readonly counts: ReadonlyMap<string, number>;
  /** Messages that were passed over because they are malformed, or more than a log may hold. */
  readonly skipped: number;
  /** Null: it is whole. */
  readonly cut: LogCut | null;
  /** Earliest and latest of the events other than those at the head; null without any. Nanoseconds since the device started. */
  readonly span: readonly [number, number] | null;
  readonly events: LogEvents;
}

interface ReadLogOptions {
  /** What errors call it; the file's name where it is not given. */
  readonly name?: string;
  /** Decodes these alone; all when it is not given. */
  readonly kinds?: ReadonlySet<EventKind>;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacked; a minute at full rate has up to 40 MB. */
const MOST_BYTES = 256 << 20;
/** Events at the head carry the time of the route's start. */
const HEAD_TAGS: ReadonlySet<number> = new Set([...decoders.initData.tags, ...decoders.carParams.tags]);

/**
 * @throws InputError when there is not one event of openpilot in it
 */
export async function readLog(source: LogSource, options: ReadLogOptions = {}): Promise<Log> {
  const name = options.name ?? (typeof source === 'string' ? basename(source) : 'log');
  const reader = new EventReader(options.kinds);
  const stream = new MessageStream(reader.read);
  let overflow = false;
  const broken = await decompress(source, {
    signal: options.signal,
    take: (chunk) => {
      if (stream.read + chunk.length > MOST_BYTES) overflow = true;
      return !overflow && stream.push(chunk);
    },
  });
  const cut = overflow ? { byte: stream.read, reason: 'it is larger than a log can be' } : cutOf(stream, broken);
  if (reader.known === 0)
    throw new InputError(name, `this is no log of openpilot${cut ? `: ${cut.reason}` : ''}`, {
      offset: cut?.byte ?? 0,
    });
  return { name, bytes: stream.read, cut, ...reader.finish() };
}

/** A stream that breaks off mostly ends within a message; why it broke off is the better reason. */
function cutOf(stream: MessageStream, broken: string | null): LogCut | null {
  return broken === null ? stream.end() : { byte: stream.read, reason: broken };
}

interface Slot {
  readonly list: unknown[];
  readonly most: number;
  readonly decode: (data: Struct, time: number, tag: number) => unknown;
  readonly bare: boolean;
}

class EventReader {
  readonly #events = noEvents();
  /** By the tag that a message carries. */
  readonly #slots: (Slot | undefined)[] = [];
  readonly #counts: number[] = [];
  #unknown = 0;
  #skipped = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  /** Messages that are events with a name. */
  known = 0;

  constructor(kinds: ReadonlySet<EventKind> | undefined) {
    for (const kind of Object.keys(decoders) as EventKind[]) {
      if (kinds && !kinds.has(kind)) continue;
      const { tags, most, decode, bare } = decoders[kind];
      for (const tag of tags) this.#slots[tag] = { list: this.#events[kind], most, decode, bare };
    }
  }

  readonly read = (message: Message): void => {
    try {
      const root = message.root();
      const tag = root.u16(8);
      const time = root.u64(0);
      if (eventName(tag) === undefined) this.#unknown++;
      else {
        this.#counts[tag] = (this.#counts[tag] ?? 0) + 1;
        this.known++;
        if (!HEAD_TAGS.has(tag)) this.#spans(time);
      }
      const slot = this.#slots[tag];
      if (!slot) return;
      const content = slot.bare ? root : root.struct(0);
      if (!content || slot.list.length >= slot.most) this.#skipped++;
      else slot.list.push(slot.decode(content, time, tag));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#skipped++;
    }
  };

  #spans(time: number): void {
    if (time < this.#first) this.#first = time;
    if (time > this.#last) this.#last = time;
  }

  finish(): Pick<Log, 'counts' | 'skipped' | 'span' | 'events'> {
    const counts = new Map<string, number>();
    this.#counts.forEach((count, tag) => {
      const name = eventName(tag) ?? 'unknown';
      counts.set(name, (counts.get(name) ?? 0) + count);
    });
    if (this.#unknown > 0) counts.set('unknown', this.#unknown);
    for (const list of Object.values(this.#events)) inOrder(list);
    const span = this.#first <= this.#last ? ([this.#first, this.#last] as const) : null;
    return { counts, skipped: this.#skipped, span, events: this.#events };
  }
}

/** Logs are nearly sorted: most lists need no more than a look. */
function inOrder(list: { readonly time: number }[]): void {
  for (let index = 1; index < list.length; index++)
    if ((list[index]?.time ?? 0) < (list[index - 1]?.time ?? 0)) {
      list.sort((one, other) => one.time - other.time);
      return;
    }
}
