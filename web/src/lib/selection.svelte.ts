/** The stretch that is selected for a clip; UTC milliseconds. */
const LONGEST = 6 * 3_600_000;
const SHORTEST = 500;

export class Selection {
  range = $state.raw<{ readonly start: number; readonly end: number } | undefined>();

  get length(): number {
    return this.range ? (this.range.end - this.range.start) / 1000 : 0;
  }

  select(start: number, end: number): void {
    this.range = { start: Math.min(start, end - SHORTEST), end: Math.min(end, start + LONGEST) };
  }

  /** Moves one edge; the other stays, unless that leaves nothing between them. */
  setStart(start: number): void {
    const end = this.range?.end ?? start + 10_000;
    this.range = { start: Math.max(start, end - LONGEST), end: Math.max(end, start + SHORTEST) };
  }

  setEnd(end: number): void {
    const start = this.range?.start ?? end - 10_000;
    this.range = { start: Math.min(start, end - SHORTEST), end: Math.min(end, start + LONGEST) };
  }

  clear(): void {
    this.range = undefined;
  }
}
