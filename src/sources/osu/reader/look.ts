/** What a dropped file is, by what is in it: its name and its ending are not asked. */
import { open } from 'node:fs/promises';
import { InputError, UserError } from '../../../base/errors.ts';
import { Archive } from '../read/archive.ts';
import { mapHashes, readFileUpTo } from '../read/find-map.ts';
import { modNames } from '../read/mods.ts';
import { paceOf } from '../read/pace.ts';
import { MOST_MAP, readBeatmap } from '../read/read-beatmap.ts';
import { MOST_REPLAY, readReplay } from '../read/read-replay.ts';
import { parseSkinIni } from '../read/read-skin.ts';
import type { Looked, MapFacts, ReaderFile } from './messages.ts';

const MOST_MAPS = 2000;
const MOST_INI = 1 << 20;
const LONGEST_NAME = 200;
/** Of elements; any of them makes an archive a skin. */
const ELEMENT =
  /(^|\/)(hitcircle|cursor|default-\d|approachcircle|hit300|sliderb|scorebar|mania-|taiko|fruit-|normal-hit|soft-hit)/i;
/** Of the game of a replay; before each of its texts. */
const LAST_MODE = 3;
const NO_TEXT = 0;
const TEXT = 0x0b;
const utf8 = new TextDecoder('utf-8');

/** @throws InputError where it is none of these, or is damaged; UserError where it is something near */
export async function lookAt({ path, name }: ReaderFile): Promise<Looked> {
  const head = await headOf(path);
  if (head.startsWith('PK')) return await lookIntoArchive(path, name);
  if (/^\ufeff?osu file format/.test(head))
    throw new UserError(
      `${name} is a map alone, without its music and pictures.`,
      'Give its whole set, the .osz file, as osu! exports it.',
    );
  const bytes = await readFileUpTo(path, MOST_REPLAY);
  // A game, a version, and then a text: nothing else begins like that for long.
  if ((bytes[0] ?? 0xff) > LAST_MODE || ![NO_TEXT, TEXT].includes(bytes[5] ?? 0xff))
    throw new InputError(name, 'is no replay, set or skin of osu! (.osr, .osz, .osk)');
  return lookAtReplay(bytes, name);
}

async function headOf(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
  return utf8.decode(buffer.subarray(0, bytesRead));
}

function lookAtReplay(bytes: Uint8Array, name: string): Looked {
  const replay = readReplay(bytes, name);
  const { header, frames, notes } = replay;
  if (!/^[0-9a-f]{32}$/.test(header.beatmapMd5)) throw new InputError(name, 'names no map');
  const { mode, player, playedAt, version, onlineId } = header;
  const ms = frames.count > 0 ? (frames.time[frames.count - 1] ?? 0) - (frames.time[0] ?? 0) : 0;
  const length = Math.max(0, ms) / paceOf(replay).rate / 1000;
  return {
    kind: 'replay',
    mapMd5: header.beatmapMd5,
    facts: {
      ...{ mode, version, onlineId, playedAt, length },
      player: cut(player),
      mods: modNames(replay).join(''),
      notes: notes.slice(0, 20),
    },
  };
}

async function lookIntoArchive(path: string, name: string): Promise<Looked> {
  await using archive = await Archive.open(path, name);
  const maps = archive.entries.filter((entry) => entry.path.toLowerCase().endsWith('.osu'));
  if (maps.length > MOST_MAPS) throw new InputError(name, `holds ${maps.length} maps; ${MOST_MAPS} are the most`);
  if (maps.length > 0) return await lookAtSet(archive, maps, name);
  const ini = archive.entries.find((entry) => /(^|\/)skin\.ini$/i.test(entry.path));
  if (!ini && !archive.entries.some((entry) => ELEMENT.test(entry.path)))
    throw new InputError(name, 'is an archive without maps and without elements of a skin');
  const values = ini ? parseSkinIni(utf8.decode(await archive.read(ini.path, MOST_INI))) : new Map<string, string>();
  const said = (key: string): string | null => cut(values.get(`general.${key}`) ?? '') || null;
  return { kind: 'skin', facts: { name: said('name'), author: said('author') } };
}

async function lookAtSet(archive: Archive, maps: readonly { path: string }[], name: string): Promise<Looked> {
  const md5s: string[] = [];
  let first: MapFacts | undefined;
  let failure: InputError | undefined;
  for (const { path } of maps) {
    const bytes = await archive.read(path, MOST_MAP);
    md5s.push(...mapHashes(bytes));
    if (first) continue;
    try {
      first = mapFacts(readBeatmap(bytes, `${name}, ${path}`));
    } catch (error) {
      // One damaged map among others keeps nobody from playing those.
      if (!(error instanceof InputError)) throw error;
      failure ??= error;
    }
  }
  if (!first && failure) throw failure;
  return { kind: 'set', md5s: [...new Set(md5s)], facts: { maps: maps.length, map: first ?? null } };
}

export function mapFacts(map: { artist: string; title: string; difficultyName: string; creator: string }): MapFacts {
  const { artist, title, difficultyName, creator } = map;
  return { artist: cut(artist), title: cut(title), difficulty: cut(difficultyName), creator: cut(creator) };
}

/** Words of a file as they may be kept and shown. */
const cut = (text: string): string => text.toWellFormed().replaceAll('\0', '').trim().slice(0, LONGEST_NAME);
