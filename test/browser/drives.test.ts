/**
 * Bar 8 of drives: from the list of drives to a finished clip, in a real browser in a window as large as a phone's. The drive is generated:
 * its logs tell a story that is known, its film is made by FFmpeg.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Client } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { projectRoot } from '../house/imports.ts';
import { filmsCanBeMade, whyNoFilms } from '../openpilot/film.ts';
import { STORY, writeWholeDrive } from '../openpilot/whole-drive.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { browserIsInstalled, complaintsOf, launch, whyNoBrowser } from './chromium.ts';
import { standsOut } from './sideways.ts';
import { ANNA, signIn } from './sign-in.ts';

const skip = process.env.CI ? false : !browserIsInstalled ? whyNoBrowser : filmsCanBeMade ? false : whyNoFilms;
const MAX_BYTES = 1_500_000;

describe('drives on a phone', { skip }, () => {
  let system: System;
  let api: Client;
  let folder: string;
  let browser: Browser;
  let phone: BrowserContext;
  let page: Page;
  let complaints: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-drives-'));
    [system] = await Promise.all([startVidette(), writeWholeDrive(folder)]);
    api = await system.api();
    await api.call(routes.createUser, { body: ANNA });
    browser = await launch();
    phone = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    page = await phone.newPage();
    await signIn(page, system.url);
    complaints = complaintsOf(page);
  });
  after(async () => {
    await browser?.close();
    await system?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test('a folder is added, and its drive appears with what happened in it', async () => {
    await page.getByRole('link', { name: 'Drives' }).click();
    await page.getByTestId('add-drive-source').click();
    await page.getByTestId('drive-source-folder').check({ force: true });
    await page.getByTestId('drive-source-name').fill('My car');
    await page.getByTestId('drive-source-path').fill(join(folder, 'nowhere'));
    await page.getByTestId('drive-source-try').click();
    await page.getByText('is not there').waitFor({ timeout: 20_000 });
    await page.getByTestId('drive-source-path').fill(folder);
    await page.getByTestId('drive-source-try').click();
    await page.getByText('1 drive found').waitFor({ timeout: 20_000 });
    await page.getByTestId('drive-source-save').click();
    const card = page.getByTestId('drive-card');
    await card.waitFor({ timeout: 60_000 });
    await card.getByText('2 bookmarks').waitFor({ timeout: 90_000 });
    await card.getByText('Toyota Corolla').waitFor();
    await untilFound(
      () => card.locator('img').evaluate((img: HTMLImageElement) => (img.naturalWidth > 100 ? true : undefined)),
      30_000,
    );
    assert.ok((await standsOut(page)) <= 0, 'nothing to scroll sideways');
  });

  test('the drive is opened: its film plays, its time line tells the story', async () => {
    await page.getByTestId('drive-card').click();
    const video = page.getByTestId('drive-video');
    await untilFound(
      () => video.evaluate((element: HTMLVideoElement) => (element.readyState >= 2 ? true : undefined)),
      60_000,
    );
    assert.equal(await page.getByTestId('mark-bookmark').count(), 2);
    assert.equal(await page.getByTestId('mark-alert').count(), 1);
    assert.equal(await page.getByTestId('engaged-span').count(), 1);
    await page.getByTestId('drive-track').waitFor();
    await page.getByTestId('drive-event').getByText(STORY.alert.text1).waitFor();

    await page.getByTestId('drive-play').click();
    const clock = page.getByTestId('drive-clock');
    await untilFound(
      async () => (['0:02', '0:03'].includes((await clock.textContent()) ?? '') ? true : undefined),
      40_000,
    );
    await page.getByTestId('drive-play').click();
    // Across the seam of two minutes.
    const timeline = page.getByTestId('drive-timeline');
    const box = await timeline.boundingBox();
    assert.ok(box);
    await page.touchscreen.tap(box.x + box.width * 0.75, box.y + box.height * 0.6);
    await untilFound(
      async () => ((await clock.textContent()) === '1:30' || (await clock.textContent()) === '1:29' ? true : undefined),
      10_000,
    );
    await untilFound(
      () =>
        video.evaluate((element: HTMLVideoElement) => (!element.seeking && element.readyState >= 2 ? true : undefined)),
      40_000,
    );
    assert.ok((await standsOut(page)) <= 0, 'nothing to scroll sideways');
  });

  test('seconds are chosen and become a clip under its limit, with the driving screen', async () => {
    const bookmark = page.locator('li', { hasText: 'Bookmark' }).first();
    await bookmark.getByRole('button', { name: 'Choose this for a clip' }).click();
    await page.getByTestId('drive-start').fill('0:36');
    await page.getByTestId('drive-start').press('Tab');
    await page.getByTestId('drive-end').fill('0:42');
    await page.getByTestId('drive-end').press('Tab');
    assert.equal(await page.getByTestId('drive-range-length').textContent(), '6 s');
    await page.getByTestId('drive-clip').click();
    const dialog = page.getByTestId('drive-clip-dialog');
    await untilFound(
      () =>
        dialog
          .getByTestId('drive-preview')
          .evaluate((img: HTMLImageElement) => (img.naturalWidth === 960 ? true : undefined))
          .catch(() => undefined),
      60_000,
    );
    await dialog.getByTestId('drive-clip-title').fill('Take control');
    await dialog.getByTestId('drive-clip-limit').fill(String(MAX_BYTES / 1e6));
    await dialog.getByTestId('drive-clip-submit').click();
    const clip = dialog.getByTestId('clip');
    await untilFound(async () => {
      const state = await clip.getAttribute('data-state');
      if (state === 'failed') throw new Error((await clip.textContent()) ?? '');
      return state === 'done' ? true : undefined;
    }, 240_000);
    assert.match((await clip.getByTestId('clip-facts').textContent()) ?? '', /6 s.*1440 × 720/);
    await clip.getByTestId('clip-play').click();
    await untilFound(
      () =>
        clip.locator('video').evaluate((element: HTMLVideoElement) => (element.currentTime > 0.5 ? true : undefined)),
      30_000,
    );
    const [made] = await api.call(routes.listClips, {});
    assert.ok(made?.result && made.result.bytes <= MAX_BYTES, `${made?.result?.bytes}`);
    assert.ok(Math.abs(made.result.duration - 6) < 0.1);
    assert.equal(made.request.layout, 'ui');
    assert.deepEqual(complaints, []);
  });

  test('the command line lists them, and brings the latest bookmark as a clip', async () => {
    const run = async (...args: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(projectRoot, 'bin/vidette.js'), ...args], {
        env: { ...process.env, VIDETTE_DATA: system.data },
        cwd: folder,
      });
      return stdout;
    };
    assert.match(await run('drives'), /57 % engaged +2 bookmarked +TOYOTA COROLLA TSS2 2019 +My car/);
    const [listed] = JSON.parse(await run('drives', '--json')) as { route: string }[];
    assert.match(listed?.route ?? '', /d68dde99ca/);
    const args = ['clip-bookmark', '--before', '2', '--after', '1', '-m', '1', '-o', 'mark.mp4', '--json'];
    const made = JSON.parse(await run('drives', ...args)) as { bytes: number; duration: number };
    const { size } = await stat(join(folder, 'mark.mp4'));
    assert.equal(size, made.bytes);
    assert.ok(size <= 1_000_000 && Math.abs(made.duration - 3) < 0.1, JSON.stringify(made));
    const clip = (await api.call(routes.listClips, {}))[0];
    const start = Number(clip?.request.ranges[0]?.start);
    assert.ok(Math.abs(start - (STORY.bookmarks[1] - 2)) < 0.3, `${start}`);
  });
});
