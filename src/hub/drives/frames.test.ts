import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { filmsCanBeMade, whyNoFilms } from '../../../test/openpilot/film.ts';
import { STORY, writeWholeDrive } from '../../../test/openpilot/whole-drive.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import { routes } from '../../contract/routes.ts';
import { DriveDesk } from './desk.ts';

describe('a picture of a clip before it is made', { skip: filmsCanBeMade ? false : whyNoFilms }, () => {
  let folder: string;
  let cacheDir: string;
  let hub: TestHub;
  let desk: DriveDesk;
  let ask: (body: object) => Promise<Response>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-frames-'));
    cacheDir = await mkdtemp(join(tmpdir(), 'vidette-frames-cache-'));
    const { logId } = await writeWholeDrive(folder, { minutes: 1 });
    hub = await openTestHub({
      before: (server, parts) => {
        desk = new DriveDesk({
          ...parts,
          cacheDir,
          timeZone: 'UTC',
          createClip: () => Promise.reject(new Error('no clip is asked for here')),
          now: () => Date.now(),
        });
        desk.register(server.app);
      },
    });
    await desk.start();
    const api = await hub.client('api');
    await api.call(routes.createDriveSource, { body: { name: 'Car', from: { type: 'folder', path: folder } } });
    await untilFound(async () => ((await api.call(routes.listDrives, {})).length > 0 ? true : undefined), 20_000);
    ask = (body) =>
      fetch(`${hub.local}/api/drives/${logId}/frame.jpg`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
  });
  after(async () => {
    await desk?.stop();
    await hub?.[Symbol.asyncDispose]();
    for (const place of [folder, cacheDir]) await rm(place, { recursive: true, force: true });
  });

  /** Middle of the lower border: its colour tells the state. */
  async function border(answer: Response): Promise<{ size: string; red: number; green: number; blue: number }> {
    assert.equal(answer.status, 200, answer.status === 200 ? '' : await answer.text());
    const image = await loadImage(Buffer.from(await answer.arrayBuffer()));
    const context = createCanvas(image.width, image.height).getContext('2d');
    context.drawImage(image, 0, 0);
    const [red = 0, green = 0, blue = 0] = context.getImageData(image.width / 2, image.height - 6, 1, 1).data;
    return { size: `${image.width}×${image.height}`, red, green, blue };
  }

  test('shows the driving screen as it will be: the border is green while engaged, blue while not', async () => {
    const engaged = await border(await ask({ layout: 'ui', at: STORY.engaged.start + 10 }));
    assert.equal(engaged.size, '960×480');
    assert.ok(engaged.green > engaged.red + 50 && engaged.green > engaged.blue + 30, JSON.stringify(engaged));
    const before = await border(await ask({ layout: 'ui', at: STORY.engaged.start - 6 }));
    assert.ok(before.blue > before.green && before.blue > before.red + 20, JSON.stringify(before));
    assert.deepEqual(await readdir(join(cacheDir, 'brought')), [], 'nothing is left of the work');
  });

  test('what could not be made is said', async () => {
    const wide = await ask({ layout: 'wide', at: 5 });
    assert.equal(wide.status, 400);
    assert.match(await wide.text(), /ecamera\.hevc .* is not there for minute 0/);
    assert.equal((await ask({ layout: 'nonsense', at: 5 })).status, 400);
  });
});
