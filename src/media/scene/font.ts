/**
 * The bundled font, so that a clip looks the same on every machine.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';

const SCRIPTS = ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'vietnamese'] as const;
type Weight = 400 | 500 | 600 | 700;
const registered = new Set<Weight>();

/** `font` of a canvas context: Inter in all its scripts, then whatever the machine has for the others. */
export function inter(weight: Weight, pixels: number): string {
  register(weight);
  return `${weight} ${pixels}px ${SCRIPTS.map((script) => `"Vidette ${weight} ${script}"`).join(', ')}, sans-serif`;
}

function register(weight: Weight): void {
  if (registered.has(weight)) return;
  registered.add(weight);
  const folder = join(dirname(createRequire(import.meta.url).resolve('@fontsource/inter/package.json')), 'files');
  for (const script of SCRIPTS)
    GlobalFonts.registerFromPath(join(folder, `inter-${script}-${weight}-normal.woff2`), `Vidette ${weight} ${script}`);
}
