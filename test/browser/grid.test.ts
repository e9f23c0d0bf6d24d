/**
 * What people do with many cameras, in a real browser: a grid of nine, one on the full screen, scrubbing, four on one clock, and a camera
 * whose coding this browser cannot play; in a window as large as a desk's, and as small as a phone's.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { routes } from '../../src/contract/routes.ts';
import { type CameraProcess, startCameraProcess } from '../rtsp/camera-process.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { percentile, shownFrame, shownFrames } from './bars.ts';
import { browserIsInstalled, complaintsOf, launch, whyNoBrowser } from './chromium.ts';
import { standsOut } from './sideways.ts';
import { ANNA, signIn } from './sign-in.ts';

const skip = browserIsInstalled || process.env.CI ? false : whyNoBrowser;
const FPS = 15;
/** The test camera's pictures begin anew after so many. */
const LOOP = 300;

/** How far picture `b` is after picture `a`, where the count begins anew. */
function framesFrom(a: number, b: number, loop = LOOP): number {
  return ((((b - a + loop / 2) % loop) + loop) % loop) - loop / 2;
}

async function moves(video: Locator, by = 5, loop = LOOP): Promise<void> {
  const first = await untilFound(async () => (await shownFrame(video)).frame, 30_000);
  await untilFound(async () => {
    const { frame } = await shownFrame(video);
    return frame !== undefined && Math.abs(framesFrom(first, frame, loop)) >= by ? true : undefined;
  }, 20_000);
}

describe('many cameras in a browser', { skip }, () => {
  let system: System;
  let nine: CameraProcess;
  let hevc: CameraProcess;
  let browser: Browser;
  let desk: BrowserContext;
  let page: Page;
  let complaints: string[];
  const ids: string[] = [];
  let hevcId = '';

  before(async () => {
    [system, nine, hevc] = await Promise.all([
      startVidette({ env: { VIDETTE_SEGMENT_SECONDS: '10' } }),
      startCameraProcess({ fixture: 'h264-240p', cameras: 9 }),
      startCameraProcess({ fixture: 'h265-360p' }),
    ]);
    const api = await system.api();
    await api.call(routes.createUser, { body: ANNA });
    for (const [index, url] of nine.urls.entries()) {
      const camera = await api.call(routes.createCamera, {
        body: { name: `Camera ${index + 1}`, url, ...(index === 0 ? { subUrl: nine.urls[1] ?? null } : {}) },
      });
      ids.push(camera.id);
    }
    browser = await launch();
    desk = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await desk.newPage();
    await enter(page);
    complaints = complaintsOf(page);
  });
  after(async () => {
    await browser?.close();
    await nine?.stop();
    await hevc?.stop();
    await system?.[Symbol.asyncDispose]();
  });

  const loop = 6 * FPS;
  const tile = (name: string): Locator => page.getByTestId('camera-card').and(page.locator(`[data-camera="${name}"]`));

  async function enter(on: Page): Promise<void> {
    await signIn(on, system.url);
    await on.getByTestId('camera-card').first().waitFor();
  }

  test('a grid of nine cameras, all of them moving at the same time', async () => {
    await page.getByTestId('grid-9').click();
    await Promise.all(ids.map((_, index) => moves(tile(`Camera ${index + 1}`).getByTestId('live-video'), 5, loop)));
    assert.equal(await page.getByTestId('grid').getAttribute('data-columns'), '3');
    const tops = new Set<number>();
    for (const index of [0, 3, 8]) {
      const box = await tile(`Camera ${index + 1}`).boundingBox();
      tops.add(Math.round(box?.y ?? 0));
    }
    assert.equal(tops.size, 3, 'three rows');
    assert.ok((await standsOut(page)) <= 0, 'nothing to scroll sideways');
    // For later: what this one shows of itself is a gap with a reason.
    await nine.fault({ kind: 'freeze', seconds: 12 }, 8);
    const state = await nine.state();
    // The second stream of the first camera is one reading more.
    const clients = state.cameras.map((camera) => camera.clients);
    assert.deepEqual(clients, [1, 2, 1, 1, 1, 1, 1, 1, 1], 'one connection for each stream');
  });

  test('a tap leads to the camera; its picture fills the screen', async () => {
    await tile('Camera 5').getByRole('link').click();
    const video = page.getByTestId('stage').getByTestId('live-video');
    await moves(video, 5, loop);
    await page.getByRole('button', { name: 'Full screen' }).click();
    await untilFound(
      () => page.evaluate(() => (document.fullscreenElement?.querySelector('video') ? true : undefined)),
      5000,
    );
    await moves(video, 5, loop);
    await page.evaluate(() => document.exitFullscreen());
  });

  test('scrubbing shows pictures of where the pointer is, before it is let go', async () => {
    // Enough to scrub in.
    await untilFound(async () => {
      const camera = await (await system.api()).call(routes.getCamera, { params: { id: ids[4] ?? '' } });
      return camera.footage.from && Date.now() - Date.parse(camera.footage.from) > 16_000 ? true : undefined;
    }, 60_000);
    const timeline = page.getByTestId('timeline');
    for (let times = 0; times < 4; times++) await page.keyboard.press('+');
    await sleep(600);
    const box = await timeline.boundingBox();
    assert.ok(box);
    const place = async (wall: number): Promise<number> => {
      const [start, end] = [
        Number(await timeline.getAttribute('data-start')),
        Number(await timeline.getAttribute('data-end')),
      ];
      return box.x + (box.width * (wall - start)) / (end - start);
    };
    const now = Date.now();
    const y = box.y + box.height * 0.7;
    const single = page.getByTestId('scrub-video');
    const seen: { at: number; frame: number }[] = [];
    // Small pictures along it, while it is live.
    await untilFound(async () => ((await page.getByTestId('strip-picture').count()) >= 3 ? true : undefined), 20_000);
    await page.mouse.move(await place(now - 6000), y);
    // A small picture beside the pointer, before anything is pressed.
    await untilFound(async () => (await shownFrame(page.getByTestId('preview-video'))).frame, 10_000);
    await page.mouse.down();
    for (const back of [6000, 9000, 12_000]) {
      await page.mouse.move(await place(now - back), y, { steps: 4 });
      const at = await untilFound(async () => {
        const shown = Number(await single.getAttribute('data-at'));
        return Math.abs(shown - (now - back)) < 400 ? shown : undefined;
      }, 10_000);
      seen.push({ at, frame: await untilFound(async () => (await shownFrame(single)).frame, 5000) });
    }
    await page.mouse.up();
    const [first, , last] = seen;
    assert.ok(first && last);
    // Key frames: each is right to within a group of pictures, which is a second.
    const took = framesFrom(last.frame, first.frame, loop);
    assert.ok(
      Math.abs(framesFrom(Math.round(((first.at - last.at) / 1000) * FPS), took, loop)) <= FPS,
      `${took} pictures`,
    );
    const recorded = page.getByTestId('recorded-video');
    await moves(recorded, 5, loop);
    // Standing still, picture by picture.
    await page.getByTestId('play-pause').click();
    // It has stopped when two looks see the same picture.
    const still = await untilFound(async () => {
      const before = (await shownFrame(recorded)).frame;
      await sleep(400);
      return (await shownFrame(recorded)).frame === before ? before : undefined;
    }, 5000);
    await page.keyboard.press('.');
    await untilFound(async () => ((await shownFrame(recorded)).frame === (still + 1) % loop ? true : undefined), 5000);
    await page.keyboard.press(',');
    await untilFound(async () => ((await shownFrame(recorded)).frame === still ? true : undefined), 5000);
  });

  test('faster than a browser decodes, key frames alone are played', async () => {
    const clock = async (): Promise<number> => Number(await page.getByTestId('playhead').getAttribute('aria-valuenow'));
    const start = await clock();
    await page.getByTestId('speed').selectOption('8');
    await page.getByTestId('play-pause').click();
    await untilFound(async () => ((await clock()) - start >= 4 ? true : undefined), 15_000);
    await page.getByTestId('go-live').click();
    assert.deepEqual(complaints, []);
  });

  test('a stretch is bookmarked and protected, and both are listed until they are taken away', async () => {
    const [source = ''] = ids;
    await page.goto(`${system.url}/#/cameras/${source}`);
    await moves(page.getByTestId('stage').getByTestId('live-video'), 5, loop);
    await page.getByTestId('select-range').click();
    await page.getByTestId('bookmark').click();
    await page.getByTestId('protect').click();
    const marks = page.getByTestId('marked').getByRole('listitem');
    await untilFound(async () => ((await marks.count()) === 2 ? true : undefined), 10_000);
    const api = await system.api();
    const [range] = await api.call(routes.listProtections, { params: { id: source } });
    assert.ok(range && Date.parse(range.end) - Date.parse(range.start) === 10_000, JSON.stringify(range));
    for (const kind of ['bookmark', 'protection'])
      await page.locator(`[data-testid="mark-bar"][data-kind="${kind}"]`).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Take this bookmark away' }).click();
    await page.getByRole('button', { name: 'Protect this no more' }).click();
    await page.getByTestId('marked').waitFor({ state: 'detached' });
    assert.equal(await page.getByTestId('mark-bar').count(), 0);
    assert.deepEqual(await api.call(routes.listMoments, { params: { id: source }, query: {} }), []);
    assert.deepEqual(await api.call(routes.listProtections, { params: { id: source } }), []);
  });

  test('an archive is chosen in the settings; what is no folder is said', async () => {
    await page.goto(`${system.url}/#/settings`);
    await page.getByTestId('archive-choose').click();
    await page.getByTestId('archive-place').fill('elsewhere');
    await page.getByTestId('archive-save').click();
    await page.getByRole('alert').getByText('elsewhere').waitFor();
    await page.getByTestId('archive-place').fill(`${system.data}/archive`);
    await page.getByTestId('archive-save').click();
    await page.getByTestId('archive-where').waitFor();
    const { archive } = await (await system.api()).call(routes.storage, {});
    assert.equal(archive?.where, `${system.data}/archive`);
    // The refused address is an answer 400, which the browser writes down.
    complaints.splice(0);
  });

  test('four cameras on one clock stay within one picture of each other', async () => {
    const at = Date.now() - 15_000;
    await page.goto(`${system.url}/#/together?cameras=${ids.slice(0, 4).join(',')}&at=${at}`);
    const drift = await fourTogether(page);
    process.stdout.write(
      `four together: drift p50 ${percentile(drift, 0.5)}, p95 ${percentile(drift, 0.95)}, most ${Math.max(...drift)} pictures of ${(1000 / FPS).toFixed(0)} ms, ${drift.length} looks\n`,
    );
    assert.ok(percentile(drift, 0.95) <= 1, `${drift}`);
  });

  test('a camera that this browser cannot play moves all the same, and the page says how and why', async () => {
    const api = await system.api();
    const camera = await api.call(routes.createCamera, { body: { name: 'Yard', url: hevc.urls[0] ?? '' } });
    hevcId = camera.id;
    await page.goto(`${system.url}/#/cameras/${hevcId}`);
    await moves(page.getByTestId('stage').getByTestId('live-pictures'), 5, 10 * FPS);
    const said = await page.getByTestId('stage').getByTestId('live-way').textContent();
    assert.match(said ?? '', /Single pictures: this browser cannot play H\.265/);
    await page.getByTestId('stage').getByTestId('smooth-video').click();
    await moves(page.getByTestId('stage').getByTestId('live-video'), 5, 10 * FPS);
    const now = await page.getByTestId('stage').getByTestId('live-way').textContent();
    assert.match(now ?? '', /A worker converts it, without sound: this browser cannot play H\.265/);
    await page.getByTestId('stage').getByTestId('single-pictures').click();
    await moves(page.getByTestId('stage').getByTestId('live-pictures'), 5, 10 * FPS);
  });

  test('a gap says why there is nothing', async () => {
    await page.goto(`${system.url}/#/cameras/${ids[8]}`);
    await page.getByTestId('timeline').waitFor();
    const bar = page.getByTestId('gap-bar').and(page.locator('[data-cause="frozen"]'));
    await bar.waitFor({ state: 'attached', timeout: 60_000 });
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await sleep(300);
    await bar.hover({ force: true });
    await page.getByTestId('gap-why').waitFor();
    const why = await page.getByTestId('gap-why').textContent();
    assert.match(why ?? '', /The camera sent nothing new · \d/);
  });

  test('its second stream is taken first, live and recorded, where it has one that the browser can play', async () => {
    const api = await system.api();
    const camera = await api.call(routes.createCamera, {
      body: { name: 'Attic', url: hevc.urls[0] ?? '', subUrl: nine.urls[8] ?? null, recordSub: true },
    });
    await page.goto(`${system.url}/#/cameras/${camera.id}`);
    await moves(page.getByTestId('stage').getByTestId('live-video'), 5, loop);
    const said = await page.getByTestId('stage').getByTestId('live-way').textContent();
    assert.match(said ?? '', /Second stream: this browser cannot play H\.265/);
    await untilFound(async () => {
      const query = { track: 'sub', from: new Date(Date.now() - 60_000).toISOString(), to: new Date().toISOString() };
      const { spans } = await api.call(routes.footage, { params: { id: camera.id }, query });
      const [span] = spans;
      return span && Date.parse(span.end) - Date.parse(span.start) > 7000 ? true : undefined;
    }, 60_000);
    await page.evaluate(() => {
      location.hash = `${location.hash.split('?')[0]}?at=${Date.now() - 6000}`;
    });
    await moves(page.getByTestId('recorded-video'), 5, loop);
    assert.deepEqual(complaints, []);
  });

  test('on a phone: two columns, nothing to scroll sideways, a tap opens the picture; four together too', async () => {
    const context = await browser.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
    });
    try {
      const phone = await context.newPage();
      await enter(phone);
      const heard = complaintsOf(phone);
      await phone.getByTestId('grid-9').click();
      const cards = phone.getByTestId('camera-card');
      const [one, two, three] = [
        await cards.nth(0).boundingBox(),
        await cards.nth(1).boundingBox(),
        await cards.nth(2).boundingBox(),
      ];
      assert.ok(one && two && three);
      assert.ok(one.y === two.y && three.y > one.y, 'two columns');
      assert.ok((await standsOut(phone)) <= 0);
      await moves(cards.nth(1).getByTestId('live-video'), 5, loop);
      await cards.nth(1).getByRole('link').tap();
      await moves(phone.getByTestId('stage').getByTestId('live-video'), 5, loop);
      assert.ok((await standsOut(phone)) <= 0);
      await phone.goto(`${system.url}/#/together?cameras=${ids.slice(0, 4).join(',')}&at=${Date.now() - 15_000}`);
      const drift = await fourTogether(phone);
      assert.ok(percentile(drift, 0.95) <= 1, `${drift}`);
      assert.ok((await standsOut(phone)) <= 0);
      assert.deepEqual(heard, []);
    } finally {
      await context.close();
    }
  });

  /** How many pictures the four are apart, in many looks at all of them at once. */
  async function fourTogether(on: Page): Promise<number[]> {
    const videos = on.getByTestId('member').getByTestId('recorded-video');
    await untilFound(async () => ((await videos.count()) === 4 ? true : undefined), 15_000);
    for (let index = 0; index < 4; index++) await moves(videos.nth(index), 5, loop);
    await sleep(1500);
    const drift: number[] = [];
    for (let look = 0; look < 20; look++) {
      const frames = (await shownFrames(videos)).map((seen) => seen.frame).filter((frame) => frame !== undefined);
      const [first] = frames;
      if (first !== undefined && frames.length === 4) {
        const apart = frames.map((frame) => framesFrom(first, frame, loop));
        drift.push(Math.max(...apart) - Math.min(...apart));
      }
      await sleep(120);
    }
    assert.ok(drift.length >= 10, `${drift.length} looks`);
    return drift;
  }
});
