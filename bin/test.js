/**
 * `npm test`: installs what it needs, then every check and test.
 * `npm test -- unit` or `-- end-to-end` runs a part; `-- path/to/x.test.ts` runs single files.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { checkMachine, ensureInstalled, ensurePage, root, step, stepBeside } from './bootstrap.js';

checkMachine();
ensureInstalled('all');
ensurePage();

// Hundreds of processes load the same files: what Node has compiled of them is kept for the next one.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'vidette-code');

const asked = process.argv.slice(2);
const files = asked.filter((arg) => arg.endsWith('.test.ts'));
const part = files.length > 0 ? 'files' : (asked[0] ?? 'all');

function testsBelow(...folders) {
  const found = [];
  const walk = (folder) => {
    for (const item of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, item.name);
      if (item.isDirectory() && !['node_modules', 'dist'].includes(item.name)) walk(path);
      else if (item.name.endsWith('.test.ts')) found.push(relative(root, path));
    }
  };
  for (const folder of folders) walk(join(root, folder));
  return found.sort();
}

/** Those that measure time, or look whether a frame is missing, run one after the other; the rest two at a time. */
const inFolders = (...names) => testsBelow('test').filter((path) => names.includes(path.split('/')[1]));
const measured = inFolders('end-to-end', 'browser', 'faults', 'recorder', 'pool');
const soak = inFolders('soak');
const systems = inFolders('package', 'secrets', 's3', 'archive', 'bench', 'proxy');
const others = testsBelow('test').filter((path) => ![...measured, ...soak, ...systems].includes(path));
const units = [...testsBelow('src', 'web/src'), ...others];

const node = (name) => join(root, 'node_modules', name);
if (part === 'all' || part === 'checks') {
  step('format and lint (Biome)', [node('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings', '.']);
  step('types (TypeScript, strict)', [node('typescript/bin/tsc'), '-p', '.']);
  step('types of browser tests', [node('typescript/bin/tsc'), '-p', 'tsconfig.browser.json']);
  step('page types (svelte-check)', [
    // npm puts it beside the page, with the TypeScript 6 that it needs, or beside the others, as versions allow.
    createRequire(join(root, 'web/package.json')).resolve('svelte-check/bin/svelte-check'),
    '--tsconfig',
    'tsconfig.json',
    '--workspace',
    'web',
    '--output',
    'human',
    '--fail-on-warnings',
  ]);
  step('dead code (knip)', [node('knip/bin/knip.js'), '--no-progress']);
}
const testing = (list, concurrency) => [
  '--test',
  `--test-concurrency=${concurrency}`,
  '--test-timeout=600000',
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  ...list,
];
const run = (title, list, concurrency) => step(title, testing(list, concurrency));
if (part === 'files') run('tests', files, 1);
if (part === 'all' || part === 'unit') run('unit tests', units, 2);
if (part === 'all' || part === 'unit')
  step('catalog and queue on PostgreSQL 15, the oldest that Vidette runs on', [
    'test/postgres/with-debian.ts',
    '--test',
    '--test-concurrency=2',
    '--test-timeout=120000',
    '--test-name-pattern=VIDETTE_TEST_DATABASE',
    'src/catalog/catalog.test.ts',
    'src/jobs/queue.test.ts',
  ]);
if (part === 'all' || part === 'end-to-end') {
  // Three minutes of it are mostly waiting.
  const soaked = stepBeside('a short soak', testing(soak, 1));
  await stepBeside('whole systems', testing(systems, 1))();
  await soaked();
  run('whole systems, one at a time', measured, 1);
}
