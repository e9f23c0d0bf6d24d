/** A spool with footage in it, as the drive in the car has one, and the car's page over it. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { Door } from '../../src/sources/dashcam/car-page/door.ts';
import { type PageDeps, servePage } from '../../src/sources/dashcam/car-page/page-server.ts';
import { harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { SpoolIndex } from '../../src/sources/dashcam/role/spool-index.ts';
import type { CarStatus } from '../../src/sources/dashcam/role/status.ts';

/** Writes files as a stick has them, and harvests them into `folder/spool`. @returns the spool's root */
export async function makeSpool(folder: string, files: ReadonlyMap<string, Buffer>): Promise<string> {
  const stick = join(folder, 'stick');
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(stick, name)), { recursive: true });
    await writeFile(join(stick, name), bytes);
  }
  const root = join(folder, 'spool');
  await harvest(stick, { library: await openOrBeginLibrary(root, true), source: 'car', notInUse: true });
  return root;
}

/** A drive that works. */
export function someStatus(over: Partial<CarStatus> = {}): CarStatus {
  return {
    mode: 'live',
    switches: { drive: true, harvest: true, push: true },
    gadget: { kind: 'attached', image: 'cam', link: 'configured' },
    images: [{ name: 'cam', bytes: 64e9, onDisk: 21e9, used: 30.2e9, kept: 4.1e9, state: 'car' }],
    spool: { root: '/spool', source: 'car', files: 24, bytes: 5e9, free: 40e9 },
    cameras: ['front', 'back', 'left_repeater', 'right_repeater', 'left_pillar', 'right_pillar'].map((track) => ({
      track,
      start: new Date(Date.now() - 130_000).toISOString(),
    })),
    harvest: { at: new Date(Date.now() - 20_000).toISOString(), stored: 6, bytes: 2e8, waiting: 6, working: true },
    warnings: [],
    push: { state: 'sending', hub: 'https://hub.test', files: 4, bytes: 1.2e8, rate: 4.1e6, at: null, problem: null },
    awake: { kind: 'none', at: null, problem: null },
    version: '0.1.0',
    now: new Date().toISOString(),
    since: new Date().toISOString(),
    ...over,
  };
}

export interface OpenPage extends AsyncDisposable {
  readonly url: string;
  readonly door: Door;
}

export async function openPage(
  folder: string,
  root: string,
  over: Partial<PageDeps> & { readonly clock?: Clock } = {},
): Promise<OpenPage> {
  const { clock = systemClock } = over;
  const index = new SpoolIndex({ root, source: 'car' });
  await index.refresh();
  const door = over.door ?? Door.open(join(folder, 'state'), clock);
  let switches = someStatus().switches;
  const server = await servePage(
    {
      index,
      door,
      clock,
      log: silentLog,
      status: () => someStatus({ switches }),
      set: async (name, on) => {
        switches = { ...switches, [name]: on };
      },
      ...over,
    },
    { host: '127.0.0.1', port: 0 },
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    door,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
