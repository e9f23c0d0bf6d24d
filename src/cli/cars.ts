/**
 * `vidette cars …`: the cars of a hub, what happened to them, and harvests by the hub.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../base/errors.ts';
import type { Car, CarEvent, CarHarvest } from '../contract/car.ts';
import { routes } from '../contract/routes.ts';
import { findHub } from './own-hub.ts';
import { megabytes, print, progressLine, say, table, untilAsked } from './terminal.ts';

interface Output {
  readonly json?: boolean;
}

const POLL_MS = 500;

export async function listCars({ json }: Output): Promise<void> {
  const { client } = await findHub();
  const cars = await client.call(routes.listCars, {});
  if (json) return print(JSON.stringify(cars));
  if (cars.length === 0) return print('No cars yet. Add one: vidette cars add NAME [FOLDER|IMAGE]');
  print(table(cars.map(carRow)));
  for (const { name, state } of cars)
    if (state.problem !== null) say(`${name}: ${state.problem} ${state.remedy ?? ''}`);
}

/** @param where a stick, folder or image to be watched where it lies; absent: a car of the library */
export async function addCar(name: string, where: string | undefined, { json }: Output): Promise<void> {
  const { client } = await findHub();
  const from = where === undefined ? { type: 'library' as const } : { type: 'folder' as const, path: resolve(where) };
  const car = await client.call(routes.createCar, { body: { name, from } });
  if (json) return print(JSON.stringify(car));
  print(
    where === undefined
      ? `Added “${car.name}”. Take a drive in: vidette cars harvest '${car.name}' FOLDER|IMAGE`
      : `Added “${car.name}”. Its footage appears as it is found; nothing is written there.`,
  );
}

export async function removeCar(name: string): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.deleteCar, { params: { id: name } });
  print(`Removed “${name}”. No file was touched.`);
}

export async function keepOfCar(
  name: string,
  options: Output & { recentDays?: number | null; maxGb?: number | null },
): Promise<void> {
  const { client } = await findHub();
  const { keep: before } = await client.call(routes.getCar, { params: { id: name } });
  const { recentDays = before.recentDays, maxGb } = options;
  const maxBytes = maxGb === undefined ? before.maxBytes : maxGb === null ? null : Math.round(maxGb * 1e9);
  const body = { keep: { recentDays, maxBytes } };
  const car = await client.call(routes.changeCar, { params: { id: name }, body });
  if (options.json) return print(JSON.stringify(car));
  const days = recentDays === null ? 'is kept for ever' : `is removed after ${recentDays} days`;
  const most = maxBytes === null ? '' : `, and above ${megabytes(maxBytes)} the oldest of it goes first`;
  print(`Footage of “${car.name}” that belongs to no event ${days}${most}. Events stay.`);
}

export async function listCarEvents(
  name: string | undefined,
  options: Output & { ring?: 'saved' | 'sentry'; limit?: number },
): Promise<void> {
  const { client } = await findHub();
  const cars = await client.call(routes.listCars, {});
  const wanted = name === undefined ? cars : [await client.call(routes.getCar, { params: { id: name } })];
  const { ring, limit = 30 } = options;
  const query = { limit, ...(ring === undefined ? {} : { ring }) };
  const found = await Promise.all(
    wanted.map((car) => client.call(routes.listCarEvents, { params: { id: car.id }, query })),
  );
  const events = found
    .flat()
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
    .slice(0, limit);
  if (options.json) return print(JSON.stringify(events));
  if (events.length === 0) return print('No events yet.');
  const names = new Map(wanted.map((car) => [car.id, car.name]));
  print(table(events.map((event) => eventRow(event, wanted.length > 1 ? (names.get(event.car) ?? '') : ''))));
}

/** Waits for its end, and shows how it goes; Ctrl-C cancels it. Exit code 1 when not everything could be taken. */
export async function harvestByHub(
  name: string,
  where: string,
  options: Output & { notInUse?: boolean; dropParked?: boolean; again?: boolean; keys?: string },
): Promise<void> {
  const { client } = await findHub();
  const params = { id: name };
  const signal = untilAsked();
  const { notInUse = false, dropParked = false, again = false, keys } = options;
  const body = {
    ...{ path: resolve(where), notInUse, dropParked, again },
    ...(keys === undefined ? {} : { keys: resolve(keys) }),
  };
  let harvest: CarHarvest | null = await client.call(routes.startCarHarvest, { params, body });
  const line = progressLine(options.json === true || !process.stderr.isTTY);
  try {
    while (harvest?.state === 'running') {
      line.update(harvest.progress, harvest.stage);
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      harvest = signal.aborted
        ? await client.call(routes.cancelCarHarvest, { params })
        : await client.call(routes.carHarvest, { params });
    }
  } finally {
    line.end();
  }
  if (options.json) print(JSON.stringify(harvest));
  if (harvest?.state === 'cancelled') {
    process.exitCode = 130;
    if (!options.json) print('Cancelled. What was stored stays; the next harvest goes on.');
    return;
  }
  if (harvest?.state !== 'done' || !harvest.result)
    throw new UserError(harvest?.problem ?? 'The harvest has not ended.', harvest?.remedy ?? 'Try again.', {
      code: 'harvest',
    });
  const { stored, bytes, known, copies, cut, encrypted, decrypted, closed, events, failed, full } = harvest.result;
  if (failed.length > 0 || full) process.exitCode = 1;
  if (options.json) return;
  const rows = [
    ['Stored', `${stored} files, ${megabytes(bytes)}`],
    ['Known already', `${known + copies}`],
    ['Events', `${events} new`],
    ...(cut > 0 ? [['Not whole', `${cut}, kept as they are`]] : []),
    ...(encrypted > 0 ? [['Encrypted', `${encrypted} by the car, kept as they are`]] : []),
    ...(decrypted > 0 ? [['Decrypted', `${decrypted}, stored beside them`]] : []),
    ...(closed > 0 ? [['No key', `${closed} encrypted clips that none of the keys opens`]] : []),
    ...failed.map(({ path, why }) => ['Failed', `${path.replace(/\p{Cc}|\p{Cf}/gu, '·')}: ${why}`]),
    ...(full ? [['Full', 'the library’s disk: make room, and do it again for the rest']] : []),
  ];
  print(table(rows));
}

function carRow({ name, from, state, events, clips, bytes, encrypted, damaged, footage, drive }: Car): string[] {
  const where = from.type === 'folder' ? from.path : 'library';
  const marks = [encrypted > 0 ? `${encrypted} encrypted` : '', damaged > 0 ? `${damaged} not whole` : ''];
  return [
    name,
    where,
    state.status,
    `${events} events`,
    `${clips} clips`,
    megabytes(bytes),
    marks.filter((mark) => mark !== '').join(', '),
    footage ? `to ${footage.to.slice(0, 16).replace('T', ' ')}` : '',
    drive
      ? drive.online
        ? `drive: ${drive.doing}`
        : `drive last seen ${drive.seenAt.slice(0, 16).replace('T', ' ')}`
      : '',
  ];
}

function eventRow(event: CarEvent, car: string): string[] {
  const { at, atKnown, local, ring, what, reason, camera, street, city, clips, filled } = event;
  const time = atKnown ? at.slice(0, 16).replace('T', ' ') : `${local.slice(0, 16).replace('T', ' ')} (car’s clock)`;
  const place = [street, city].filter((part) => part !== null && part !== '').join(', ');
  const borrowed = filled > 0 ? ` (${filled} filled in)` : '';
  return [
    time,
    what ?? ring,
    camera ?? '',
    `${clips} clips${borrowed}`,
    place.replace(/\p{Cc}|\p{Cf}/gu, '·'),
    (reason ?? '').replace(/\p{Cc}|\p{Cf}/gu, '·'),
    car,
  ];
}
