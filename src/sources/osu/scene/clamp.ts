/** Between 0 and 1. */
export const clamp = (value: number): number => (value < 0 ? 0 : Math.min(value, 1));
