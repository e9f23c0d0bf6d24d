import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AVCOL_SPC_UNSPECIFIED } from 'node-av/constants';
import { fixture } from '../../../test/fixtures/video.ts';
import { lookAt, makeFootage } from '../../../test/media/footage.ts';
import { BadInput } from '../codec/input-file.ts';
import { quietLog } from '../codec/native.ts';
import { LimitTooSmall } from '../codec/report.ts';
import { indexAnnexB } from './annexb-index.ts';
import { openPictures } from './numbered-pictures.ts';
import type { OverlayPlan } from './overlay-plan.ts';
import { renderOverlay } from './overlay-render.ts';
import type { OverlayFrame, OverlayScene, Rect } from './overlay-scene.ts';

const CANVAS = { width: 640, height: 360 };
let folder = '';
let raw = '';
let minute = '';
let counter = 0;

before(async () => {
  quietLog();
  folder = await mkdtemp(join(tmpdir(), 'vidette-overlay-'));
  raw = (await fixture('h265-360p')).path;
  minute = await makeFootage({
    path: join(folder, 'minute.mp4'),
    content: 'plain',
    width: 320,
    height: 180,
    fps: 15,
    seconds: 10,
    sound: true,
  });
});
after(() => rm(folder, { recursive: true, force: true }));

/** Pictures of the two files in this order, each filling the canvas, and a square that moves over them; none in the first `gap` frames. */
function sceneOf(shown: readonly (readonly [input: number, picture: number])[], square = true, gap = 0): OverlayScene {
  const windows = [CANVAS, { width: 320, height: 180 }];
  return {
    size: CANVAS,
    rate: { num: 15, den: 1 },
    frames: shown.length,
    *play(): Generator<OverlayFrame> {
      let last: Rect | undefined;
      for (const [n, [input, picture]] of shown.entries())
        yield {
          tiles:
            n < gap
              ? []
              : [
                  {
                    input,
                    picture,
                    window: { x: 0, y: 0, ...(windows[input] ?? CANVAS) },
                    place: { x: 0, y: 0, ...CANVAS },
                  },
                ],
          draw: (context) => {
            if (!square) return [];
            if (last) context.clearRect(last.x, last.y, last.width, last.height);
            last = { x: 2 * n, y: 40, width: 40, height: 40 };
            context.fillStyle = '#ffffff';
            context.fillRect(last.x, last.y, last.width, last.height);
            return [last];
          },
          kept: () =>
            square
              ? [
                  {
                    key: 'bar',
                    rect: { x: 0, y: 0, width: 640, height: 20 },
                    draw: (context) => {
                      context.fillStyle = '#000000';
                      context.fillRect(0, 0, 640, 20);
                    },
                  },
                ]
              : [],
        };
    },
  };
}

function plan(change: Partial<OverlayPlan> = {}): OverlayPlan {
  return {
    inputs: [
      { name: 'raw', path: raw, format: 'h265', light: { input: 1, scale: 0.5 } },
      { name: 'minute', path: minute, format: 'container' },
    ],
    sound: [],
    limits: {},
    metadata: {},
    output: join(folder, `out-${++counter}.mp4`),
    scratch: folder,
    ...change,
  };
}

const range = (input: number, from: number, to: number): [number, number][] =>
  Array.from({ length: to - from }, (_, index) => [input, from + index]);
const quiet = (): void => undefined;

test('frame n carries picture n and drawing n, over files of both sorts, with the sound beside it', async () => {
  const shown = [...range(0, 7, 40), ...range(1, 20, 50)];
  const asked = plan({ sound: [{ input: 1, start: 33 / 15, length: 2, picture: 20 }] });
  const result = await renderOverlay(sceneOf(shown), asked, quiet);
  assert.equal(result.frames, shown.length);
  assert.equal(result.bytes, (await stat(asked.output)).size);
  const seen = await lookAt(asked.output);
  assert.deepEqual(
    seen.frames,
    shown.map(([, picture]) => picture),
  );
  const loud = (from: number, to: number): number => Math.max(...seen.loudness.slice(from * 10, to * 10));
  assert.ok(loud(0, 2) < 0.02, 'silent where there is no sound');
  assert.ok(loud(3, 4) > 0.1, `the tone of second 2 is heard: ${seen.loudness}`);
  const pictures = openPictures({ name: 'made', path: asked.output, format: 'container' });
  for (const n of [0, 30, 62]) {
    const { frame } = pictures.at(n);
    const luma = frame.data?.[0];
    const at = (x: number, y: number): number => luma?.[y * (frame.linesize[0] ?? 0) + x] ?? 0;
    assert.ok(at(2 * n + 20, 60) > 220, `the square of frame ${n}`);
    assert.ok(at(2 * n + 60, 60) < 200, `behind the square of frame ${n}`);
    assert.ok(at(320, 10) < 24, 'the bar');
  }
  pictures.close();
});

test('a clip that begins where there is no picture has the colours of its footage all the same', async () => {
  const colours = async (gap: number): Promise<number[]> => {
    const asked = plan();
    await renderOverlay(sceneOf(range(1, 0, 4), true, gap), asked, quiet);
    const pictures = openPictures({ name: 'made', path: asked.output, format: 'container' });
    const { colorSpace, colorPrimaries, colorTrc } = pictures.at(0).frame;
    pictures.close();
    return [colorSpace, colorPrimaries, colorTrc];
  };
  const [begun, late] = [await colours(0), await colours(2)];
  assert.ok(begun.every((one) => one !== AVCOL_SPC_UNSPECIFIED));
  assert.deepEqual(late, begun);
});

test('a size limit is met from below, by at least 95 % when the pictures need the bits', async () => {
  for (const maxBytes of [900_000, 500_000]) {
    const asked = plan({ limits: { maxBytes } });
    const result = await renderOverlay(sceneOf(range(0, 0, 150)), asked, quiet);
    const { size } = await stat(asked.output);
    assert.equal(result.bytes, size);
    assert.ok(size <= maxBytes && size >= 0.95 * maxBytes, `${size} of ${maxBytes}`);
    assert.equal(result.width, 640);
  }
});

test('with room to spare the quality is enough, and the file is smaller', async () => {
  const asked = plan({ limits: { maxBytes: 50_000_000 } });
  const result = await renderOverlay(sceneOf(range(1, 0, 60)), asked, quiet);
  assert.ok(result.bytes < 5_000_000 && result.passes === 1);
});

test('where a limit leaves too few bits the picture becomes smaller and that is said; where it is hopeless it is refused', async () => {
  const tight = plan({ limits: { maxBytes: 45_000 } });
  const result = await renderOverlay(sceneOf(range(0, 0, 150)), tight, quiet);
  assert.ok(result.bytes <= 45_000);
  assert.ok(result.width < 640 && result.notes.some((note) => note.includes(`${result.width}×${result.height}`)));
  await assert.rejects(
    renderOverlay(sceneOf(range(0, 0, 150)), plan({ limits: { maxBytes: 4000 } }), quiet),
    LimitTooSmall,
  );
});

test('where x264 refuses so few bits, smaller pictures are tried before the limit is called too small', async () => {
  const asked = plan({ limits: { maxBytes: 12_000 } });
  const result = await renderOverlay(sceneOf(range(0, 0, 150)), asked, quiet);
  assert.ok(result.bytes <= 12_000 && result.bytes === (await stat(asked.output)).size);
  assert.ok(result.width < 640);
});

test('an encoder that does not open for another reason than too few bits is not called a limit that is too small', async () => {
  const asked = plan({ limits: { maxBytes: 45_000 }, scratch: await mkdtemp(join(folder, 'own-')) });
  const scene = sceneOf(range(0, 0, 30));
  let played = 0;
  const spoilt: OverlayScene = {
    ...scene,
    play: () => {
      // Between the passes the statistics are gone.
      if (played++ === 1) rmSync(join(asked.scratch, 'first-pass.log'));
      return scene.play();
    },
  };
  await assert.rejects(
    renderOverlay(spoilt, asked, quiet),
    (error) => error instanceof Error && !(error instanceof LimitTooSmall) && /libx264/.test(error.message),
  );
});

test('progress goes on while the lossless master is written, and never back', async () => {
  const seen: [number, string][] = [];
  const asked = plan({ limits: { maxBytes: 300_000 }, master: join(folder, 'master.mkv') });
  await renderOverlay(sceneOf(range(0, 0, 40)), asked, (part, stage) => seen.push([part, stage]));
  assert.ok(seen.every(([part], index) => part >= (seen[index - 1]?.[0] ?? 0)));
  const ofMaster = seen.filter(([, stage]) => stage.includes('master')).map(([part]) => part);
  assert.ok(new Set(ofMaster).size > 10 && Math.max(...ofMaster) > 0.2);
});

test('damaged and missing pictures repeat the one before, and are noted', async () => {
  const bytes = await readFile(raw);
  const { pictures } = indexAnnexB('raw', raw);
  assert.equal(pictures.length, 150);
  const hurt = pictures[50];
  assert.ok(hurt && !hurt.key);
  // The slices of picture 50 become filler: it is counted no more, so those behind move up by one.
  bytes.fill(0xff, hurt.offset + 8, hurt.offset + hurt.size);
  const path = join(folder, 'hurt.h265');
  await writeFile(path, bytes.subarray(0, pictures[100]?.offset));
  const inputs = [{ name: 'hurt', path, format: 'h265' as const }];
  const asked = plan({ inputs });
  const result = await renderOverlay(sceneOf(range(0, 90, 110)), asked, quiet);
  const seen = await lookAt(asked.output);
  assert.deepEqual(seen.frames.slice(0, 10), [90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  assert.deepEqual(
    seen.frames.slice(10),
    Array.from({ length: 10 }, () => 99),
  );
  assert.ok(result.notes.some((note) => note.startsWith('10 of 20 pictures are missing')));
});

test('a file that is none is refused by its name, and nothing is left behind', async () => {
  const path = join(folder, 'garbage.bin');
  await writeFile(path, Buffer.alloc(100_000, 7));
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  for (const format of ['h265', 'container'] as const) {
    const asked = plan({ inputs: [{ name: 'the drive', path, format }], scratch });
    await assert.rejects(
      renderOverlay(sceneOf(range(0, 0, 10)), asked, quiet),
      (error) => error instanceof BadInput && error.input === 'the drive',
    );
  }
  assert.deepEqual(await readdir(scratch), []);
});
