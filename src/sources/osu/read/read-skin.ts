/**
 * `.osk`: a skin as an archive. Which elements it has, and what its `skin.ini` says.
 */
import { Archive } from './archive.ts';

const MOST_INI = 1 << 20;
const MOST_VALUES = 5000;
const utf8 = new TextDecoder('utf-8');

export interface Skin {
  /** Lower-case, without its folder → where it is in the archive. */
  readonly elements: ReadonlyMap<string, string>;
  /** `section.key`, lower-case → value. The last one counts, as in the game. */
  readonly ini: ReadonlyMap<string, string>;
}

/** @throws InputError where it is no archive, or its skin.ini cannot be read */
export async function readSkin(path: string, name: string): Promise<Skin> {
  await using archive = await Archive.open(path, name);
  const ini = archive.entries.find((entry) => /(^|\/)skin\.ini$/i.test(entry.path));
  // Some archives hold one folder with all in it.
  const folder = ini ? ini.path.slice(0, ini.path.length - 'skin.ini'.length) : '';
  const elements = new Map<string, string>();
  for (const entry of archive.entries)
    if (entry.path.startsWith(folder)) elements.set(entry.path.slice(folder.length).toLowerCase(), entry.path);
  return { elements, ini: ini ? parseSkinIni(utf8.decode(await archive.read(ini.path, MOST_INI))) : new Map() };
}

/**
 * Lines that are no `key: value` are passed over, as in the game. Of mania there is a section for each number of keys: `mania 4`, where its `Keys` says so.
 */
export function parseSkinIni(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = 'general';
  /** Of a section of mania, until it is over: its keys may be named last. */
  let mania: [key: string, value: string][] = [];
  const closeMania = (): void => {
    const keys = mania.findLast(([key]) => key === 'keys')?.[1] ?? '';
    for (const [key, value] of mania) if (values.size < MOST_VALUES) values.set(`mania ${keys.trim()}.${key}`, value);
    mania = [];
  };
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(/\/\/.*$/, '').trim();
    const head = /^\[(.+)\]$/.exec(line);
    const colon = line.indexOf(':');
    const isPair = colon > 0;
    const [key, value] = [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    if (head) {
      closeMania();
      section = (head[1] ?? '').toLowerCase();
    } else if (isPair && section === 'mania') {
      if (mania.length < MOST_VALUES) mania.push([key, value]);
    } else if (isPair && values.size < MOST_VALUES) values.set(`${section}.${key}`, value);
  }
  closeMania();
  return values;
}
