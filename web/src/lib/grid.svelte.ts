/** How many cameras the grid shows at a time; remembered in this browser. */
export const DENSITIES = [1, 4, 9, 16] as const;
export type Density = (typeof DENSITIES)[number];

const NAME = 'vidette-grid';

class Grid {
  /** Undefined: as the number of cameras suggests. */
  wish = $state<Density | undefined>(stored());

  choose(density: Density): void {
    this.wish = density;
    try {
      localStorage.setItem(NAME, String(density));
    } catch (error) {
      console.info('The choice cannot be remembered.', error);
    }
  }

  /** Columns in a wide window. */
  columns(cameras: number): number {
    return Math.sqrt(this.wish ?? DENSITIES.find((density) => density >= Math.min(cameras, 9)) ?? 9);
  }
}

function stored(): Density | undefined {
  try {
    const value = Number(localStorage.getItem(NAME));
    return DENSITIES.find((density) => density === value);
  } catch (error) {
    console.info('The choice cannot be read.', error);
    return undefined;
  }
}

export const grid = new Grid();
