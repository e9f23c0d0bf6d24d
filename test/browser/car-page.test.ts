/** The page of the drive in the car, in a real browser as large as a phone: first password, status, switches, an event, a film that plays. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { makeFootage } from '../dashcam/car.ts';
import { makeSpool, type OpenPage, openPage, someStatus } from '../dashcam/spool.ts';
import { untilFound } from '../system/vidette.ts';
import { browserIsInstalled, complaintsOf, launch, whyNoBrowser } from './chromium.ts';

const skip = process.env.CI ? false : browserIsInstalled ? false : whyNoBrowser;
/** Where pictures of it go, for people who look at them. */
const pictures = process.env.VIDETTE_PICTURES;

describe('the car’s page on a phone', { skip }, () => {
  let folder: string;
  let car: OpenPage;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let switches = { drive: true, harvest: true, push: true };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-car-page-'));
    const { files } = makeFootage({ minutes: 3, clip: { pictures: 72 } });
    const hostile = Buffer.from(
      JSON.stringify({
        timestamp: '2026-03-01T17:00:30',
        city: '<img src=x onerror=alert(1)>',
        reason: 'user_interaction_honk',
      }),
    );
    const root = await makeSpool(
      folder,
      new Map([...files, ['TeslaCam/SavedClips/2026-03-01_17-00-40/event.json', hostile]]),
    );
    car = await openPage(folder, root, {
      status: () =>
        someStatus({
          switches,
          warnings: [
            {
              kind: 'events-fill-drive',
              text: 'SavedClips and SentryClips take 81 % of the drive. Delete some in the car.',
            },
          ],
        }),
      set: async (name, on) => {
        switches = { ...switches, [name]: on };
      },
    });
    browser = await launch();
    const phone = await browser.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
      timezoneId: 'America/Los_Angeles',
      locale: 'en-GB',
    });
    page = await phone.newPage();
    complaints = complaintsOf(page);
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(car.url).origin) complaints.push(`asked ${request.url()}`);
    });
  });
  after(async () => {
    await browser?.close();
    await car?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const look = async (name: string): Promise<void> => {
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(sideways, 0, `${name} is wider than the phone`);
    if (pictures === undefined) return;
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  test('the code sets the password', async () => {
    await page.goto(car.url);
    await page.getByLabel('Code').fill(car.door.code ?? '');
    assert.equal(await page.getByRole('navigation').isVisible(), false);
    await look('welcome');
    await page.getByLabel('New password').fill('a long enough word');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('The car uses the drive').waitFor();
    await look('status');
  });

  test('a switch is a switch', async () => {
    const push = page.getByRole('switch', { name: 'Send footage to the hub' });
    assert.equal(await push.getAttribute('aria-checked'), 'true');
    await push.click();
    await untilFound(async () => ((await push.getAttribute('aria-checked')) === 'false' ? true : undefined), 10_000);
    assert.deepEqual(switches, { drive: true, harvest: true, push: false });
    page.once('dialog', (dialog) => void dialog.dismiss());
    await page.getByRole('switch', { name: 'USB drive' }).click();
    assert.equal(switches.drive, true, 'the drive is taken from the car only when somebody says so twice');
  });

  test('an event shows its place as text, and its video plays, from one camera to the other', async () => {
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText('Honk').waitFor();
    assert.equal(await page.getByText('<img src=x onerror=alert(1)>').count(), 1);
    assert.equal(await page.getByRole('button', { name: 'Earlier events' }).isVisible(), false);
    await look('events');
    await page.getByRole('link', { name: 'Sentry' }).click();
    await page.locator('video').waitFor();
    const width = () => page.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth);
    await untilFound(async () => ((await width()) > 0 ? true : undefined), 20_000);
    assert.equal(await page.getByText('encrypted').isVisible(), false);
    await look('event');
    const address = () => page.locator('video').evaluate((video: HTMLVideoElement) => video.src);
    const first = await address();
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await untilFound(async () => ((await address()) !== first && (await width()) > 0 ? true : undefined), 20_000);
  });

  test('all footage, day by day, and signing out', async () => {
    await page.getByRole('link', { name: 'All footage' }).click();
    await page.getByRole('link', { name: /2 March 2026/ }).click();
    await page.getByText('6 cameras').first().waitFor();
    await look('day');
    await page.getByRole('link', { name: 'Status' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await look('sign-in');
    assert.deepEqual(complaints, []);
  });
});
