/**
 * `vidette camera …`: the cameras of a hub: list, try, add, change, remove, find, move.
 */
import { writeFile } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { type Camera, CameraChange, CameraCreate, Retention } from '../contract/camera.ts';
import { type CameraTest, CameraTestRequest } from '../contract/camera-test.ts';
import { OnvifAccess, type OnvifCamera, type OnvifFound, PtzOrder } from '../contract/onvif.ts';
import { routes } from '../contract/routes.ts';
import { checked } from './checked.ts';
import { findHub } from './own-hub.ts';
import { print, table } from './terminal.ts';

interface Output {
  readonly json?: boolean;
}

/** Settings that `add` and `change` take; names as in the API, with dashes. */
export interface CameraSettingsGiven extends Output {
  readonly sub?: string;
  readonly recordSub?: string;
  readonly sound?: string;
  readonly latest?: string;
  readonly momentDays?: string;
  readonly archiveAfter?: string;
  readonly transport?: string;
  readonly reader?: string;
  readonly days?: string;
  readonly bytes?: string;
  readonly alertAfter?: string;
  readonly onvif?: string;
  readonly name?: string;
  readonly url?: string;
}

export async function listCameras({ json }: Output): Promise<void> {
  const { client } = await findHub();
  const cameras = await client.call(routes.listCameras, {});
  if (json) return print(JSON.stringify(cameras));
  if (cameras.length === 0) return print('No cameras yet. Add one: vidette camera add NAME ADDRESS');
  print(table(cameras.map(rowOf)));
}

export async function showCamera(name: string): Promise<void> {
  const { client } = await findHub();
  print(JSON.stringify(await client.call(routes.getCamera, { params: { id: name } }), null, 2));
}

/** The password comes from VIDETTE_CAMERA_PASSWORD, never from an argument. */
export async function addCamera(name: string, url: string, given: CameraSettingsGiven): Promise<void> {
  const { client } = await findHub();
  const body = checked(CameraCreate, { name, url, ...credential(), ...settingsOf(given, Retention.parse({})) });
  const camera = await client.call(routes.createCamera, { body });
  print(given.json ? JSON.stringify(camera) : `Added “${camera.name}”.`);
}

export async function changeCamera(name: string, given: CameraSettingsGiven): Promise<void> {
  const { client } = await findHub();
  const before = await client.call(routes.getCamera, { params: { id: name } });
  const body = checked(CameraChange, {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.url === undefined ? {} : { url: given.url }),
    ...credential(),
    ...settingsOf(given, before.retention),
  });
  if (Object.keys(body).length === 0)
    throw new UserError('Nothing to change was named.', 'See vidette camera change --help.', { code: 'usage' });
  const camera = await client.call(routes.changeCamera, { params: { id: before.id }, body });
  print(given.json ? JSON.stringify(camera) : `Changed “${camera.name}”.`);
}

export async function switchCamera(name: string, enabled: boolean): Promise<void> {
  const { client } = await findHub();
  const camera = await client.call(routes.changeCamera, { params: { id: name }, body: { enabled } });
  print(`“${camera.name}” is ${camera.enabled ? 'recorded' : 'not recorded any more'}.`);
}

export async function removeCamera(name: string, { deleteFootage }: { deleteFootage?: boolean }): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.deleteCamera, {
    params: { id: name },
    query: { footage: deleteFootage ? 'delete' : 'keep' },
  });
  print(deleteFootage ? `Removed “${name}”; its footage is being deleted.` : `Removed “${name}”; its footage is kept.`);
}

/** A name of a camera, or an address that is to be tried first. Exit code 1 when no pictures come. */
export async function testCamera(what: string, options: Output & { picture?: string }): Promise<void> {
  const { client } = await findHub();
  const seen = /^([a-z]+:\/\/|\/dev\/|demo:|test:|images:)/i.test(what)
    ? await client.call(
        routes.testAddress,
        { body: checked(CameraTestRequest, { url: what, ...credential() }) },
        patience(),
      )
    : await client.call(routes.testCamera, { params: { id: what } }, patience());
  if (options.picture !== undefined && seen.picture !== undefined)
    await writeFile(options.picture, Buffer.from(seen.picture, 'base64'));
  if (options.json) print(JSON.stringify({ ...seen, picture: undefined }));
  else for (const line of testLines(seen)) print(line);
  if (!seen.ok) process.exitCode = 1;
}

export async function findCameras({ json }: Output): Promise<void> {
  const { client } = await findHub();
  const found = await client.call(routes.discoverCameras, {}, patience());
  if (json) return print(JSON.stringify(found));
  if (found.length === 0)
    return print('No camera answered. ONVIF may be switched off in the camera, or it is in another network.');
  for (const camera of found) print(foundLine(camera));
}

/** Streams of a camera, as the camera tells them by ONVIF. */
export async function cameraStreams(address: string, { json }: Output): Promise<void> {
  const { client } = await findHub();
  const body = checked(OnvifAccess, { url: address, ...credential() });
  const camera = await client.call(routes.describeCamera, { body }, patience());
  if (json) return print(JSON.stringify(camera));
  for (const line of streamLines(camera)) print(line);
}

export async function moveCamera(name: string, how: string, options: { for?: string }): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.moveCamera, { params: { id: name }, body: orderOf(how, options.for) }, patience());
}

const DIRECTIONS: Readonly<Record<string, { pan?: number; tilt?: number; zoom?: number }>> = {
  left: { pan: -1 },
  right: { pan: 1 },
  up: { tilt: 1 },
  down: { tilt: -1 },
  in: { zoom: 1 },
  out: { zoom: -1 },
};

/** `left`, `stop`, `home`, or the name or id of a preset. Pure. */
export function orderOf(how: string, seconds: string | undefined): PtzOrder {
  const direction = DIRECTIONS[how];
  if (direction) {
    const forMs = seconds === undefined ? 500 : Math.round(Number(seconds) * 1000);
    return checked(PtzOrder, { do: 'move', ...direction, forMs });
  }
  if (how === 'stop' || how === 'home') return { do: how };
  return { do: 'preset', preset: how };
}

/** The hub asks the camera, which takes its time. */
function patience(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(60_000) };
}

function credential(environment: NodeJS.ProcessEnv = process.env): { username?: string; password?: string } {
  const { VIDETTE_CAMERA_USER: username, VIDETTE_CAMERA_PASSWORD: password } = environment;
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function settingsOf(given: CameraSettingsGiven, before: Retention): Record<string, unknown> {
  const numberOf = (text: string, name: string): number | null => {
    if (text === 'none') return null;
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new UserError(`--${name}: “${text}” is not a number.`, 'Write a number, or none.', { code: 'usage' });
  };
  const { sub, recordSub, transport, reader, sound, latest, days, bytes, momentDays, archiveAfter, alertAfter, onvif } =
    given;
  const retention = {
    ...(days === undefined ? {} : { days: numberOf(days, 'days') }),
    ...(bytes === undefined ? {} : { bytes: numberOf(bytes, 'bytes') }),
    ...(momentDays === undefined ? {} : { momentDays: numberOf(momentDays, 'moment-days') }),
    ...(archiveAfter === undefined ? {} : { archiveAfterDays: numberOf(archiveAfter, 'archive-after') }),
  };
  return {
    ...(sub === undefined ? {} : { subUrl: sub === 'none' ? null : sub }),
    ...(recordSub === undefined ? {} : { recordSub: yesOrNo(recordSub, 'record-sub') }),
    ...(transport === undefined ? {} : { transport }),
    ...(reader === undefined ? {} : { reader }),
    ...(sound === undefined ? {} : { sound }),
    ...(latest === undefined ? {} : { latest }),
    ...(Object.keys(retention).length === 0 ? {} : { retention: { ...before, ...retention } }),
    ...(alertAfter === undefined ? {} : { alertAfterSeconds: numberOf(alertAfter, 'alert-after') ?? 0 }),
    ...(onvif === undefined ? {} : { onvif: onvif === 'none' ? null : { url: onvif } }),
  };
}

function yesOrNo(text: string, name: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new UserError(`--${name}: “${text}” is neither yes nor no.`, 'Write yes or no.', { code: 'usage' });
}

function rowOf({ name, url, state }: Camera): string[] {
  const { status, width, height, fps, reason } = state;
  const size = width === undefined ? '' : `${width}×${height}`;
  return [name, status, size, fps === undefined ? '' : `${Math.round(fps)} fps`, url, reason ?? ''];
}

/** Pure. */
export function testLines(seen: CameraTest): string[] {
  const lines: string[] = [];
  const { video, audio, problem } = seen;
  if (problem) lines.push(`No pictures: ${problem.message}`, ...(problem.remedy ? [problem.remedy] : []));
  if (video) {
    const rates = [
      video.fps && `${video.fps} pictures a second`,
      video.bitrate && `${(video.bitrate / 1e6).toFixed(1)} Mbit/s`,
      video.keyFrameEvery && `a key frame each ${video.keyFrameEvery} s`,
    ].filter(Boolean);
    lines.push(
      `Pictures: ${video.codec}, ${video.width}×${video.height}${rates.length > 0 ? `, ${rates.join(', ')}` : ''}`,
    );
  }
  if (audio) lines.push(`Sound: ${audio.codec}, ${audio.sampleRate} Hz`);
  for (const advice of seen.advice) lines.push(`! ${advice}`);
  for (const note of seen.notes) lines.push(`· ${note}`);
  return lines;
}

function foundLine({ url, name, hardware }: OnvifFound): string {
  return [url, name, hardware].filter((word) => word !== undefined).join('\t');
}

function streamLines({ manufacturer, model, ptz, streams }: OnvifCamera): string[] {
  const what = [manufacturer, model, ptz ? 'can be moved' : undefined].filter((word) => word !== undefined).join(' · ');
  return [
    ...(what === '' ? [] : [what]),
    ...streams.map(({ url, codec, width, height }) =>
      [url, codec, width === undefined ? undefined : `${width}×${height}`]
        .filter((word) => word !== undefined)
        .join('\t'),
    ),
  ];
}
