/**
 * How many cameras each recorder should hold. Pure.
 */

/**
 * Shares `cameras` evenly; what does not fit into a small recorder goes to the others.
 * @returns a limit for each recorder, by id; together they are enough, or every recorder is full
 */
export function shareOf(
  recorders: readonly { readonly id: string; readonly capacity: number }[],
  cameras: number,
): Map<string, number> {
  const limits = new Map<string, number>();
  let left = cameras;
  const bySize = [...recorders].sort((a, b) => a.capacity - b.capacity || (a.id < b.id ? -1 : 1));
  for (const [at, recorder] of bySize.entries()) {
    const limit = Math.min(recorder.capacity, Math.ceil(left / (bySize.length - at)));
    limits.set(recorder.id, limit);
    left -= limit;
  }
  return limits;
}
