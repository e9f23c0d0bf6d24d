/**
 * The bundled font, so that a clip looks the same on every machine.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';

const SCRIPTS = ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'vietnamese'] as const;
const WEIGHTS = [500, 700] as const;
let registered = false;

/** `font` of a canvas context: Inter in all its scripts, then whatever the machine has for the others. */
export function inter(weight: (typeof WEIGHTS)[number], pixels: number): string {
  register();
  return `${weight} ${pixels}px ${SCRIPTS.map((script) => `"Vidette ${weight} ${script}"`).join(', ')}, sans-serif`;
}

function register(): void {
  if (registered) return;
  registered = true;
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fontsource/inter/package.json')), 'files');
  for (const weight of WEIGHTS)
    for (const script of SCRIPTS)
      GlobalFonts.registerFromPath(
        join(folder, `inter-${script}-${weight}-normal.woff2`),
        `Vidette ${weight} ${script}`,
      );
}
