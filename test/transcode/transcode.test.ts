/** An H.265 camera watched as H.264: what comes is what the camera shows, now; one conversion for all who watch; it ends when they have left. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { routes } from '../../src/contract/routes.ts';
import { lookAt, type Seen } from '../media/footage.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';

/** What a viewer of a converted track has got. */
interface Watching {
  readonly socket: WebSocket;
  readonly texts: string[];
  readonly pieces: Buffer[];
}

/** Of 90 kHz. */
const ticks = (seconds: number): number => Math.round(seconds * 90_000);

describe('a track that browsers cannot play, converted while somebody watches', () => {
  let system: System;
  let folder: string;
  let camera: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-transcode-'));
    system = await startVidette();
    const api = await system.api();
    const url = 'test:?size=1600x900&fps=20&codec=h265';
    camera = (await api.call(routes.createCamera, { body: { name: 'Yard', url } })).id;
  });
  after(async () => {
    await system?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function watch(as: string): Promise<Watching> {
    const address = `${system.url.replace('http', 'ws')}/api/cameras/${camera}/live/main?as=${as}`;
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${await system.token()}` } });
    const watching: Watching = { socket, texts: [], pieces: [] };
    socket.on('message', (data, isBinary) => {
      if (isBinary) watching.pieces.push(Buffer.from(data as Buffer));
      else watching.texts.push(String(data));
    });
    return watching;
  }

  test('two viewers get the camera’s pictures as H.264, by one process', async () => {
    const source = await watch('fragments');
    await untilFound(() => (source.pieces.length > 0 ? true : undefined), 60_000);
    const [first, second] = [await watch('h264'), await watch('h264')];
    for (const { pieces, texts } of [first, second])
      await untilFound(
        () => (pieces.length >= 40 ? true : undefined),
        60_000,
        () => assert.ok(!texts.some((text) => text.includes('refused')), texts.join(' ')),
      );
    assert.match(first.texts.at(-1) ?? '', /"type":"live","mime":"video\/mp4; codecs=\\"avc1\.\w+\\""/);
    assert.equal((await converters()).length, 1);
    const looked = Date.now();
    const [seen, original] = [await look(first), await look(source)];
    assert.deepEqual([seen.width, seen.height], [1280, 720]);
    // Each picture is the one that the camera shows at that time.
    const numbers = new Map(original.at.map((at, index) => [ticks(at), original.frames[index]]));
    const frames = seen.frames.filter((frame) => frame !== null);
    assert.ok(frames.length >= 35 && frames.length >= seen.frames.length - 1, `${frames.length} numbers can be read`);
    for (const [index, frame] of seen.frames.entries())
      if (frame !== null) assert.equal(frame, numbers.get(ticks(seen.at[index] ?? 0)), `at ${seen.at[index]} s`);
    assert.deepEqual(
      frames,
      [...new Set(frames)].sort((a, b) => a - b),
    );
    // 20 pictures a second become at most 15.
    const span = (seen.at.at(-1) ?? 0) - (seen.at[0] ?? 0);
    assert.ok(seen.at.length <= span * 15 + 2, `${seen.at.length} in ${span} s`);
    const newest = seen.times.findLast((time) => time !== null) ?? 0;
    assert.ok(looked - newest < 20_000, `${looked - newest} ms old`);

    const workers = await (await system.api()).call(routes.system, {});
    assert.ok(workers.workers.some((worker) => worker.job !== null));
    assert.deepEqual(await (await system.api()).call(routes.listClips, { query: {} }), []);
    source.socket.close();
    first.socket.close();
    second.socket.close();
    await untilFound(async () => ((await converters()).length === 0 ? true : undefined), 60_000);
    await untilFound(async () => {
      const { workers } = await (await system.api()).call(routes.system, {});
      return workers.every((worker) => worker.job === null) ? true : undefined;
    }, 20_000);
  });

  /** The pictures that a viewer has got. */
  async function look({ pieces }: Watching): Promise<Seen> {
    const path = join(folder, 'seen.mp4');
    await writeFile(path, Buffer.concat(pieces));
    return lookAt(path);
  }

  /** Converting processes of this system's worker. */
  async function converters(): Promise<number[]> {
    const { worker } = await system.pids();
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const [stat, command] = await Promise.all(
        ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
      );
      const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent === worker && command?.includes('transcode.main')) found.push(Number(name));
    }
    return found;
  }
});
