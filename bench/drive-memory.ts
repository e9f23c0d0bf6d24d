/**
 * Memory of `vidette drive`, as its unit starts it and as a person does in a checkout, for the first time: a 24 GiB image with 4,000 clips (eleven hours of
 * six cameras, small ones) is harvested, sent to a hub, listed and played. The peak of the process is the kernel's own count (`VmHWM`). Bar: below 120 MB.
 * `--clips=600` for fewer, `--start=unit` or `checkout` for one.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CAMERAS } from '../test/dashcam/car.ts';
import { makeClip } from '../test/dashcam/clip.ts';
import { ExfatImage } from '../test/dashcam/exfat-image.ts';
import { startPushHub, TOKEN } from '../test/dashcam/push-hub.ts';
import { projectRoot } from '../test/house/imports.ts';

const BAR_MB = 120;
const clips = Number(process.argv.find((arg) => arg.startsWith('--clips='))?.slice(8) ?? 4000);
const only = process.argv.find((arg) => arg.startsWith('--start='))?.slice(8);
const PATIENCE_MS = 600_000;

const folder = await mkdtemp(join(tmpdir(), 'vidette-memory-'));
try {
  await mkdir(join(folder, 'images'));
  {
    using image = new ExfatImage(join(folder, 'images', 'cam.img'), { bytes: 24 * 2 ** 30, clusterBytes: 131_072 });
    image.folder('TeslaCam');
    image.folder('TeslaCam/RecentClips');
    const begin = Date.now() - (clips / CAMERAS.length + 5) * 60_000;
    for (let at = 0; at < clips; at += 1) {
      const camera = at % CAMERAS.length;
      const start = Math.floor((begin + Math.floor(at / CAMERAS.length) * 60_000) / 1000) * 1000;
      const clip = makeClip({
        start: `${new Date(start).toISOString().slice(0, 19)}Z`,
        camera,
        seed: at,
        pictures: 4,
        sequence: at * 10,
      });
      const local = new Date(start - 8 * 3_600_000).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
      image.file(`TeslaCam/RecentClips/${local}-${CAMERAS[camera]}.mp4`, clip.bytes);
    }
  }
  for (const start of ['unit', 'checkout'] as const) if (only === undefined || only === start) await measure(start);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param start how it is started: by its unit, or by a person. Both for the first time */
async function measure(start: 'unit' | 'checkout'): Promise<void> {
  const home = join(folder, start);
  await mkdir(home);
  await using hub = await startPushHub();
  hub.partBytes = 8 << 20;
  let peak = 0;
  const token = join(home, 'token');
  await writeFile(token, TOKEN, { mode: 0o600 });
  const unit = await readFile(join(projectRoot, 'deploy/car/vidette-drive.service'), 'utf8');
  const isUnit = start === 'unit';
  const flags = /^ExecStart=@NODE@ (.*) @CLI@/m.exec(unit)?.[1]?.split(' ') ?? [];
  const settings = /^Environment=(.*)$/m.exec(unit)?.[1]?.replace('@DATA@', home).split(' ') ?? [];
  const env = { ...process.env, ...(isUnit ? Object.fromEntries(settings.map((one) => one.split('=', 2))) : {}) };
  const program = [...(isUnit ? flags : []), join(projectRoot, 'src/cli/vidette.ts')];
  const args = ['drive', '--images', join(folder, 'images'), '--spool', join(home, 'spool'), '--hub', hub.url];
  let text = '';
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [...program, ...args, '--token-file', token, '--host', '127.0.0.1', '--port', '0', '--floor', '1M'],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await using _ended = {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
  child.stderr.on('data', (piece: Buffer) => {
    text = (text + piece.toString()).slice(-20_000);
  });
  const { pid } = child;
  const memory = async (): Promise<number> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  };
  const until = async <T>(find: () => Promise<T | undefined> | T | undefined): Promise<T> => {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(200)) {
      if (child.exitCode !== null) throw new Error(`vidette drive has ended:\n${text}`);
      await memory();
      const found = await find();
      if (found !== undefined) return found;
    }
    throw new Error(`it never came:\n${text}`);
  };
  const url = await until(() => /The car’s page: (http:\S+)/.exec(text)?.[1]);
  const rest = await memory();
  const code = await until(() => /with the code (\S+)/.exec(text)?.[1]);
  const entered = await fetch(`${url}/api/door/begin`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ code, password: 'a long enough word' }),
  });
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const ask = async (path: string): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { cookie, range: 'bytes=0-' } });
  await until(async () => {
    await (await ask('/api/status')).text();
    return hub.files.size >= clips ? true : undefined;
  });
  const seconds = (performance.now() - started) / 1000;
  const { days } = (await (await ask('/api/days')).json()) as { days: { day: string }[] };
  let shown = 0;
  for (const { day } of days) {
    const { minutes } = (await (await ask(`/api/days/${day}`)).json()) as { minutes: { clips: { id: string }[] }[] };
    for (const minute of minutes)
      for (const { id } of minute.clips) {
        shown += 1;
        if (shown % 10 === 0) await (await ask(`/api/files/${id}`)).arrayBuffer();
      }
    await memory();
  }
  const end = await memory();
  console.log(
    `vidette drive, started by ${isUnit ? 'its unit' : 'a person in a checkout'}, ${clips} clips in an image of 24 GiB: at its start ${rest.toFixed(0)} MB, at most ${peak.toFixed(0)} MB (bar ${BAR_MB}), at the end ${end.toFixed(0)} MB; all at the hub after ${seconds.toFixed(0)} s, ${shown} listed`,
  );
  if (peak >= BAR_MB || shown !== clips) process.exitCode = 1;
}
