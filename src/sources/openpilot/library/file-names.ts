/**
 * What the path of a file says beside which minute of which route it is (`files/local/place-in-path.ts`). Pure.
 */

/** While a log is written openpilot keeps a file `rlog.lock` or `qlog.lock` beside it. @returns the folder of its minute */
export function lockedFolder(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash > 0 && /^[a-z]+\.lock$/.test(path.slice(slash + 1)) ? path.slice(0, slash) : undefined;
}

/** When a route began, as its name says; UTC ms. Names since 2024 say nothing. The device's own zone is not known. */
export function startInName(logId: string): number | undefined {
  const [, day, hours, minutes, seconds] = /^(\d{4}-\d{2}-\d{2})--(\d{2})-(\d{2})-(\d{2})$/.exec(logId) ?? [];
  if (day === undefined) return undefined;
  const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isFinite(at) ? at : undefined;
}
