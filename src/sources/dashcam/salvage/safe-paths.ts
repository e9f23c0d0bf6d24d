/**
 * Paths that a damaged or hostile drive gives, made such that each file has one of its own on this machine's disk. Pure.
 */

/** What file systems of Linux take, less what a suffix needs. */
const MOST_NAME_BYTES = 200;
const MOST_DEPTH = 32;

/** In the order of `paths`: unchanged wherever that is possible. */
export function safePaths(paths: readonly string[]): string[] {
  const short = paths.map((path) => path.split('/').slice(-MOST_DEPTH).map(shortened).join('/'));
  const folders = new Set<string>();
  for (const path of short)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  const taken = new Set<string>();
  return short.map((path) => {
    let free = path;
    for (let number = 2; taken.has(free) || folders.has(free); number += 1) free = numbered(path, number);
    taken.add(free);
    return free;
  });
}

/** Never in the middle of a character. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MOST_NAME_BYTES) return name;
  let out = '';
  let bytes = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > MOST_NAME_BYTES) break;
    out += character;
  }
  return out;
}

/** `front.mp4` → `front-duplicate-2.mp4`. */
function numbered(path: string, number: number): string {
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  const end = dot > slash + 1 ? dot : path.length;
  return `${path.slice(0, end)}-duplicate-${number}${path.slice(end)}`;
}
