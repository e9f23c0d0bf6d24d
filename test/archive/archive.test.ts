import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathOf } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { startTestCamera, type TestCamera } from '../rtsp/camera.ts';
import { freePort } from '../system/free-port.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';

describe('Vidette with an archive', () => {
  let camera: TestCamera;
  let system: System;
  const door = { id: 'Door' };

  before(async () => {
    camera = await startTestCamera({ fixture: 'h264-360p' });
    const env = { VIDETTE_SEGMENT_SECONDS: '1', VIDETTE_FLOOR_BYTES: '1000000' };
    system = await startVidette({ env, port: await freePort() });
    const api = await system.api();
    const retention = { archiveAfterDays: 4 / 86_400 };
    await api.call(routes.createCamera, { body: { name: 'Door', url: camera.url(), retention } });
    await setSpeed(100_000);
  });
  after(async () => {
    await system?.[Symbol.asyncDispose]();
    await camera?.close();
  });

  const filesIn = async (folder: string): Promise<string[]> =>
    (await readdir(join(system.data, folder), { recursive: true }).catch(() => []))
      .filter((path) => /^[^/]+\/main\/.*\.mp4$/.test(path))
      .sort();
  const setSpeed = async (bytesPerSecond: number): Promise<void> => {
    const body = { where: join(system.data, 'second'), bytesPerSecond };
    await (await system.api()).call(routes.setArchive, { body });
  };
  /** Moving is asked for again, without waiting for its minute. */
  const moveOn = async (): Promise<void> => {
    await (await system.api()).call(routes.changeCamera, { params: door, body: { name: 'Door' } });
  };
  const play = async (from: string, to: string): Promise<{ status: number; bytes: number; end: number }> => {
    const headers = { authorization: `Bearer ${await system.token()}` };
    const answer = await fetch(system.url + pathOf(routes.video, door, { from, to }), { headers });
    const bytes = (await answer.arrayBuffer()).byteLength;
    return { status: answer.status, bytes, end: Date.parse(answer.headers.get('x-vidette-end') ?? '') };
  };

  test('a hub that is killed while it moves goes on where it was; nothing is there twice, nothing is lost', async () => {
    await untilFound(async () => ((await filesIn('library')).length >= 6 ? true : undefined), 60_000);
    await untilFound(async () => {
      await moveOn();
      return (await filesIn('second')).length >= 1 ? true : undefined;
    }, 60_000);
    const { hub } = await system.pids();
    assert.ok(hub);
    process.kill(hub, 'SIGKILL');
    await untilFound(async () => {
      const health = await fetch(`${system.url}/api/health`).catch(() => undefined);
      return health?.ok && (await system.pids()).hub !== hub ? true : undefined;
    }, 60_000);
    const api = await system.api();
    await api.call(routes.changeCamera, { params: door, body: { enabled: false } });
    await setSpeed(100_000_000);
    const archived = await untilFound(async () => {
      await moveOn();
      const storage = await api.call(routes.storage, {});
      const second = await filesIn('second');
      return storage.archive?.moving === 'idle' && second.length >= 5 ? second : undefined;
    }, 90_000);
    const first = await filesIn('library');
    assert.deepEqual(
      archived.filter((path) => first.includes(path)),
      [],
    );
  });

  test('footage of both libraries is one timeline and plays as one; an archive that is away is said, and nothing goes', async () => {
    const api = await system.api();
    const range = { from: new Date(Date.now() - 300_000).toISOString(), to: new Date().toISOString() };
    const { spans } = await api.call(routes.footage, { params: door, query: range });
    const [start, end] = [spans[0]?.start ?? '', spans[0]?.end ?? ''];
    const whole = await play(start, end);
    assert.equal(whole.status, 200);
    assert.ok(whole.end >= Date.parse(end) - 1500, `${whole.end - Date.parse(end)} ms`);

    await rename(join(system.data, 'second'), join(system.data, 'unplugged'));
    const storage = await api.call(routes.storage, {});
    assert.equal(storage.archive?.state, 'missing');
    assert.equal((await api.call(routes.footage, { params: door, query: range })).spans[0]?.start, start);
    await rename(join(system.data, 'unplugged'), join(system.data, 'second'));
    assert.equal((await play(start, end)).bytes, whole.bytes);
    await assert.rejects(api.call(routes.removeArchive, {}), /holds footage/);
  });
});
