/**
 * Runs before `npm pack`: the page into `web/dist/`, and JavaScript into `dist/`, since Node strips no types below `node_modules`.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkMachine, ensureInstalled, ensurePage, root, step } from './bootstrap.js';

checkMachine();
ensureInstalled('all');
ensurePage();
rmSync(join(root, 'dist'), { recursive: true, force: true });
step('types stripped into dist/', [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  stdio: ['ignore', 2, 2],
});
// The page of the drive in the car is plain files beside its server.
const page = 'sources/dashcam/car-page/page';
cpSync(join(root, 'src', page), join(root, 'dist', page), { recursive: true });
