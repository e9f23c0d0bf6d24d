/**
 * `vidette serve`: the hub of this machine, with a recorder and a worker.
 */
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { CameraCreate } from '../contract/camera.ts';
import { beginHub } from '../hub/begin.ts';
import { prepareDataFolder } from '../hub/data-folder.ts';
import type { Hub } from '../hub/hub.ts';
import { readSettings } from '../hub/settings.ts';
import { patientLogFile } from '../logs/patient-log-file.ts';
import { print, say, untilAsked } from './terminal.ts';
import { version } from './version.ts';

/** What has been compiled by then is kept, so that the next start is sooner: a hub that is killed has no time for it. */
const KEEP_COMPILED_MS = 5000;

export interface ServeOptions {
  readonly camera?: readonly string[];
  readonly demo: boolean;
}

export async function serve(options: ServeOptions): Promise<void> {
  const asked = untilAsked();
  const settings = readSettings(process.env);
  await prepareDataFolder(settings.data);
  const log = createLog(patientLogFile(join(settings.data, 'logs', 'hub.log'))).child({ role: 'hub' });
  const addresses = options.camera ?? [];
  // Somebody who asks while it still starts does not wait for that: what it has started is found again, or ends by itself.
  const early = (): never => process.exit(1);
  asked.addEventListener('abort', early);
  const more = {
    demo: options.demo && addresses.length === 0,
    ...numberSetting('VIDETTE_SEGMENT_SECONDS', (seconds) => ({ segmentMs: seconds * 1000 })),
    ...numberSetting('VIDETTE_FLOOR_BYTES', (floorBytes) => ({ floorBytes })),
  };
  const begun = await beginHub(settings, log);
  // Most of the code is read only now: database and recorders start meanwhile.
  const { startHub } = await import('../hub/hub.ts');
  await using hub = await startHub({ settings, version: version(), log, ...more }, begun);
  asked.removeEventListener('abort', early);
  setTimeout(flushCompileCache, KEEP_COMPILED_MS).unref();
  for (const address of addresses) await addCamera(hub, address);
  const { FIRST_LINK_MS } = await import('../hub/auth/links.ts');
  const { lanNotice } = await import('../hub/server/lan.ts');
  print(`Vidette ${version()} is running. Its files are in ${settings.data}.\n`);
  print(`Sign in: ${await hub.signInLink('admin', (await hub.isNew()) ? FIRST_LINK_MS : undefined)}`);
  print('(The link works once. A new one: vidette login)\n');
  const notice = await lanNotice(settings.host, hub.port, settings.tls !== undefined);
  if (notice !== undefined) print(notice);
  print('Ctrl-C stops it.');
  if (!asked.aborted) await new Promise((resolve) => asked.addEventListener('abort', resolve, { once: true }));
  say('Stopping: the last seconds are written and reported …');
}

/** Adds a camera by its address, unless there is one of that address already. */
async function addCamera(hub: Hub, address: string): Promise<void> {
  const { VIDETTE_CAMERA_USER: username, VIDETTE_CAMERA_PASSWORD: password } = process.env;
  const known = await hub.cameras.list();
  if (known.some((camera) => camera.url === address)) return;
  const host = /^[a-z]+:\/\/(?:[^@/]*@)?([^/:?#]+)/i.exec(address)?.[1] ?? 'Camera';
  const names = new Set(known.map((camera) => camera.name.toLowerCase()));
  let name = `Camera ${host}`.slice(0, 50);
  for (let number = 2; names.has(name.toLowerCase()); number++) name = `Camera ${host} ${number}`;
  await hub.cameras.create(CameraCreate.parse({ name, url: address, username, password }));
  say(`Added “${name}”.`);
}

function numberSetting<T>(name: string, use: (value: number) => T): T | Record<string, never> {
  const text = process.env[name];
  if (text === undefined || text === '') return {};
  const value = Number(text);
  if (!(value > 0))
    throw new UserError(
      `${name}: “${text}” is not a number above zero.`,
      'Correct the environment variable and start again.',
      { code: 'setting' },
    );
  return use(value);
}
