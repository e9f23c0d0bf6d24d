/**
 * `npm test`: installs what it needs, then every check and test.
 * `npm test -- unit` or `-- end-to-end` runs a part; `-- path/to/x.test.ts` runs single files.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { checkMachine, ensureInstalled, ensurePage, fail, root, step, stepBeside, stepHolds } from './bootstrap.js';

/** More files than this that fail in one part are no bad luck. */
const MOST_AGAIN = 2;

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
  step('pixels are what they are made from', [join(root, 'bin/pixels.js'), '--check']);
}
const testing = (list, concurrency, failed) => [
  '--test',
  `--test-concurrency=${concurrency}`,
  '--test-timeout=600000',
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  ...(failed ? [`--test-reporter=${join(root, 'bin/failed-files.js')}`, `--test-reporter-destination=${failed}`] : []),
  ...list,
];
const notes = mkdtempSync(join(tmpdir(), 'vidette-tests-'));
process.on('exit', () => rmSync(notes, { recursive: true, force: true }));
/** Files that failed, and then passed alone: open defects of the code or of the test, told at the end. */
const unsteady = [];

/**
 * Files that fail are run once more, alone, if they are few: machines that test are shared, and a browser may stand still for a second. What passes only then
 * is told in the last lines, each time.
 */
function again(title, failed) {
  const files = existsSync(failed) ? readFileSync(failed, 'utf8').split('\n').filter(Boolean) : [];
  if (files.length === 0 || files.length > MOST_AGAIN) return fail(`✖ ${title} failed.`);
  process.stdout.write(`\n⚠ ${title}: failed, and run once more alone: ${files.join(', ')}\n`);
  step(`${title}, once more`, testing(files, 1));
  unsteady.push(...files);
}

function run(title, list, concurrency) {
  const failed = join(notes, 'failed');
  rmSync(failed, { force: true });
  if (!stepHolds(title, testing(list, concurrency, failed))) again(title, failed);
}

if (part === 'files') step('tests', testing(files, 1));
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
  const failed = join(notes, 'failed-systems');
  if (!(await stepBeside('whole systems', testing(systems, 1, failed))())) again('whole systems', failed);
  if (!(await soaked())) fail('✖ a short soak failed.');
  run('whole systems, one at a time', measured, 1);
}
if (unsteady.length > 0)
  process.stdout.write(`\n⚠ Passed only when run once more, to be looked into: ${unsteady.join(', ')}\n`);
