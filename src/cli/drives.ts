/**
 * `vidette drives …`: the drives of a hub, where they come from, and clips of bookmarks.
 */
import { resolve } from 'node:path';
import type { Drive, DriveSource } from '../contract/drive.ts';
import { routes } from '../contract/routes.ts';
import { apiServer } from '../sources/openpilot/files/api/server.ts';
import { commaToken } from './comma-token.ts';
import { bringClip } from './hub-clip.ts';
import { findHub } from './own-hub.ts';
import { mostBytes } from './size-limit.ts';
import { megabytes, print, progressLine, table, untilAsked } from './terminal.ts';

interface Output {
  readonly json?: boolean;
}

export async function listDrives(options: Output & { source?: string; limit?: number }): Promise<void> {
  const { client } = await findHub();
  const { source, limit = 30 } = options;
  const [drives, sources] = await Promise.all([
    client.call(routes.listDrives, { query: { limit, ...(source === undefined ? {} : { source }) } }),
    client.call(routes.listDriveSources, {}),
  ]);
  if (options.json) return print(JSON.stringify(drives));
  if (sources.length === 0) return print('No drives yet. Add an account or a folder: vidette drives add NAME FOLDER');
  if (drives.length === 0) return print('No drives found yet.');
  const names = new Map(sources.map(({ id, name }) => [id, name]));
  print(table(drives.map((drive) => rowOf(drive, names.get(drive.source) ?? ''))));
}

export async function listDriveSources({ json }: Output): Promise<void> {
  const { client } = await findHub();
  const sources = await client.call(routes.listDriveSources, {});
  if (json) return print(JSON.stringify(sources));
  if (sources.length === 0) return print('None yet. Add an account or a folder: vidette drives add NAME FOLDER');
  print(table(sources.map(sourceRow)));
}

/** The token comes from VIDETTE_COMMA_TOKEN, a file or `vidette login comma`, never from an argument. */
export async function addDriveSource(
  name: string,
  where: string,
  options: Output & { tokenFile?: string; device?: string[]; clipBookmarks?: boolean },
): Promise<void> {
  const { client } = await findHub();
  const bookmarkClips = options.clipBookmarks ? {} : null;
  const from = /^\.{0,2}\//.test(where)
    ? ({ type: 'folder', path: resolve(where) } as const)
    : ({ type: 'account', api: apiServer(where).base, devices: options.device ?? [] } as const);
  const given = options.tokenFile === undefined ? {} : { tokenFile: options.tokenFile };
  const token =
    from.type === 'folder'
      ? null
      : ((await commaToken(apiServer(where), { ...given, server: where }, process.env))?.reveal() ?? null);
  const source = await client.call(routes.createDriveSource, { body: { name, from, token, bookmarkClips } });
  print(options.json ? JSON.stringify(source) : `Added “${source.name}”. Its drives appear as they are found.`);
}

export async function removeDriveSource(name: string): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.deleteDriveSource, { params: { id: name } });
  print(`Removed “${name}”. No file was touched.`);
}

/** Exit code 1 when it cannot be looked through. */
export async function lookForDrives(name: string, { json }: Output): Promise<void> {
  const { client } = await findHub();
  const params = { id: name };
  const source = await client.call(routes.lookForDrives, { params }, { signal: AbortSignal.timeout(180_000) });
  if (json) print(JSON.stringify(source));
  else print(table([sourceRow(source)]));
  if (source.state.status !== 'failed') return;
  if (!json && source.state.remedy) print(source.state.remedy);
  process.exitCode = 1;
}

/** Makes a clip of the newest bookmark, and brings it here. */
export async function clipBookmark(
  options: Output & {
    source?: string;
    before?: number;
    after?: number;
    mode?: string;
    max?: number;
    out?: string;
    force?: boolean;
  },
): Promise<void> {
  const { source, before, after, mode } = options;
  const maxBytes = mostBytes(options);
  const signal = untilAsked();
  const hub = { current: await findHub() };
  const bar = progressLine(options.json ?? false);
  try {
    const body = {
      ...(source === undefined ? {} : { source }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(mode === undefined ? {} : { layout: mode }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    const asked = await hub.current.client.call(routes.clipLatestBookmark, { body }, { signal });
    const made = await bringClip(asked, hub, options, signal, (done, stage) => bar.update(done, stage));
    bar.end();
    print(
      options.json
        ? JSON.stringify(made)
        : `${made.file}: ${made.duration.toFixed(1)} s, ${made.width}×${made.height}, ${megabytes(made.bytes)}`,
    );
  } finally {
    bar.end();
  }
}

function rowOf(drive: Drive, source: string): string[] {
  const { start, length, engaged, events, car, route } = drive;
  const minutes = `${Math.floor(length / 60)}:${String(Math.round(length % 60)).padStart(2, '0')}`;
  const share = engaged === null || length === 0 ? '' : `${Math.round((engaged / length) * 100)} % engaged`;
  const marks = events === null || events.bookmarks === 0 ? '' : `${events.bookmarks} bookmarked`;
  return [start.slice(0, 16).replace('T', ' '), minutes, share, marks, car ?? '', source, route];
}

function sourceRow({ name, from, state, drives }: DriveSource): string[] {
  const where = from.type === 'folder' ? from.path : from.api;
  return [name, where, state.status, `${drives} drives`, state.problem ?? ''];
}
