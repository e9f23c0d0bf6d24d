/**
 * `vidette drive`: puts the engine, the push, the page and what keeps the car awake together, without a database, until it is asked to end.
 */
import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { CarDriveState } from '../../../contract/car-drive.ts';
import { tesla, webhook } from '../awake/calls.ts';
import { type AwakeCall, KeepAwake } from '../awake/keep-awake.ts';
import { Door } from '../car-page/door.ts';
import { servePage } from '../car-page/page-server.ts';
import type { DriveEngine } from '../drive/drive.ts';
import type { LibraryFolder } from '../harvest/library-folder.ts';
import { lockSource, openOrBeginLibrary } from '../harvest/library-folder.ts';
import { HttpHub } from '../push/hub-line.ts';
import { Pusher } from '../push/pusher.ts';
import { PushSwitch } from './push-switch.ts';
import { type DriveSettings, isOpenToAll, secretIn } from './settings.ts';
import { SpoolIndex } from './spool-index.ts';
import { type CarStatus, carStatus, type PushStatus, type SwitchName } from './status.ts';
import { waitFor } from './wait.ts';

/** The engine, which works in steps. */
export interface StepEngine extends DriveEngine {
  /** @returns when the next one is due, ms from now */
  step(): Promise<number>;
}

/** What the engine is made with. */
export interface EngineWish {
  readonly settings: DriveSettings;
  readonly library: LibraryFolder;
  /** File of its switches. */
  readonly switches: string;
  /** Whether the hub has a file; undefined: there is no hub. */
  readonly isPushed: ((sha256: string) => boolean) | undefined;
  /** Bytes that are free on the spool's disk. */
  readonly free: () => Promise<number>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface RunOptions {
  readonly settings: DriveSettings;
  readonly makeEngine: (wish: EngineWish) => StepEngine;
  readonly version: string;
  readonly log: Log;
  /** For the person at the console. */
  readonly say: (line: string) => void;
  /** It listens. @param url of the page, as this machine reaches it */
  readonly ready?: (url: string) => void;
}

const SWEEP_MS = 6 * 60 * 60_000;
const NO_HUB: PushStatus = { state: 'no-hub', hub: null, files: 0, bytes: 0, rate: 0, at: null, problem: null };

/** @throws UserError when it cannot begin */
export async function runDrive(options: RunOptions, asked: AbortSignal): Promise<void> {
  const { settings, log, say, makeEngine } = options;
  const since = new Date().toISOString();
  // One that fails ends the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([asked, failed.signal]);

  mkdirSync(settings.images, { recursive: true, mode: 0o700 });
  const library = await openOrBeginLibrary(settings.spool, true);
  using _lock = await lockSource(library.root, settings.car);
  const door = Door.open(settings.state, systemClock);
  const index = new SpoolIndex({ root: library.root, source: settings.car });
  const space = { free: 0, total: 0 };
  const free = async (): Promise<number> => {
    const { bavail, bsize, blocks } = await statfs(library.root);
    [space.free, space.total] = [bavail * bsize, blocks * bsize];
    return space.free;
  };
  await free();

  const hub = hubOf(settings, say);
  const pushSwitch = new PushSwitch(join(settings.state, 'push-switch.json'));
  const pusher =
    hub &&
    new Pusher(
      {
        hub,
        address: settings.hub ?? '',
        car: settings.car,
        index,
        stateFile: join(settings.state, 'push.json'),
        rate: settings.rateBytes,
        clock: systemClock,
        wait: waitFor,
        log,
        describe: () => describe(status(), options.version, space.total),
      },
      pushSwitch.on,
    );
  await index.refresh();

  await using engine = makeEngine({
    settings,
    library,
    switches: join(settings.state, 'switches.json'),
    // What is not in the index yet is new: the hub cannot have it.
    isPushed: pusher && ((sha256) => index.files.has(sha256) && !pusher.lacks(sha256)),
    free,
    log,
    signal,
  });
  using _told = { [Symbol.dispose]: engine.subscribe(() => pusher?.poke()) };
  const call = awakeCall(settings);
  const awake =
    call &&
    new KeepAwake({
      call,
      working: () => engine.status().harvest.working || (pusher?.status.state === 'sending' && pusher.status.files > 0),
      clock: systemClock,
      wait: waitFor,
      log,
    });

  function status(): CarStatus {
    return carStatus(engine.status(), {
      push: pusher?.status ?? NO_HUB,
      pushOn: pusher !== undefined && pushSwitch.on,
      awake: awake?.status ?? { kind: 'none', at: null, problem: null },
      version: options.version,
      now: new Date().toISOString(),
      since,
    });
  }

  const loop = new EngineLoop(engine);
  const set = async (name: SwitchName, on: boolean): Promise<void> => {
    if (name !== 'push') {
      await engine.set({ [name]: on });
      loop.wake();
      return;
    }
    if (!pusher)
      throw new UserError('There is no hub that footage could be sent to.', 'Set one with --hub and --token-file.', {
        code: 'conflict',
      });
    pushSwitch.set(on);
    pusher.set(on);
  };
  const { host, port, names } = settings;
  const page = await servePage({ door, index, status, set, clock: systemClock, log, names }, { host, port });
  const sweeping = setInterval(
    () => void index.sweep().catch((error: unknown) => log.warn('the spool could not be looked through', { error })),
    SWEEP_MS,
  );
  const { port: listening } = page.address() as AddressInfo;
  tell(say, host, listening, door);
  options.ready?.(`http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${listening}`);
  try {
    const parts = [loop.run(signal), pusher?.run(signal), awake?.run(signal)].filter((part) => part !== undefined);
    await Promise.all(
      parts.map(async (part) => {
        try {
          await part;
        } finally {
          failed.abort();
        }
      }),
    );
  } finally {
    clearInterval(sweeping);
    page.closeAllConnections();
    await new Promise((resolve) => page.close(resolve));
    hub?.close();
  }
}

/** The engine's steps, one after the other. */
class EngineLoop {
  readonly #engine: StepEngine;
  #wake = new AbortController();

  constructor(engine: StepEngine) {
    this.#engine = engine;
  }

  /** Something was switched: the next step is due now. */
  wake(): void {
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const ms = await this.#engine.step();
      await waitFor(ms, AbortSignal.any([signal, this.#wake.signal]));
    }
  }
}

function hubOf({ hub, tokenFile }: DriveSettings, say: (line: string) => void): HttpHub | undefined {
  if (hub === undefined || tokenFile === undefined) return undefined;
  // Said now, and not when the car is far away.
  secretIn(tokenFile);
  if (isOpenToAll(tokenFile)) say(`Others can read the token in ${tokenFile}: chmod 600 ${tokenFile}`);
  return new HttpHub(hub.replace(/\/+$/, ''), () => secretIn(tokenFile));
}

function awakeCall({ awake }: DriveSettings): AwakeCall | undefined {
  if (awake === undefined) return undefined;
  if (awake.by === 'webhook') return webhook(() => secretIn(awake.urlFile));
  const { api, vin, tokenFile } = awake;
  return tesla({ api, vin, token: () => secretIn(tokenFile), by: awake.by === 'tesla-sentry' ? 'sentry' : 'wake' });
}

/** What the hub is told of the drive. */
function describe(status: CarStatus, version: string, total: number): Omit<CarDriveState, 'waiting'> {
  const newest = Math.max(...status.cameras.map(({ start }) => Date.parse(start)));
  const { switches, mode, harvest, push, spool, warnings } = status;
  return {
    version,
    mode: switches.drive ? mode : 'off',
    doing: harvest.working ? 'harvesting' : push.state === 'sending' ? 'pushing' : switches.harvest ? 'idle' : 'paused',
    free: Math.max(0, Math.floor(spool.free)),
    total: Math.floor(total),
    lastMinute: Number.isFinite(newest) ? new Date(newest + 60_000).toISOString() : null,
    problem: warnings[0]?.text.slice(0, 500) ?? null,
  };
}

function tell(say: (line: string) => void, host: string, port: number, door: Door): void {
  const everywhere = host === '0.0.0.0' || host === '::';
  const addresses = everywhere
    ? Object.values(networkInterfaces())
        .flatMap((infos = []) => infos)
        .filter(({ family, internal }) => family === 'IPv4' && !internal)
        .map(({ address }) => address)
    : [host];
  say(
    `The car’s page: ${(addresses.length > 0 ? addresses : ['127.0.0.1']).map((address) => `http://${address}:${port}`).join(', ')}`,
  );
  if (door.code !== undefined)
    say(`No password is set yet. Set it on the page with the code ${door.code} (it is also in ${door.codeFile}).`);
}
