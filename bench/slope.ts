/** Does something grow? A line through samples, by least squares. Pure. */

export interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/** Units of `value` a minute; 0 for fewer than two samples. */
export function slopePerMinute(samples: readonly Sample[]): number {
  const count = samples.length;
  if (count < 2) return 0;
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / count;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count;
  let over = 0;
  let under = 0;
  for (const { at, value } of samples) {
    over += (at - meanAt) * (value - meanValue);
    under += (at - meanAt) ** 2;
  }
  return under === 0 ? 0 : (over / under) * 60;
}

/** The least of each window: what is left when garbage has just been collected. */
export function lowest(samples: readonly Sample[], windowSeconds: number): Sample[] {
  const windows = Map.groupBy(samples, ({ at }) => Math.floor(at / windowSeconds));
  return [...windows.values()].map((window) => window.reduce((a, b) => (b.value < a.value ? b : a)));
}

/**
 * The least growth from one sample to the next, in units of `value` a minute: what leaks grows each time, what only fills up does not.
 * 0 for fewer than two samples.
 */
export function leastGrowth(samples: readonly Sample[]): number {
  const steps = samples.slice(1).map(({ at, value }, index) => {
    const before = samples[index];
    return before === undefined || at <= before.at ? 0 : ((value - before.value) / (at - before.at)) * 60;
  });
  return steps.length === 0 ? 0 : Math.min(...steps);
}
