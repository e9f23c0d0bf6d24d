/** Compiles `src/media/pixels/assembly/` into `src/media/pixels/pixels-wasm.ts`; `--check` compares only. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, step } from './bootstrap.js';

const target = join(root, 'src/media/pixels/pixels-wasm.ts');
const folder = mkdtempSync(join(tmpdir(), 'vidette-pixels-'));
const wasm = join(folder, 'pixels.wasm');
try {
  step('pixels compiled', [
    join(root, 'node_modules/assemblyscript/bin/asc.js'),
    join(root, 'src/media/pixels/assembly/pixels.ts'),
    ...['--outFile', wasm, '-O3', '--converge', '--noAssert', '--runtime', 'minimal', '--maximumMemory', '16384'],
    ...['--enable', 'simd', '--enable', 'bulk-memory', '--enable', 'nontrapping-f2i'],
  ]);
  const lines =
    readFileSync(wasm)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  const text = `/** Made by \`npm run pixels\` from \`assembly/\`: WebAssembly, as Base64. */
export const PIXELS_WASM = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('');
`;
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('src/media/pixels/pixels-wasm.ts is not what `npm run pixels` makes.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
