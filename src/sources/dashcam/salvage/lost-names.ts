/**
 * Names of which a part is lost, made whole again: of the names that the car gives, the one that agrees with what is left, with the time in the
 * video, and, in exFAT, with the hash and the checksum that the entry keeps. Pure.
 */
import type { NameTraces } from '../image/directory-entry.ts';
import { CAMERAS, formatClipName, formatLocal, type LocalMs } from '../layout/clip-name.ts';

const OTHERS = ['event.json', 'event.mp4', 'thumb.png'];
/** The name of a clip and the time in it differ by less than this, seconds. */
const SECONDS = 5;

/** The whole name; undefined when none agrees, or more than one. @param local time of the clip by the car's clock, where it is known */
export function wholeName(traces: NameTraces, local: LocalMs | undefined): string | undefined {
  const names = [...OTHERS];
  if (local !== undefined)
    for (let second = -SECONDS; second <= SECONDS; second += 1)
      for (const camera of CAMERAS) names.push(formatClipName({ local: local + second * 1000, camera }));
  const fitting = names.filter((name) => agrees(traces, name));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  // Several seconds may agree where nothing but the time is lost: then the video has the last word.
  const exact = local === undefined ? [] : fitting.filter((name) => name.startsWith(formatLocal(local)));
  return exact.length === 1 ? exact[0] : undefined;
}

function agrees({ characters, closed, short, agrees: summed }: NameTraces, name: string): boolean {
  if (closed ? characters.length !== name.length : characters.length > name.length) return false;
  if (characters.some((character, at) => character !== undefined && character !== name[at])) return false;
  if (short !== undefined && !shortAgrees(short, name)) return false;
  return summed?.(name) ?? true;
}

/** The 8.3 name begins as the long one does, without what such names cannot hold, and has its extension. */
function shortAgrees(short: string, name: string): boolean {
  const [base = '', extension = ''] = short.toUpperCase().split('.');
  const [begin = ''] = base.split('~');
  const plain = name.toUpperCase().replace(/[ .]/g, '');
  const own = /\.([^.]{1,3})[^.]*$/.exec(name.toUpperCase())?.[1] ?? '';
  return own === extension && (plain.startsWith(begin) || plain.replace(/[^A-Z0-9]/g, '').startsWith(begin));
}
