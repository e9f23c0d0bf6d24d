/**
 * Storyboards: the [Events] of a map and of its set's `.osb` (osu! wiki, “Storyboard scripting”). Nothing in one can make a replay unreadable: what
 * cannot be read is passed over and told of. Pure.
 */
import { commandOf, fileOf, groupOf, layerOf, numberOf, parameterOf, type StoryHead, spriteOf } from './story-line.ts';
import type {
  Channel,
  CommandGroup,
  GroupTiming,
  Storyboard,
  StoryParameter,
  StorySample,
  StorySprite,
} from './storyboard.ts';

export interface StoryFile {
  /** For notes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Bytes of a file; the largest known storyboards have some 30 MB. */
export const MOST_STORY_BYTES = 64 << 20;
/** Of all files together. A row is one number of one command. */
const MOST_SPRITES = 60_000;
const MOST_ROWS = 1_000_000;
const MOST_GROUPS = 100_000;
const MOST_SAMPLES = 50_000;
const MOST_VARIABLES = 1000;
/** Of a line, with its variables filled in. */
const MOST_LINE = 20_000;
/** Characters that are looked through for variables, all in all. */
const MOST_FILLED = 200_000_000;
/** What is said of lines that cannot be read. */
const MOST_NOTES = 3;

/** @param files that of the map first: what the `.osb` has lies over it */
export function readStoryboard(files: readonly StoryFile[]): Storyboard {
  const reader = new StoryReader();
  for (const file of files) reader.read(file);
  return reader.storyboard();
}

interface OpenGroup {
  readonly timing: GroupTiming;
  readonly channels: Map<Channel, number[]>;
  readonly parameters: StoryParameter[];
}

interface OpenSprite {
  readonly head: StoryHead;
  readonly groups: OpenGroup[];
}

class StoryReader {
  readonly #sprites: StorySprite[] = [];
  readonly #samples: StorySample[] = [];
  readonly #notes: string[] = [];
  #video: Storyboard['video'] = null;
  #bad = 0;
  #rows = 0;
  #groups = 0;
  #filled = 0;
  #full = false;
  // Of the file that is read.
  #name = '';
  #format = 14;
  #variables: [name: string, value: string][] = [];
  #sprite: OpenSprite | undefined;
  /** Where commands two deep go; undefined after a loop or trigger that cannot be read. */
  #inner: OpenGroup | undefined;

  read({ name, bytes }: StoryFile): void {
    if (bytes.length > MOST_STORY_BYTES) {
      this.#notes.push(`${name}: the storyboard is not shown: it has more than ${MOST_STORY_BYTES >> 20} MB.`);
      return;
    }
    this.#name = name;
    this.#format = 14;
    this.#variables = [];
    const text = new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
    let section = '';
    let number = 0;
    for (let at = 0; at <= text.length && !this.#full; ) {
      let end = text.indexOf('\n', at);
      if (end < 0) end = text.length;
      const line = text.slice(at, end).replace(/\s+$/, '');
      at = end + 1;
      number++;
      if (line === '' || line.startsWith('//')) continue;
      const head = /^\[(\w+)\]$/.exec(line.trim());
      if (head) section = head[1] ?? '';
      else if (section === 'Variables') this.#variable(line);
      else if (section === 'Events') this.#event(line, number);
      else if (section === '') this.#format = Number(/^\uFEFF?osu file format v(\d{1,4})/.exec(line)?.[1] ?? 14);
    }
    this.#endSprite();
  }

  storyboard(): Storyboard {
    const more = this.#bad - MOST_NOTES;
    const notes = more > 0 ? [...this.#notes, `${more} more lines of the storyboard cannot be read.`] : this.#notes;
    return { sprites: this.#sprites, samples: this.#samples, video: this.#video, notes };
  }

  #variable(line: string): void {
    const equals = line.indexOf('=');
    if (line.startsWith('$') && equals > 1 && this.#variables.length < MOST_VARIABLES)
      this.#variables.push([line.slice(0, equals), line.slice(equals + 1)]);
  }

  /** Longer names first would matter to nobody: the game takes them in the order of the file. */
  #fill(line: string): string {
    let filled = line;
    // A variable may hold another.
    for (let round = 0; round < 4 && filled.includes('$'); round++) {
      this.#filled += this.#variables.length * filled.length;
      if (this.#filled > MOST_FILLED) return filled;
      const before = filled;
      for (const [name, value] of this.#variables) {
        filled = filled.replaceAll(name, () => value);
        if (filled.length > MOST_LINE) return filled.slice(0, MOST_LINE);
      }
      if (filled === before) break;
    }
    return filled;
  }

  #event(raw: string, number: number): void {
    let depth = 0;
    while (raw[depth] === ' ' || raw[depth] === '_') depth++;
    const cut = raw.length > MOST_LINE ? raw.slice(0, MOST_LINE) : raw;
    const line = this.#fill(cut.slice(depth));
    if (line.startsWith('//')) return;
    const words = line.split(',');
    const read = depth === 0 ? this.#declare(words) : this.#command(words, depth);
    if (read) return;
    if (++this.#bad <= MOST_NOTES)
      this.#notes.push(`${this.#name}, line ${number}: “${raw.trim().slice(0, 60)}” cannot be read and is not shown.`);
  }

  /** @returns false where it cannot be read */
  #declare(words: readonly string[]): boolean {
    this.#endSprite();
    switch (words[0]) {
      case 'Sprite':
      case '4':
      case 'Animation':
      case '6': {
        const head = spriteOf(words, this.#format);
        if (!head) return false;
        if (this.#sprites.length >= MOST_SPRITES) return this.#stop(`more than ${MOST_SPRITES} sprites`);
        this.#sprite = { head, groups: [emptyGroup({ kind: 'once' })] };
        return true;
      }
      case 'Sample':
      case '5':
        return this.#sample(words);
      case 'Video':
      case '1': {
        const [time, file] = [numberOf(words[1]), fileOf(words[2])];
        if (time !== undefined && file !== '') this.#video ??= { file, time };
        return true;
      }
      default:
        // Backgrounds, breaks and colours of old backgrounds are no part of it.
        return /^(0|2|3|Background|Break|Colour)$/.test(words[0] ?? '');
    }
  }

  #sample(words: readonly string[]): boolean {
    const [time, layer, file] = [numberOf(words[1]), layerOf(words[2]), fileOf(words[3])];
    if (time === undefined || layer === undefined || file === '') return false;
    if (this.#samples.length >= MOST_SAMPLES) return this.#stop(`more than ${MOST_SAMPLES} sounds`);
    const volume = Math.max(0, Math.min(100, numberOf(words[4]) ?? 100)) / 100;
    this.#samples.push({ time, layer, file, volume });
    return true;
  }

  #command(words: readonly string[], depth: number): boolean {
    const sprite = this.#sprite;
    // Of a sprite that cannot be read nothing more is said.
    if (!sprite) return true;
    if (depth === 1) this.#inner = undefined;
    if (words[0] === 'L' || words[0] === 'T') {
      const timing = groupOf(words);
      if (!timing) return false;
      if (++this.#groups > MOST_GROUPS) return this.#stop(`more than ${MOST_GROUPS} loops`);
      this.#inner = emptyGroup(timing);
      sprite.groups.push(this.#inner);
      return true;
    }
    const group = depth === 1 ? sprite.groups[0] : this.#inner;
    if (!group) return true;
    if (words[0] === 'P') {
      const parameter = parameterOf(words);
      if (parameter) {
        this.#rows++;
        group.parameters.push(parameter);
      }
      return parameter !== undefined;
    }
    const command = commandOf(words);
    if (!command) return false;
    const { channels, values, start, end, easing } = command;
    const size = channels.length;
    const sets = values.length / size - 1;
    this.#rows += sets * size;
    if (this.#rows > MOST_ROWS) return this.#stop(`more than ${MOST_ROWS} commands`);
    for (const [index, channel] of channels.entries()) {
      const rows = group.channels.get(channel) ?? [];
      group.channels.set(channel, rows);
      for (let set = 0; set < sets; set++) {
        const later = set * (end - start);
        const at = set * size + index;
        rows.push(start + later, end + later, easing, values[at] ?? 0, values[at + size] ?? 0);
      }
    }
    return true;
  }

  #endSprite(): void {
    const sprite = this.#sprite;
    this.#sprite = undefined;
    this.#inner = undefined;
    if (!sprite) return;
    const groups: CommandGroup[] = sprite.groups.filter(
      ({ channels, parameters }) => channels.size > 0 || parameters.length > 0,
    );
    // What has no command is never seen, as in the game.
    if (groups.length > 0) this.#sprites.push({ ...sprite.head, groups });
  }

  #stop(reason: string): boolean {
    this.#full = true;
    this.#notes.push(`${this.#name}: of the storyboard only the first part is shown: it has ${reason}.`);
    return true;
  }
}

const emptyGroup = (timing: GroupTiming): OpenGroup => ({ timing, channels: new Map(), parameters: [] });
