/**
 * `npm run pictures`: the real page with the demo camera, phone and desktop, dark and light, as PNG files in `.cache/pictures/` (or the folder given).
 * The README shows two of them, copied to `docs/pictures/`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../house/imports.ts';
import { startVidette, untilFound } from '../system/vidette.ts';
import { shownFrame } from './bars.ts';
import { launch } from './chromium.ts';

const folder = process.argv[2] ?? join(projectRoot, '.cache/pictures');
await mkdir(folder, { recursive: true });
await using system = await startVidette({ args: [] });
const browser = await launch();
try {
  const first = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: 'dark' });
  const page = await first.newPage();
  await page.goto(system.link);
  await page.getByTestId('welcome-name').fill('anna');
  await page.getByTestId('welcome-password').fill('correct horse battery');
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('camera-card').first().waitFor();
  const state = await first.storageState();
  await first.close();
  // Enough footage for a timeline that looks like one.
  await sleep(60_000);
  for (const [device, width, height] of [
    ['desktop', 1440, 900],
    ['phone', 390, 844],
  ] as const)
    for (const colorScheme of ['dark', 'light'] as const) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme,
        storageState: state,
        hasTouch: device === 'phone',
      });
      const view = await context.newPage();
      const shot = (name: string) => view.screenshot({ path: join(folder, `${name}-${device}-${colorScheme}.png`) });
      await view.goto(system.url);
      const card = view.getByTestId('camera-card').first();
      await untilFound(async () => (await shownFrame(card.getByTestId('live-video'))).frame, 20_000);
      await shot('cameras');
      await card.getByRole('link').first().click();
      await untilFound(async () => (await shownFrame(view.getByTestId('live-video'))).frame, 20_000);
      await sleep(1500);
      await shot('live');
      await view.getByTestId('select-range').click();
      await sleep(500);
      await shot('selection');
      await view.getByTestId('make-clip').click();
      await view.getByTestId('clip-title').fill('The red car');
      await sleep(300);
      await shot('dialog');
      await context.close();
    }
} finally {
  await browser.close();
}
