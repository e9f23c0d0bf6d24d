/** The drive in the car and the hub itself, whole: transfers that are cut, the drive killed in between; in the end everything is in the library, the same, and once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { routes } from '../../src/contract/routes.ts';
import { startVidette, untilFound } from '../system/vidette.ts';
import { makeFootage } from './car.ts';
import { randomOf } from './random.ts';
import { makeSpool } from './spool.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A link that breaks: each connection is cut after so many bytes from the drive. */
async function badLink(port: number, cut: () => number) {
  const sockets = new Set<Socket>();
  const link = { cuts: 0, whole: false };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let left = link.whole ? Number.POSITIVE_INFINITY : cut();
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (socket === near ? far : near).destroy());
    }
    near.on('data', (piece: Buffer) => {
      left -= piece.length;
      if (left < 0) {
        link.cuts += 1;
        far.write(piece.subarray(0, Math.max(0, piece.length + left)), () => near.destroy());
      } else far.write(piece);
    });
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(link, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

test('cut transfers and kills: the hub has every byte, once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-push-hub-'));
  const { files } = makeFootage({ minutes: 3, clip: { pictures: 120, blocks: 40 } });
  const [root, system] = await Promise.all([
    makeSpool(folder, files),
    startVidette({ env: { VIDETTE_RECORDERS: '0' } }),
  ]);
  await using hub = system;
  const random = randomOf(5);
  const link = await badLink(Number(new URL(hub.url).port), () => 2000 + random.below(300_000));
  try {
    const api = await hub.api();
    const { secret } = await api.call(routes.createToken, { body: { name: 'the car', scope: 'drive' } });
    const program = fileURLToPath(new URL('push.main.ts', import.meta.url));
    const push = () =>
      spawn(process.execPath, [program, root, join(folder, 'push.json'), link.url, secret], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    for (let kill = 0; kill < 2; kill += 1) {
      const child = push();
      const before = link.cuts;
      // In the middle of things: after a few more connections have been cut.
      await untilFound(() => (link.cuts > before + 3 || child.exitCode !== null ? true : undefined), 60_000);
      child.kill('SIGKILL');
      await new Promise((resolve) =>
        child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(0),
      );
    }
    link.whole = true;
    const last = push();
    let told = '';
    last.stdout.on('data', (piece: Buffer) => {
      told += piece.toString();
    });
    await new Promise((resolve) => last.once('exit', resolve));
    assert.equal(told, 'everything\n');
    assert.ok(link.cuts >= 6, `${link.cuts} cuts`);

    const [car] = await api.call(routes.listCars, {});
    assert.ok(car);
    const wanted = new Map([...files].map(([path, bytes]) => [sha256(bytes), path]));
    const library = join(hub.data, 'library', 'car');
    const found: string[] = [];
    for (const item of await readdir(library, { recursive: true, withFileTypes: true }))
      if (
        item.isFile() &&
        !item.name.startsWith('.') &&
        item.name !== 'manifest.jsonl' &&
        !item.parentPath.includes('/.')
      )
        found.push(sha256(await readFile(join(item.parentPath, item.name))));
    assert.deepEqual(found.sort(), [...wanted.keys()].sort());

    const { events, clips } = await untilFound(async () => {
      const listed = await api.call(routes.listCarEvents, { params: { id: car.id } });
      const footage = await api.call(routes.carFootage, {
        params: { id: car.id },
        query: { from: '2026-03-02T01:00:00Z', to: '2026-03-02T02:00:00Z' },
      });
      const all = footage.cameras.flatMap((camera) => camera.clips);
      return listed.length > 0 && all.length >= 18 ? { events: listed, clips: all } : undefined;
    }, 30_000);
    assert.deepEqual(
      [events.length, events[0]?.name, events[0]?.city],
      [1, 'sentry/2026-03-01_17-02-44', 'Springfield'],
    );
    assert.equal(clips.length, 18);
    const [clip] = clips;
    const video = await fetch(
      `${hub.url}${routes.carClipVideo.path.replace(':id', car.id).replace(':clip', clip?.id ?? '')}`,
      {
        headers: { authorization: `Bearer ${await hub.token()}` },
      },
    );
    assert.ok(wanted.has(sha256(Buffer.from(await video.arrayBuffer()))));
  } finally {
    await link.close();
    await rm(folder, { recursive: true, force: true });
  }
});
