/**
 * A map's file, `osu file format v3` to `v14` (and osu!(lazer)'s 128). What decides a judgement must be readable, or the file is refused with its line;
 * what only decorates is passed over.
 */
import { InputError } from '../../../base/errors.ts';
import type { Beatmap, Break, Difficulty, MapObject, Rgb, SampleSet, TimingPoint } from './beatmap.ts';
import { decimal, MapLine } from './map-line.ts';
import { LAST_TIME, readObject, sampleSetOf } from './read-object.ts';
import type { GameMode } from './replay.ts';

/** Bytes; storyboards inside of maps make the largest ones about 20 MB. */
export const MOST_MAP = 64 << 20;
const MOST_OBJECTS = 200_000;
const MOST_TIMING = 200_000;
const MOST_BREAKS = 10_000;
const MOST_POINTS = 1_000_000;
const MOST_NAME = 1024;
/** Of files before version 5 the music is this many ms ahead. */
const OLD_AUDIO_AHEAD = 24;

const utf8 = new TextDecoder('utf-8');
const utf16 = new TextDecoder('utf-16le');

/**
 * @param name of the file, for errors
 * @throws InputError with the line
 */
export function readBeatmap(bytes: Uint8Array, name: string): Beatmap {
  if (bytes.length > MOST_MAP) throw new InputError(name, `${bytes.length} bytes are more than any map has`);
  return new BeatmapReader(name).read(textOf(bytes));
}

/** The game writes UTF-8; some tools UTF-16 with its mark. */
function textOf(bytes: Uint8Array): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? utf16.decode(bytes) : utf8.decode(bytes);
}

class BeatmapReader {
  readonly #name: string;
  #version = 14;
  readonly #values = new Map<string, string>();
  #background: Beatmap['background'] = null;
  #video: Beatmap['video'] = null;
  readonly #breaks: Break[] = [];
  readonly #timing: TimingPoint[] = [];
  readonly #colours = new Map<number, Rgb>();
  readonly #objects: MapObject[] = [];
  #points = 0;

  constructor(name: string) {
    this.#name = name;
  }

  read(text: string): Beatmap {
    let section = '';
    let number = 0;
    let known = false;
    for (let at = 0; at <= text.length; ) {
      let end = text.indexOf('\n', at);
      if (end < 0) end = text.length;
      const raw = text.slice(at, end);
      at = end + 1;
      number++;
      const line = raw.trim();
      if (line === '' || line.startsWith('//')) continue;
      if (!known) {
        this.#readVersion(line, number);
        known = true;
        continue;
      }
      if (line.startsWith('[') && line.endsWith(']')) section = line.slice(1, -1);
      // What is indented in [Events] are commands of a storyboard.
      else if (section !== 'Events' || !(raw.startsWith(' ') || raw.startsWith('_')))
        this.#readLine(section, line, number);
    }
    if (!known) throw new InputError(this.#name, 'the file is empty');
    return this.#beatmap();
  }

  #readVersion(line: string, number: number): void {
    const found = /^\uFEFF?osu file format v(\d{1,4})\b/.exec(line);
    if (!found)
      throw new InputError(this.#name, `line ${number}: no map of osu!: it does not begin with “osu file format v…”`);
    this.#version = Number(found[1]);
    if (this.#version < 3 || (this.#version > 14 && this.#version !== 128))
      throw new InputError(this.#name, `line ${number}: format ${this.#version} is not known (3 to 14, and 128)`);
  }

  #readLine(section: string, text: string, number: number): void {
    const line = new MapLine(this.#name, number, text);
    if (section === 'HitObjects') this.#readObject(line);
    else if (section === 'TimingPoints') this.#readTiming(line);
    else if (section === 'Events') this.#readEvent(line);
    else if (section === 'Colours') this.#readColour(text);
    else if (section === 'General' || section === 'Metadata' || section === 'Difficulty')
      this.#readValue(section, text);
  }

  #readValue(section: string, text: string): void {
    const colon = text.indexOf(':');
    if (colon < 0) return;
    const key = text.slice(0, colon).trim();
    this.#values.set(
      `${section}.${key}`,
      text
        .slice(colon + 1)
        .trim()
        .slice(0, MOST_NAME),
    );
  }

  #readEvent(line: MapLine): void {
    const [kind, second, third, fourth, fifth] = line.text.split(',', 6);
    if (kind === '0' || kind === 'Background') {
      this.#background = { file: unquoted(third), x: decimal(fourth) ?? 0, y: decimal(fifth) ?? 0 };
    } else if (kind === '1' || kind === 'Video') {
      this.#video = { file: unquoted(third), time: decimal(second) ?? 0 };
    } else if (kind === '2' || kind === 'Break') {
      if (this.#breaks.length >= MOST_BREAKS) line.fail(`more than ${MOST_BREAKS} breaks`);
      const start = Math.trunc(line.value(second, 'the start', LAST_TIME));
      this.#breaks.push({ start, end: Math.trunc(line.value(third, 'the end', LAST_TIME)) });
    }
  }

  #readTiming(line: MapLine): void {
    if (this.#timing.length >= MOST_TIMING) line.fail(`more than ${MOST_TIMING} timing points`);
    const fields = line.text.split(',', 9);
    const time = decimal(fields[0]);
    const beatLength = decimal(fields[1]);
    // As the game: what cannot be read has no effect.
    if (time === undefined || beatLength === undefined || Math.abs(time) > LAST_TIME) return;
    const set = fields[3] === undefined ? this.#sampleSet() : sampleSetOf(fields[3]);
    this.#timing.push({
      time: time,
      beatLength,
      meter: Math.max(1, Math.trunc(decimal(fields[2]) ?? 4)),
      sampleSet: set,
      sampleIndex: Math.max(0, Math.trunc(decimal(fields[4]) ?? 0)),
      volume: Math.max(0, Math.min(100, decimal(fields[5]) ?? 100)),
      uninherited: fields[6] === undefined ? true : fields[6].trim() !== '0',
      kiai: ((decimal(fields[7]) ?? 0) & 1) !== 0,
      omitsFirstBar: ((decimal(fields[7]) ?? 0) & 8) !== 0,
    });
  }

  #readColour(text: string): void {
    const found = /^Combo([1-8])\s*:\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})/.exec(text);
    if (!found) return;
    const [r = 0, g = 0, b = 0] = found.slice(2, 5).map((word) => Math.min(255, Number(word)));
    this.#colours.set(Number(found[1]), { r, g, b });
  }

  #readObject(line: MapLine): void {
    if (this.#objects.length >= MOST_OBJECTS) line.fail(`more than ${MOST_OBJECTS} objects`);
    const object = readObject(line);
    if (object.kind === 'slider') {
      this.#points += object.points.length / 2;
      if (this.#points > MOST_POINTS) line.fail(`more than ${MOST_POINTS} points of sliders`);
    }
    this.#objects.push(object);
  }

  #text(section: string, key: string): string {
    return this.#values.get(`${section}.${key}`) ?? '';
  }

  #value(section: string, key: string, otherwise: number, low: number, high: number): number {
    const value = decimal(this.#values.get(`${section}.${key}`)) ?? otherwise;
    return Math.max(low, Math.min(high, value));
  }

  #flag(key: string): boolean {
    return this.#text('General', key) === '1';
  }

  #id(key: string): number | null {
    const value = this.#value('Metadata', key, 0, -1, 2 ** 31);
    return value > 0 ? value : null;
  }

  #sampleSet(): SampleSet {
    const name = this.#text('General', 'SampleSet').toLowerCase();
    return name === 'soft' ? 2 : name === 'drum' ? 3 : 1;
  }

  #difficulty(): Difficulty {
    // Single precision is what the game keeps of these.
    const of = (key: string, otherwise: number): number =>
      Math.fround(this.#value('Difficulty', key, otherwise, 0, 10));
    const od = of('OverallDifficulty', 5);
    return {
      hp: of('HPDrainRate', 5),
      cs: this.#mode() === 3 ? this.#value('Difficulty', 'CircleSize', 5, 1, 18) : of('CircleSize', 5),
      od,
      ar: of('ApproachRate', od),
      sliderMultiplier: this.#value('Difficulty', 'SliderMultiplier', 1.4, 0.4, 3.6),
      tickRate: this.#value('Difficulty', 'SliderTickRate', 1, 0.5, 8),
    };
  }

  #mode(): GameMode {
    const mode = this.#value('General', 'Mode', 0, 0, 3);
    return mode === 1 || mode === 2 || mode === 3 ? mode : 0;
  }

  #beatmap(): Beatmap {
    return {
      version: this.#version,
      mode: this.#mode(),
      audio: this.#text('General', 'AudioFilename'),
      audioAhead: this.#version < 5 ? OLD_AUDIO_AHEAD : 0,
      audioLeadIn: this.#value('General', 'AudioLeadIn', 0, 0, 600_000),
      countdown: Math.trunc(this.#value('General', 'Countdown', 1, 0, 3)),
      countdownOffset: this.#value('General', 'CountdownOffset', 0, 0, 3),
      sampleSet: this.#sampleSet(),
      stackLeniency: this.#value('General', 'StackLeniency', 0.7, 0, 10),
      letterboxInBreaks: this.#flag('LetterboxInBreaks'),
      widescreenStoryboard: this.#flag('WidescreenStoryboard'),
      useSkinSprites: this.#flag('UseSkinSprites'),
      specialStyle: this.#flag('SpecialStyle'),
      title: this.#text('Metadata', 'Title'),
      artist: this.#text('Metadata', 'Artist'),
      creator: this.#text('Metadata', 'Creator'),
      difficultyName: this.#text('Metadata', 'Version'),
      beatmapId: this.#id('BeatmapID'),
      beatmapSetId: this.#id('BeatmapSetID'),
      difficulty: this.#difficulty(),
      background: this.#background,
      video: this.#video,
      breaks: this.#breaks,
      // In one moment a tempo comes before what inherits from it.
      timing: this.#timing.sort((a, b) => a.time - b.time || Number(b.uninherited) - Number(a.uninherited)),
      comboColours: [...this.#colours].sort(([a], [b]) => a - b).map(([, colour]) => colour),
      objects: this.#objects.sort((a, b) => a.time - b.time),
    };
  }
}

function unquoted(word: string | undefined): string {
  return (word ?? '').trim().replace(/^"|"$/g, '').slice(0, MOST_NAME);
}
