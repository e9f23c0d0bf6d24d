/**
 * `kill -9` at random points of a harvest: afterwards nothing is lost, nothing is there twice, the manifest verifies. `VIDETTE_KILLS=50` for more.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { harvestedSources, openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../src/sources/dashcam/harvest/verify.ts';
import { fill, makeFootage } from './car.ts';
import { ExfatImage } from './exfat-image.ts';
import { randomOf } from './random.ts';

const kills = Number(process.env.VIDETTE_KILLS ?? 15);
/** Of all kills: at any moment, and not at an operation on the library. */
const TIMED = 4;
const footage = makeFootage({ minutes: 2 });
const wanted = [...new Set([...footage.files.values()].map(sha256))].sort();
let folder = '';
let drives: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-kill-'));
  drives = [join(folder, 'cam.img'), join(folder, 'stick')];
  using image = new ExfatImage(join(folder, 'cam.img'), { bytes: 8 << 20 });
  fill(image, footage);
  for (const [path, bytes] of footage.files) {
    await mkdir(join(folder, 'stick', path, '..'), { recursive: true });
    await writeFile(join(folder, 'stick', path), bytes);
  }
});
after(() => rm(folder, { recursive: true, force: true }));

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Ended {
  readonly operations: number;
  readonly killed: boolean;
  readonly milliseconds: number;
}

/** @param at the operation it dies at; 0: none. @param after milliseconds until it is killed */
function run(drive: string, library: string, at: number, after?: number): Promise<Ended> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('harvest.main.ts', import.meta.url)), drive, library, String(at)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const timer = after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), after);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the harvest ended with ${code ?? signal}`));
      else resolve({ operations: Number(out), killed: signal === 'SIGKILL', milliseconds: performance.now() - began });
    });
  });
}

/** SHA-256 of every file that has its name in the library. */
async function stored(library: string): Promise<string[]> {
  const out: string[] = [];
  for (const item of await readdir(join(library, 'car'), { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || item.parentPath.includes('.intake') || item.name === 'manifest.jsonl') continue;
    if (!item.name.startsWith('.harvest.lock')) out.push(sha256(await readFile(join(item.parentPath, item.name))));
  }
  return out.sort();
}

/** What is there is recorded, whole, and there once. */
async function isSound(library: string): Promise<void> {
  const verified = await verifyLibrary(library, { contents: true });
  assert.ok(verified.ok, JSON.stringify(verified));
  const have = await stored(library);
  assert.equal(new Set(have).size, have.length, 'nothing is there twice');
}

test(`kill -9 at ${kills} points of a harvest: nothing is lost, nothing is there twice, the manifest verifies`, async (t) => {
  const random = randomOf(20_261_129);
  const whole: Ended[] = [];
  for (const [index, drive] of drives.entries()) whole.push(await run(drive, join(folder, `whole-${index}`), 0));
  for (let kill = 0; kill < kills; kill += 1) {
    const which = kill % drives.length;
    const drive = drives[which] ?? '';
    const { operations = 0, milliseconds = 0 } = whole[which] ?? {};
    const library = join(folder, `library-${kill}`);
    const timed = kill % Math.ceil(kills / TIMED) === 0;
    const at = 1 + random.below(operations);
    await t.test(timed ? 'at any moment' : `at operation ${at} of ${operations}`, async () => {
      const first = timed
        ? await run(drive, library, 0, random.below(Math.ceil(milliseconds)))
        : await run(drive, library, at);
      assert.ok(first.killed || timed);
      if ((await harvestedSources(library).catch(() => [])).length > 0) await isSound(library);
      // Every third dies once more, while it tidies up after the first.
      if (kill % 3 === 0) await run(drive, library, 1 + random.below(40));
      const opened = await openOrBeginLibrary(library, true);
      await harvest(drive, { library: opened, source: 'car', notInUse: true });
      assert.deepEqual(await stored(library), wanted, 'nothing is lost');
      await isSound(library);
      const [source] = (await verifyLibrary(library)).sources;
      assert.deepEqual([source?.files, source?.unrecorded, source?.unfinished], [wanted.length, [], false]);
      await rm(library, { recursive: true });
    });
  }
});
