/**
 * Bar 8 of the replays: in a browser on a phone, from dropped files to a video. All files are made by the generators.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Client } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { pixelsOf } from '../media/jpeg.ts';
import { FakeOsu, md5 } from '../osu/fake-osu.ts';
import { madeReplay, madeSet, madeSkin } from '../osu/made-files.ts';
import { MAP_TEXT } from '../osu/scene/generated-play.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { browserIsInstalled, complaintsOf, launch, whyNoBrowser } from './chromium.ts';
import { standsOut } from './sideways.ts';
import { ADA, ANNA, signIn } from './sign-in.ts';

const skip = browserIsInstalled || process.env.CI ? false : whyNoBrowser;
const PATIENCE = 90_000;
const NAME = 'vidette - Nobody - Made Up [Everything] (2026-11-21) Osu.osr';

const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

describe('replays of osu! in a browser', { skip }, () => {
  let system: System;
  let api: Client;
  let browser: Browser;
  let phone: BrowserContext;
  let page: Page;
  let complaints: string[];

  before(async () => {
    system = await startVidette();
    api = await system.api();
    await api.call(routes.createUser, { body: { ...ANNA, role: 'viewer' } });
    browser = await launch();
    phone = await browser.newContext({
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      locale: 'en-US',
    });
    // Chromium on a desk shares nothing.
    await phone.addInitScript(() => {
      Object.defineProperty(navigator, 'canShare', { value: () => true });
      const share = async ({ files }: { files: File[] }): Promise<void> => {
        Reflect.set(
          window,
          'shared',
          files.map(({ name, type, size }) => [name, type, size]),
        );
      };
      Object.defineProperty(navigator, 'share', { value: share });
    });
    page = await signedIn(phone);
    complaints = complaintsOf(page);
  });
  after(async () => {
    await browser?.close();
    await system?.[Symbol.asyncDispose]();
  });

  async function signedIn(context: BrowserContext): Promise<Page> {
    const opened = await context.newPage();
    await signIn(opened, system.url);
    await opened.getByRole('link', { name: 'Replays' }).click();
    return opened;
  }

  /** Of the preview as it is shown; another when another picture has come. */
  const previewNow = (on = page): Promise<string> =>
    untilFound(async () => {
      const shown = on.getByTestId('replay-preview');
      if ((await shown.count()) === 0 || (await on.locator('.preview[aria-busy="true"]').count()) > 0) return undefined;
      const pixels = await shown.evaluate((image: HTMLImageElement) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        canvas.getContext('2d')?.drawImage(image, 0, 0);
        return canvas.toDataURL('image/png');
      });
      return createHash('sha256').update(pixels).digest('hex');
    }, PATIENCE);

  const otherThan = (before: string, on = page): Promise<string> =>
    untilFound(async () => {
      const now = await previewNow(on);
      return now === before ? undefined : now;
    }, PATIENCE);

  test('a replay is chosen on the phone, says which map it lacks, and is ready when the set comes', async () => {
    await page.getByText('No replays yet').waitFor({ timeout: PATIENCE });
    const picker = page.getByTestId('replay-files');
    await picker.setInputFiles([file(NAME, madeReplay()), file('holiday.jpg', Buffer.from('ffd8ffe0', 'hex'))]);
    const missing = page.getByTestId('replay-missing');
    await missing.getByText('Its map is not here.').waitFor({ timeout: PATIENCE });
    await page.getByText('Nobody - Made Up [Everything]', { exact: true }).waitFor();
    assert.equal(await page.getByTestId('replay-clip').isDisabled(), true);
    // What is no file of osu! is named, and keeps nothing else from coming.
    const refused = page.locator('[data-testid="replay-file"][data-state="failed"]');
    await refused.getByText('holiday.jpg: is no replay, set or skin of osu!').waitFor({ timeout: PATIENCE });
    await refused.getByRole('button').click();

    await picker.setInputFiles([file('set.osz', madeSet()), file('purple.osk', madeSkin('Purple'))]);
    await page.locator('[data-testid="replay-card"][data-state="ready"]').waitFor({ timeout: PATIENCE });
    const judged = (await page.getByTestId('replay-judged').textContent()) ?? '';
    assert.match(judged.replace(/\s+/g, ' '), /100\.00 %.*12 \/ 0 \/ 0 \/ 0/);
    await page.getByText('Nobody – Made Up').waitFor();
    assert.ok((await standsOut(page)) <= 0);
  });

  test('options have a preview picture; the video is made, and it plays', async () => {
    await page.getByTestId('replay-clip').click();
    const first = await previewNow();
    await page.getByTestId('replay-at').fill('1.5');
    const early = await otherThan(first);
    await page.getByTestId('replay-hud-score').click();
    const without = await otherThan(early);
    await page.getByTestId('replay-skin').selectOption({ label: 'Purple' });
    await otherThan(without);
    await page.getByTestId('replay-size').selectOption({ label: '480p' });
    await page.getByTestId('replay-fps').selectOption('30');
    await page.getByTestId('replay-preset').selectOption('draft');
    await page.getByTestId('replay-part').click();
    await page.getByTestId('replay-start').fill('1');
    await page.getByTestId('replay-start').blur();
    await page.getByTestId('replay-end').fill('4');
    await page.getByTestId('replay-end').blur();
    await page.getByTestId('replay-clip-submit').click();
    const dialog = page.getByTestId('replay-clip-dialog');
    await dialog.locator('[data-testid="clip"][data-state="done"]').waitFor({ timeout: PATIENCE });
    assert.match((await dialog.getByTestId('clip-facts').textContent()) ?? '', /3 s · .* · 854 × 480/);
    await dialog.getByTestId('clip-play').click();
    await untilFound(
      () => dialog.locator('video').evaluate((video: HTMLVideoElement) => (video.currentTime > 0.5 ? true : undefined)),
      PATIENCE,
    );
    assert.ok((await standsOut(page)) <= 0);
    // Where the browser can, as on a phone over https, the file goes to another app.
    await dialog.getByTestId('clip-share').click();
    const shared = await untilFound(() => page.evaluate(() => Reflect.get(window, 'shared') as unknown), PATIENCE);
    const [made] = await api.call(routes.listClips, {});
    assert.deepEqual(shared, [[made?.result?.fileName, 'video/mp4', made?.result?.bytes]]);
    await page.keyboard.press('Escape');
  });

  test('the same replay with the same options is there at once, and is one file', async () => {
    const [made] = await api.call(routes.listClips, {});
    assert.ok(made?.result && made.state === 'done');
    const again = await api.call(routes.createClip, { body: made.request });
    const done = await untilFound(async () => {
      const clip = await api.call(routes.getClip, { params: { id: again.id } });
      assert.notEqual(clip.state, 'running', 'nobody draws it again');
      return clip.state === 'done' ? clip : undefined;
    }, PATIENCE);
    assert.equal(done.result?.sha256, made.result.sha256);
  });

  test('while a video is made, the picture that is being drawn is seen', async () => {
    const [replay] = await api.call(routes.listReplays, {});
    const clip = await api.call(routes.createClip, {
      body: { sources: [replay?.id ?? ''], replay: {}, limits: { height: 2160 } },
    });
    await page.getByRole('link', { name: 'Clips' }).click();
    const shown = page.locator(`[data-clip="${clip.id}"]`).getByTestId('clip-picture');
    await shown.waitFor({ timeout: PATIENCE });
    const { picture } = await api.call(routes.getClip, { params: { id: clip.id } });
    assert.ok((picture ?? 0) >= 1);
    const token = await system.token();
    const jpeg = await fetch(`${system.url}/api/clips/${clip.id}/picture.jpg`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { width, height } = await pixelsOf(new Uint8Array(await jpeg.arrayBuffer()));
    assert.deepEqual([width, height], [480, 270]);
    await api.call(routes.cancelClip, { params: { id: clip.id } });
    await page.locator(`[data-clip="${clip.id}"][data-state="cancelled"]`).waitFor({ timeout: PATIENCE });
  });

  test('an admin lets the hub ask osu!; then the link of a score brings its replay to a phone', async () => {
    await using osu = await FakeOsu.start();
    const replay = madeReplay({ player: 'Mia' });
    osu.scores.push({ id: 4_459_998_279, player: 'Mia', replay, map: { set: 20, id: 30, md5: md5(MAP_TEXT) } });
    await api.call(routes.createUser, { body: ADA });
    const desk = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
    const admin = await desk.newPage();
    await signIn(admin, system.url, ADA);
    await admin.getByRole('link', { name: 'Settings' }).click();
    await admin.getByTestId('score-client').fill(String(osu.clientId));
    await admin.getByTestId('score-secret').fill('another');
    await admin.getByText('Another server').click();
    await admin.getByTestId('score-server').fill(osu.url);
    await admin.getByTestId('score-try').click();
    await admin.getByText(/does not know this application/).waitFor({ timeout: PATIENCE });
    await admin.getByTestId('score-secret').fill(osu.secret);
    await admin.getByTestId('score-try').click();
    await admin.getByTestId('score-tried').waitFor({ timeout: PATIENCE });
    await admin.getByTestId('score-save').click();
    await admin.getByTestId('score-remove').waitFor({ timeout: PATIENCE });
    await desk.close();

    await page.reload();
    await page.getByRole('link', { name: 'Replays' }).click();
    await page.getByTestId('score-link').fill(`${osu.url}/users/1`);
    await page.getByTestId('score-bring').click();
    await page.getByText(/It looks like/).waitFor({ timeout: PATIENCE });
    await page.getByTestId('score-link').fill(`${osu.url}/scores/4459998279`);
    await page.getByTestId('score-bring').click();
    const card = page.locator('[data-testid="replay-card"][data-state="ready"]', { hasText: 'Mia' });
    await card.waitFor({ timeout: PATIENCE });
    assert.ok((await standsOut(page)) <= 0);
    const mia = (await api.call(routes.listReplays, {})).find(({ player }) => player === 'Mia');
    await api.call(routes.deleteReplay, { params: { id: mia?.id ?? '' } });
    await card.waitFor({ state: 'detached', timeout: PATIENCE });
  });

  test('files are dropped anywhere on the page of a desk; several are previewed; replay and skin are removed', async () => {
    const desk = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
    const wide = await signedIn(desk);
    await wide.getByTestId('replay-card').waitFor();
    await wide.evaluate(
      (bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'another.osr'));
        document
          .querySelector('h1')
          ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
      },
      [...madeReplay({ player: 'Somebody else' })],
    );
    const other = wide.locator('[data-testid="replay-card"][data-state="ready"]', { hasText: 'Somebody else' });
    await other.waitFor({ timeout: PATIENCE });
    // Several of one map are previewed too, in a list and all at once.
    await other.getByTestId('replay-clip').click();
    const alone = await previewNow(wide);
    await wide.getByTestId('replay-other').click();
    const listed = await otherThan(alone, wide);
    await wide.getByTestId('replay-knockout').click();
    await otherThan(listed, wide);
    await wide.keyboard.press('Escape');
    await other.getByTestId('replay-remove').click();
    await other.getByTestId('replay-remove-confirm').click();
    await untilFound(async () => ((await wide.getByTestId('replay-card').count()) === 1 ? true : undefined), PATIENCE);
    await wide.getByTestId('skin-remove').click();
    await wide.getByTestId('skin-remove-confirm').click();
    await wide.getByTestId('skin').first().waitFor({ state: 'detached', timeout: PATIENCE });
    assert.ok((await standsOut(wide)) <= 0);
    await desk.close();
    // What was refused was answered with an error, which browsers note.
    assert.deepEqual(
      complaints.filter((line) => !line.includes('/api/replay-files')),
      [],
    );
  });
});
