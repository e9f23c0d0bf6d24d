/**
 * Years of the drive in the car: a start with 50,000 and with 300,000 clips of history (`--clips=…`), of which the spool has the last 1,200, reads with its
 * digest the same and costs the same. CPU seconds and peak memory of one process, with the settings of its unit; bar: 1.5 times, and 5 MB more.
 * Without a digest, as a manifest of before has none, only once: its figures are shown.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemDisk } from '../src/blobs/disk.ts';
import { DIGEST } from '../src/sources/dashcam/harvest/digest.ts';
import { originId } from '../src/sources/dashcam/harvest/origin-id.ts';
import { verifySource } from '../src/sources/dashcam/harvest/verify.ts';
import { writeHistory } from '../test/dashcam/history.ts';
import { projectRoot } from '../test/house/imports.ts';

interface Start {
  readonly seconds: number;
  readonly before: number;
  readonly peak: number;
  readonly withDigest: number;
  readonly files: number;
  readonly lines: number;
}

const most = Number(process.argv.find((arg) => arg.startsWith('--clips='))?.slice(8) ?? 300_000);
const folder = await mkdtemp(join(tmpdir(), 'vidette-years-'));
try {
  const unit = await readFile(join(projectRoot, 'deploy/car/vidette-drive.service'), 'utf8');
  const flags = /^ExecStart=@NODE@ (.*) @CLI@/m.exec(unit)?.[1]?.split(' ') ?? [];
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', NODE_COMPILE_CACHE: join(folder, 'code') };
  const start = (root: string): Start => {
    const args = [...flags, join(projectRoot, 'bench/drive-years.main.ts'), root, join(root, 'places.json')];
    return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' })) as Start;
  };
  const starts: Start[] = [];
  for (const clips of [most / 6, most]) {
    const root = join(folder, String(clips));
    const { onDrive, bytes } = await writeHistory(root, 'car', { clips });
    const ids = [...onDrive.values()].map((one) => originId(one.from, one.bytes));
    const events = [...onDrive.keys()].flatMap((path) => /SentryClips\/([^/]+)\//.exec(path)?.[1] ?? []);
    await writeFile(join(root, 'places.json'), JSON.stringify({ ids, events: events.map((name) => `sentry/${name}`) }));
    const first = start(root);
    start(root);
    const again = start(root);
    starts.push(again);
    const digest = (await stat(join(root, 'car', DIGEST))).size;
    console.log(
      `${clips} clips of history (${(bytes / 1e6).toFixed(0)} MB, ${again.lines} lines; ${again.files} stored): with a digest of ${(digest / 1e6).toFixed(1)} MB it starts in ${again.seconds.toFixed(2)} s of CPU and ${again.peak.toFixed(0)} MB at most (${again.before.toFixed(0)} MB before); the first time, without one, in ${first.seconds.toFixed(1)} s and ${first.peak.toFixed(0)} MB, ${first.withDigest.toFixed(0)} MB with making it`,
    );
    if (clips !== most) continue;
    const { broken, lines } = await verifySource(systemDisk, root, 'car', {});
    if (broken !== null || lines !== again.lines) throw new Error('the manifest does not verify');
  }
  const [few, many] = starts;
  if (!few || !many || many.seconds > few.seconds * 1.5 + 0.2 || many.peak > few.peak + 5) {
    console.log('The start grows with the history.');
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
