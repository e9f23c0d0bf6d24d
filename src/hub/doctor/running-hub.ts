/** The hub of this machine, seen from outside: health, what is connected to it, and its cameras. */
import { createServer } from 'node:net';
import { Unavailable, UserError } from '../../base/errors.ts';
import type { Camera } from '../../contract/camera.ts';
import type { Client } from '../../contract/client.ts';
import { routes } from '../../contract/routes.ts';
import type { Storage } from '../../contract/storage.ts';
import { lockHolder } from '../lock.ts';
import type { HubSettings } from '../settings.ts';
import { bad, type Check, check, ok, warn } from './check.ts';

/** More than this between this clock and the hub's spoils “five minutes ago”. */
const MOST_SKEW_MS = 2000;
/** A camera may be connecting for this long without being a fault. */
const PATIENCE_MS = 15_000;
const PATIENCE_ANSWER_MS = 5000;

export interface FoundHub {
  readonly base: string;
  readonly client: Client;
}

/**
 * @param find how the hub is found; fails with UserError `no-hub` when none runs
 * @returns whether one runs, and lines
 */
export async function checkHub(
  settings: HubSettings,
  find: () => Promise<FoundHub>,
): Promise<{ readonly running: boolean; readonly checks: readonly Check[] }> {
  let hub: FoundHub;
  try {
    hub = await find();
  } catch (error) {
    if (!(error instanceof Unavailable || (error instanceof UserError && error.code === 'no-hub'))) throw error;
    const holder = lockHolder(settings.data);
    if (holder?.alive)
      return {
        running: true,
        checks: [
          bad(
            'hub',
            `process ${holder.pid} runs, but does not answer`,
            `It may still be starting. Otherwise see ${settings.data}/logs/hub.log.`,
          ),
        ],
      };
    const checks = [
      warn('hub', 'no hub runs here', 'Start it: vidette serve'),
      ...(await check('port', () => port(settings))),
    ];
    return { running: false, checks };
  }
  return {
    running: true,
    checks: [
      ...(await check('hub', () => health(hub))),
      ...(await check('storage', () => storage(hub))),
      ...(await check('cameras', () => cameras(hub))),
    ],
  };
}

async function health(hub: FoundHub): Promise<readonly Check[]> {
  const signal = AbortSignal.timeout(PATIENCE_ANSWER_MS);
  const found = await hub.client.call(routes.health, {}, { signal });
  const system = await hub.client.call(routes.system, {}, { signal });
  const cameras = await hub.client.call(routes.listCameras, {}, { signal });
  const lines = [ok('hub', `version ${found.version} answers at ${hub.base}`)];
  lines.push(
    found.database === 'ok'
      ? ok('database', 'answers')
      : bad('database', 'does not answer the hub', 'See data/logs/hub.log and data/logs/postgres.log.'),
  );
  if (found.library === 'missing')
    lines.push(bad('library', 'the hub does not see it', 'Is its disk mounted? Its marker file must be there.'));
  if (found.library === 'full')
    lines.push(bad('library', 'is full: recording waits', 'Make room on its disk, or lower what is kept.'));
  const skew = Math.abs(Date.parse(found.time) - Date.now());
  if (skew > MOST_SKEW_MS)
    lines.push(
      warn(
        'clock',
        `the hub's clock differs from this one by ${(skew / 1000).toFixed(0)} s`,
        'Set both from the network.',
      ),
    );
  lines.push(
    system.recorders.length > 0
      ? ok('recorder', `${system.recorders.length} connected`)
      : !cameras.some((camera) => camera.enabled)
        ? ok('recorder', 'none is needed: there is no camera to record')
        : bad('recorder', 'none is connected: nothing is recorded', 'See data/logs/recorder.log.'),
    system.workers.length > 0
      ? ok('worker', `${system.workers.length} connected`)
      : warn('worker', 'none is connected: clips wait', 'See data/logs/worker.log.'),
  );
  return lines;
}

async function storage(hub: FoundHub): Promise<readonly Check[]> {
  const signal = AbortSignal.timeout(PATIENCE_ANSWER_MS);
  return storageIs(await hub.client.call(routes.storage, {}, { signal }));
}

/** A line for the archive, where there is one, and one for a clock that is not believed. Pure. */
export function storageIs({ archive, clock }: Storage): readonly Check[] {
  const lines: Check[] = [];
  if (archive) {
    const { where, state, moving, reason } = archive;
    if (state === 'missing')
      lines.push(
        bad(
          'archive',
          `${where} has no marker file: nothing moves there`,
          'Is its disk mounted? Its marker file must be there.',
        ),
      );
    else if (state === 'away')
      lines.push(
        bad('archive', `${where} does not answer: nothing moves there`, 'Check the network, the bucket and its key.'),
      );
    else if (moving === 'waiting')
      lines.push(warn('archive', `${where}: ${reason ?? 'waits'}`, 'Make room there, or see data/logs/hub.log.'));
    else lines.push(ok('archive', `${where} is there`));
  }
  if (clock)
    lines.push(
      warn(
        'clock',
        `leapt ahead to ${clock.says}; nothing is removed for its age until ${clock.believedAt}`,
        'Set the clock from the network. If it is right, confirm it: POST /api/storage/clock.',
      ),
    );
  return lines;
}

async function cameras(hub: FoundHub): Promise<readonly Check[]> {
  const signal = AbortSignal.timeout(PATIENCE_ANSWER_MS);
  return camerasAre(await hub.client.call(routes.listCameras, {}, { signal }), Date.now());
}

/** One line for all that record, and one for each that should and does not. Pure. */
export function camerasAre(list: readonly Camera[], now: number): readonly Check[] {
  const wanted = list.filter((camera) => camera.enabled);
  const silent = wanted.filter((camera) => camera.state.status !== 'recording');
  const off = list.length - wanted.length;
  const lines: Check[] = [];
  if (list.length === 0) lines.push(ok('cameras', 'none yet'));
  else if (wanted.length > silent.length || off > 0)
    lines.push(
      ok(
        'cameras',
        `${wanted.length - silent.length} of ${wanted.length} record${off > 0 ? `, ${off} switched off` : ''}`,
      ),
    );
  for (const { name, state } of silent) {
    const says = `“${name}” does not record: ${state.reason ?? state.status}`;
    const fresh = now - Date.parse(state.since) < PATIENCE_MS && state.status === 'connecting';
    const remedy = 'Check its address, user name and password on the page, and that it can be reached from here.';
    lines.push(
      fresh ? warn('camera', `“${name}” is connecting`, 'Ask again in a few seconds.') : bad('camera', says, remedy),
    );
  }
  return lines;
}

/** Whether the hub could listen where it is told to. */
function port({ host, port: number }: HubSettings): Promise<Check> {
  const place = `${host}:${number}`;
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        resolve(bad('port', `another program listens on ${place}`, 'End it, or choose another VIDETTE_PORT.'));
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
        resolve(bad('port', `this machine has no address ${host}`, 'Set VIDETTE_HOST to 127.0.0.1 or 0.0.0.0.'));
      else if (error.code === 'EACCES')
        resolve(bad('port', `this user may not listen on ${place}`, 'Choose a VIDETTE_PORT above 1023.'));
      else reject(error);
    });
    server.listen(number, host, () => server.close(() => resolve(ok('port', `${place} is free`))));
  });
}
