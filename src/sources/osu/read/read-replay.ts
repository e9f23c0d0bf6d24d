/**
 * `.osr`: a header, then the frames as LZMA, then what osu!(lazer) adds. All generations of the header: without an online id (until 2012), with one of
 * 32 bits, with one of 64 bits (since 20140721).
 */
import { z } from 'zod';
import { InputError } from '../../../base/errors.ts';
import { ByteCursor } from './byte-cursor.ts';
import { unpackLzma } from './lzma.ts';
import { type GameMode, MOD, type NamedMod, type Replay, type ReplayFrames, type ReplayHeader } from './replay.ts';
import { parseFrames } from './replay-frames.ts';

/** osu!(lazer) counts from here. */
const FIRST_LAZER = 30_000_000;
const LONG_IDS_SINCE = 20_140_721;
/** Bytes: an hour of frames is about 6 MB. */
export const MOST_REPLAY = 32 << 20;
const MOST_FRAME_TEXT = 64 << 20;
const MOST_SCORE_INFO = 4 << 20;
const MOST_NAME = 1024;
const MOST_LIFE = 4 << 20;
/** .NET counts ticks of 100 ns from the year 1. */
const TICKS_OF_1970 = 621_355_968_000_000_000n;

const ScoreInfo = z.object({
  mods: z
    .array(z.object({ acronym: z.string().max(8), settings: z.record(z.string(), z.unknown()).optional() }))
    .max(64)
    .nullish(),
});

/**
 * @param name of the file, for errors
 * @throws InputError with the place where it stops being a replay
 */
export function readReplay(bytes: Uint8Array, name: string): Replay {
  if (bytes.length > MOST_REPLAY) throw new InputError(name, `${bytes.length} bytes are more than any replay has`);
  const cursor = new ByteCursor(name, bytes);
  const notes: string[] = [];
  const { header, packed, place } = readHeader(cursor);
  const frames = packed.length === 0 ? noFrames() : framesOf(packed, name, place, notes);
  if (frames.count === 0) notes.push('It has no frames: nobody’s hand can be seen in it.');
  const onlineId = readOnlineId(cursor, header.version);
  const lazerMods = header.lazer && cursor.left >= 4 ? readScoreInfo(cursor, name, notes) : [];
  return { header: { ...header, onlineId }, frames, lazerMods, notes };
}

function readHeader(cursor: ByteCursor): {
  readonly header: Omit<ReplayHeader, 'onlineId'>;
  readonly packed: Uint8Array;
  readonly place: number;
} {
  const mode = cursor.u8('game mode');
  if (!isMode(mode)) cursor.fail('game mode', `${mode} is none (0 osu!, 1 taiko, 2 catch, 3 mania)`);
  const version = cursor.i32('game version');
  if (version < 0 || version > 99_999_999) cursor.fail('game version', `${version} is none`);
  const beatmapMd5 = cursor.string('MD5 of the map', 64).toLowerCase();
  const player = cursor.string('player', MOST_NAME);
  const replayMd5 = cursor.string('MD5 of the replay', 64);
  const header = {
    mode,
    version,
    lazer: version >= FIRST_LAZER,
    beatmapMd5,
    player,
    replayMd5,
    n300: cursor.u16('count of 300'),
    n100: cursor.u16('count of 100'),
    n50: cursor.u16('count of 50'),
    geki: cursor.u16('count of geki'),
    katu: cursor.u16('count of katu'),
    miss: cursor.u16('count of misses'),
    score: cursor.i32('score'),
    maxCombo: cursor.u16('largest combo'),
    perfect: cursor.u8('perfect') !== 0,
    mods: withMeant(cursor.i32('mods')),
    life: lifeOf(cursor.string('life bar', MOST_LIFE)),
    playedAt: dateOf(cursor.i64('date')),
  };
  const length = cursor.i32('length of the frames');
  if (length < -1) cursor.fail('length of the frames', `${length} is none`);
  const place = cursor.offset;
  return { header, packed: cursor.bytes('frames', Math.max(0, length)), place };
}

/** Nightcore and Perfect are written beside what they are a kind of; osu!(lazer) has left that out. */
const withMeant = (mods: number): number =>
  mods | ((mods & MOD.NC) !== 0 ? MOD.DT : 0) | ((mods & MOD.PF) !== 0 ? MOD.SD : 0);

const isMode = (value: number): value is GameMode => value >= 0 && value <= 3;

function readOnlineId(cursor: ByteCursor, version: number): string | null {
  let id = 0n;
  if (version >= LONG_IDS_SINCE && cursor.left >= 8) id = cursor.i64('online id');
  else if (cursor.left >= 4) id = BigInt(cursor.i32('online id'));
  return id > 0n ? String(id) : null;
}

function noFrames(): ReplayFrames {
  const none = new Float64Array(0);
  return { count: 0, time: none, x: none, y: none, keys: new Uint8Array(0) };
}

function framesOf(packed: Uint8Array, name: string, place: number, notes: string[]): ReplayFrames {
  const text = unpackLzma(packed, name, MOST_FRAME_TEXT, place);
  if (!text.whole) notes.push('The file is cut: its frames end before their time.');
  const { frames, malformed } = parseFrames(text.bytes, name);
  if (malformed > 0) notes.push(`${malformed} frames are not four numbers and were passed over.`);
  return frames;
}

/** Mods with their settings, which the bits of the header cannot say. */
function readScoreInfo(cursor: ByteCursor, name: string, notes: string[]): readonly NamedMod[] {
  const length = cursor.i32('length of the score info');
  if (length <= 0) return [];
  const place = cursor.offset;
  const { bytes } = unpackLzma(cursor.bytes('score info', length), name, MOST_SCORE_INFO, place);
  const found = ScoreInfo.safeParse(jsonOf(bytes));
  if (!found.success) {
    notes.push('The score info of osu!(lazer) in it cannot be read: mods are those of the header.');
    return [];
  }
  return (found.data.mods ?? []).map(({ acronym, settings }) => ({ acronym, settings: settings ?? {} }));
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `ms|hp,`; what is no pair of numbers is left out. */
function lifeOf(text: string): ReplayHeader['life'] {
  const life: { time: number; hp: number }[] = [];
  for (const pair of text.split(',')) {
    const [time = '', hp = ''] = pair.split('|');
    if (time === '' || hp === '') continue;
    const point = { time: Number(time), hp: Number(hp) };
    if (Number.isFinite(point.time) && Number.isFinite(point.hp)) life.push(point);
  }
  return life;
}

function dateOf(ticks: bigint): string | null {
  const ms = Number((ticks - TICKS_OF_1970) / 10_000n);
  if (ticks <= 0n || Math.abs(ms) > 8.64e15) return null;
  return new Date(ms).toISOString();
}
