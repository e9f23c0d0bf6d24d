/** The names that a person may have meant: those that differ in few letters or contain what was written; best first, at most three. */
export function nearest(wanted: string, names: Iterable<string>): string[] {
  const word = plain(wanted);
  const found: { name: string; far: number }[] = [];
  for (const name of names) {
    const other = plain(name);
    const far = other.includes(word) || word.includes(other) ? 1 : distance(word, other);
    if (word !== '' && other !== '' && far <= Math.max(1, Math.floor(Math.max(word.length, other.length) / 3)))
      found.push({ name, far });
  }
  return found
    .sort((a, b) => a.far - b.far || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** `Did you mean “a” or “b”?`, or `otherwise` where nothing is near. */
export function didYouMean(wanted: string, names: Iterable<string>, otherwise: string): string {
  const near = nearest(wanted, names).map((name) => `“${name}”`);
  return near.length === 0 ? otherwise : `Did you mean ${near.join(' or ')}?`;
}

const plain = (name: string): string => name.toLowerCase().replace(/[\s._-]+/g, '');

/** How many letters must be put in, taken out or changed (Levenshtein distance). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
