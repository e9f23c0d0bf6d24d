/**
 * Drives of accounts: asked of their servers with the token of the source, which is opened for one question and goes nowhere else.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { FoundDrive } from '../../catalog/drives.ts';
import type { DriveMinuteRow, DriveRow, SourceRow } from '../../catalog/tables.ts';
import type { DriveOrigin, DriveSourceTest } from '../../contract/drive.ts';
import { ApiClient } from '../../sources/openpilot/files/api/client.ts';
import { apiServer, mayFetch, outsideOf } from '../../sources/openpilot/files/api/server.ts';
import type { RouteInfo } from '../../sources/openpilot/files/api/shapes.ts';
import { SignedLists } from '../../sources/openpilot/files/api/signed-lists.ts';
import { ApiToken } from '../../sources/openpilot/files/api/token.ts';
import { kindFacts } from '../../sources/openpilot/files/file-kind.ts';
import type { HeldFile } from '../../sources/openpilot/files/holding.ts';
import { WAITS } from '../../sources/openpilot/files/http/ask.ts';
import { download } from '../../sources/openpilot/files/http/download.ts';
import { signedUrl } from '../../sources/openpilot/files/http/signed-url.ts';
import { SEGMENT_SECONDS } from '../../sources/openpilot/names/route-request.ts';
import type { SignedInput } from '../clips/kind.ts';
import type { Secrets } from '../secrets.ts';
import { logsOf } from './look.ts';
import { DriveSettingsRow, openToken } from './source-settings.ts';
import type { WantedFile } from './store.ts';
import type { Found } from './watch.ts';

export interface AccountsOptions {
  readonly secrets: Secrets;
  /** For files that are needed here for a moment. */
  readonly tmpDir: string;
  /** UTC ms. */
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
/** How far back the first look goes, and the later ones: a device uploads when it is online again. */
const FIRST_DAYS = 365;
const LATER_DAYS = 14;
/** Of one device at one look. */
const MOST_DRIVES = 1000;
const MOST_DEVICES = 50;
/** How long somebody may be kept waiting because a server counts the questions, ms. */
const PATIENCE_MS = 20_000;
/** A list of files is asked for anew when a drive is opened after so long: more may have been uploaded. */
const FRESH_MS = 300_000;
const METRES_A_MILE = 1609.344;

export class DriveAccounts {
  readonly #options: AccountsOptions;
  readonly #lists = new SignedLists();
  /** Sources that were looked through since the hub started. */
  readonly #looked = new Set<string>();

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** What was begun before the last end is of no use. */
  async start(): Promise<void> {
    await rm(this.#options.tmpDir, { recursive: true, force: true });
    await mkdir(this.#options.tmpDir, { recursive: true, mode: 0o700 });
  }

  /** @throws UserError, Unavailable */
  async look(row: SourceRow, { from }: DriveSettingsRow, signal: AbortSignal): Promise<Found> {
    const client = this.#clientOf(row);
    const devices = await devicesOf(client, from, signal);
    const days = this.#looked.has(row.id) ? LATER_DAYS : FIRST_DAYS;
    const now = this.#options.now();
    const drives: FoundDrive[] = [];
    for (const { dongle } of devices) {
      const span = { start: now - days * DAY_MS, end: now + DAY_MS, limit: MOST_DRIVES };
      const infos = await inWords(() => client.routes(dongle, span, signal));
      for (const info of infos.slice(0, MOST_DRIVES)) if (info.dongle === dongle) drives.push(foundAt(row.id, info));
    }
    this.#looked.add(row.id);
    return { drives, complete: false, soon: false };
  }

  /** Another account, or other devices: everything is looked at again. */
  forget(sourceId: string): void {
    this.#looked.delete(sourceId);
  }

  /** @throws UserError, Unavailable */
  async tryOut(from: DriveOrigin, token: string | null): Promise<Pick<DriveSourceTest, 'devices' | 'drives'>> {
    const client = this.#client(from, token);
    const devices = await devicesOf(client, from, undefined);
    const now = this.#options.now();
    let drives = 0;
    for (const { dongle } of devices.slice(0, 5)) {
      const span = { start: now - FIRST_DAYS * DAY_MS, end: now + DAY_MS, limit: 20 };
      drives += (await inWords(() => client.routes(dongle, span))).length;
    }
    return { devices: devices.map(({ dongle, name }) => ({ dongle, name })), drives };
  }

  /** Which files there are of each minute. @throws UserError, Unavailable */
  async minutes(row: SourceRow, drive: Pick<DriveRow, 'route'>): Promise<DriveMinuteRow[]> {
    const minutes = new Map<number, DriveMinuteRow>();
    for (const file of await this.#files(row, drive.route, this.#options.now() - FRESH_MS)) {
      const minute = minutes.get(file.segment) ?? { minute: file.segment, files: {} };
      minute.files[file.kind] = { path: file.name, bytes: file.bytes ?? 0, changed: 0 };
      minutes.set(file.segment, minute);
    }
    return [...minutes.values()].sort((a, b) => a.minute - b.minute);
  }

  /** The provider's own signed address of a file; for a worker, or a moment. @throws UserError `missing`, Unavailable */
  async url(row: SourceRow, wanted: WantedFile): Promise<SignedInput> {
    const file = await this.#held(row, wanted);
    const url = file.place.at === 'url' ? file.place.url : '';
    const outside = url === '' ? undefined : outsideOf(this.#clientOf(row).server, new URL(url));
    return { url, ...(outside === undefined ? {} : { outside }) };
  }

  /** Brings a file here for as long as it is used. @throws UserError, Unavailable */
  async withFile<T>(
    row: SourceRow,
    wanted: WantedFile,
    use: (path: string) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const client = this.#clientOf(row);
    let file = await this.#held(row, wanted);
    const path = join(this.#options.tmpDir, randomUUID());
    const source = signedUrl({
      label: `${file.name} of minute ${wanted.minute}`,
      most: kindFacts[wanted.file].most,
      waits: WAITS,
      patience: PATIENCE_MS,
      url: () => (file.place.at === 'url' ? file.place.url : ''),
      mayFetch: (url) => mayFetch(client.server, url),
      outside: (url) => outsideOf(client.server, url),
      renew: async () => {
        file = await this.#held(row, wanted, this.#options.now());
      },
    });
    try {
      await inWords(() => download(source, path, { signal, retryPause: 500 }));
      return await use(path);
    } finally {
      for (const name of [path, `${path}.json`]) await rm(name, { force: true });
    }
  }

  /** JPEG: small pictures of a minute in a row; null where the server has none. */
  async sprite(row: SourceRow, drive: Pick<DriveRow, 'route'>, minute: number): Promise<Uint8Array | null> {
    const client = this.#clientOf(row);
    return inWords(async () => client.sprite(await client.route(drive.route), minute));
  }

  async #held(row: SourceRow, { drive, minute, file }: WantedFile, newerThan?: number): Promise<HeldFile> {
    const found = (await this.#files(row, drive.route, newerThan)).find(
      (one) => one.segment === minute && one.kind === file,
    );
    if (found) return found;
    throw new UserError(
      `${kindFacts[file].usual} of minute ${minute} is not uploaded.`,
      'Open the drive in connect, press “Files” and choose what to upload, or choose other seconds.',
      { code: 'missing' },
    );
  }

  async #files(row: SourceRow, route: string, newerThan?: number): Promise<readonly HeldFile[]> {
    const client = this.#clientOf(row);
    const list = await inWords(() => this.#lists.get(client, route, { newerThan }));
    return list.files;
  }

  #clientOf(row: SourceRow): ApiClient {
    return this.#client(DriveSettingsRow.parse(row.settings).from, openToken(this.#options.secrets, row));
  }

  #client(from: DriveOrigin, token: string | null): ApiClient {
    if (from.type !== 'account') throw new TypeError('a folder was asked as an account');
    const word = token === null ? null : readToken(token, this.#options.now());
    return new ApiClient({ server: apiServer(from.api), token: word, share: null, patience: PATIENCE_MS });
  }
}

function readToken(text: string, now: number): ApiToken {
  try {
    return ApiToken.read(text, 'this account', now);
  } catch (error) {
    throw forThePage(error);
  }
}

async function devicesOf(
  client: ApiClient,
  from: DriveOrigin,
  signal: AbortSignal | undefined,
): Promise<{ dongle: string; name: string | null }[]> {
  const named = from.type === 'account' ? from.devices : [];
  // Public drives of a device can be seen without being its owner.
  if (named.length > 0) return named.map((dongle) => ({ dongle, name: null }));
  const devices = await inWords(() => client.devices(signal));
  return devices.slice(0, MOST_DEVICES).map(({ dongle, name }) => ({ dongle, name }));
}

function foundAt(sourceId: string, info: RouteInfo): FoundDrive {
  const { dongle, logId, start, end, minutes, car, version, miles } = info;
  const length =
    minutes === null ? (end !== null && start !== null ? end - start : 0) : minutes * SEGMENT_SECONDS * 1000;
  return {
    id: randomUUID(),
    sourceId,
    route: `${dongle}|${logId}`,
    startAt: start ?? 0,
    startKnown: start !== null,
    durationMs: Math.max(0, Math.min(length, 100 * 3_600_000)),
    minutes: [],
    filesKnown: false,
    facts: {
      ...(car === null ? {} : { car: car.slice(0, 100) }),
      ...(version === null ? {} : { version: version.slice(0, 100) }),
      ...(miles === null || !(miles >= 0) ? {} : { distance: Math.round(miles * METRES_A_MILE) }),
    },
    logsOf: '',
  };
}

/** The logs of a drive whose files are known now. */
export function withMinutes(drive: DriveRow, minutes: DriveMinuteRow[]): FoundDrive {
  const last = minutes.at(-1)?.minute ?? -1;
  return {
    id: drive.id,
    sourceId: drive.source_id,
    route: drive.route,
    startAt: drive.start_at,
    startKnown: drive.start_known,
    durationMs: Math.max(drive.duration_ms, (last + 1) * SEGMENT_SECONDS * 1000),
    minutes,
    filesKnown: true,
    facts: {},
    logsOf: logsOf(minutes),
  };
}

async function inWords<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw forThePage(error);
  }
}

/** Remedies of the command line are not those of a hub. */
function forThePage(error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  const remedies: Readonly<Record<string, string>> = {
    token: 'Give a new token in the settings of this account.',
    forbidden: 'Use the account that the device is paired with, or have its owner make the drive public.',
    redirect: 'Correct the address of the server in the settings of this account.',
    'not-found': 'Is the address of the server that of its API? Correct it in the settings of this account.',
  };
  return new UserError(error.message, remedies[error.code] ?? error.remedy, { code: error.code, cause: error });
}
