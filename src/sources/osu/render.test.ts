import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lookAt } from '../../../test/media/footage.ts';
import { madeReplay, madeSet, madeSkin } from '../../../test/osu/made-files.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { RenderJob } from '../../contract/worker.ts';
import { planReplay } from './plan.ts';
import { render } from './render.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-render-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** As a worker does it, with inputs that are there already. */
async function made(
  request: object,
  params: object = {},
): Promise<Awaited<ReturnType<typeof render>> & { shown: boolean }> {
  const scratch = join(folder, randomUUID());
  await mkdir(scratch);
  const files: Record<string, Buffer> = {
    'replay.osr': madeReplay(),
    'set.osz': madeSet(),
    'skin.osk': madeSkin(),
    'other-1.osr': madeReplay({ player: 'Somebody else' }),
  };
  const parsed = ClipRequest.parse({ sources: ['x'], limits: { width: 256, height: 144, fps: 20 }, ...request });
  const beside = { others: 'others' in params ? [{}] : [], skin: parsed.replay?.skin ? {} : null };
  const planned = planReplay(parsed, { replay: 'my play.osr', set: 'my set.osz' }, { start: 1, end: 3 }, beside);
  const job: RenderJob = {
    id: randomUUID(),
    attempt: 0,
    type: 'render',
    kind: 'osu',
    params: { ...planned, ...params },
    inputs: [],
    output: { name: 'clip.mp4', url: '', method: 'PUT', headers: {} },
    limits: parsed.limits,
  };
  const picture = join(scratch, 'now.jpg');
  const rendered = await render(job, {
    ...{ scratch, picture },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    fetchInput: async (name) => {
      const path = join(scratch, `input-${name}`);
      await writeFile(path, files[name] ?? assert.fail(`${name} is no input`));
      return path;
    },
  });
  return { ...rendered, shown: existsSync(picture) };
}

test('the worker’s half makes what the hub’s half has planned, and shows what it draws', async () => {
  const { path, width, height, duration, shown } = await made({
    replay: { preset: 'draft', look: { hide: ['keys'] } },
  });
  assert.deepEqual([width, height, duration, shown], [256, 144, 2, true]);
  assert.equal((await lookAt(path)).frames.length, 40);
});

test('another skin and a knock-out of several are other videos', async () => {
  const plain = await made({ replay: { preset: 'draft' } });
  const skinned = await made({ replay: { preset: 'draft', skin: randomUUID() } });
  const several = await made({ replay: { preset: 'draft', knockout: true } }, { others: ['other-1.osr'] });
  assert.equal(new Set([plain, skinned, several].map(({ sha256 }) => sha256)).size, 3);
});

test('what is wrong is said by the names that people know', async () => {
  await assert.rejects(made({}, { width: 1 }), /parameters are wrong/);
  await assert.rejects(made({}, { replay: 'set.osz' }), /my play\.osr/);
});
