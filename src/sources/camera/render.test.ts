import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lookAt, makeFootage } from '../../../test/media/footage.ts';
import { InputError } from '../../base/errors.ts';
import type { RenderJob } from '../../contract/worker.ts';
import type { RenderIo } from '../../media/render-io.ts';
import { render } from './render.ts';

let scratch = '';
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'vidette-render-'));
  const common = { content: 'plain', width: 320, height: 180, fps: 15, seconds: 3 } as const;
  await makeFootage({ ...common, path: join(scratch, 'segment-1') });
  await makeFootage({ ...common, path: join(scratch, 'segment-2'), firstFrame: 45 });
});
after(() => rm(scratch, { recursive: true, force: true }));

function job(params: unknown): RenderJob {
  return {
    id: '8f3f2f8e-5df3-4d0c-9a1d-3a9d1f1c2b11',
    attempt: 0,
    type: 'render',
    kind: 'camera',
    params,
    inputs: [
      { name: 'segment-1', url: 'https://hub.example/1' },
      { name: 'segment-2', url: 'https://hub.example/2' },
    ],
    output: { name: 'clip.mp4', url: 'https://hub.example/put', method: 'PUT', headers: {} },
    limits: { maxBytes: 150_000 },
  };
}

const stages: string[] = [];
const io = (): RenderIo => ({
  scratch,
  fetchInput: async (name) => join(scratch, name),
  signal: new AbortController().signal,
  onProgress: (_progress, stage) => void stages.push(stage),
});

test('a job becomes a file with the frames that were asked for', async () => {
  const wallStart = Date.UTC(2026, 10, 21, 18, 5);
  const rendered = await render(
    job({
      sources: [
        {
          name: 'Front door',
          pieces: [
            { input: 'segment-1', from: 2, to: 3, wallStart },
            { input: 'segment-2', from: 0, to: 1, wallStart: wallStart + 1000 },
          ],
        },
      ],
      layout: 'main',
      title: 'Front door',
      clock: true,
      timeZone: 'Europe/Berlin',
      sound: 'keep',
      fileName: 'front-door.mp4',
    }),
    io(),
  );
  const bytes = await readFile(rendered.path);
  assert.equal(rendered.bytes, bytes.length);
  assert.ok(rendered.bytes <= 150_000);
  assert.equal(rendered.sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual([rendered.duration, rendered.width, rendered.height], [2, 320, 180]);
  assert.deepEqual(
    (await lookAt(rendered.path)).frames,
    Array.from({ length: 30 }, (_, index) => 30 + index),
  );
  assert.ok(stages.includes('Fetching the footage'));
});

test('wrong parameters are refused with the reason', async () => {
  await assert.rejects(render(job({ sources: [] }), io()), InputError);
});
