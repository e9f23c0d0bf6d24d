/**
 * A drive of an API: its files are listed, the ones that a clip needs are fetched, and what came stays in the cache.
 */
import { UserError } from '../../../../base/errors.ts';
import { type RouteRequest, type RouteSpan, routeName, secondsOf, type TimedRoute } from '../../names/route-request.ts';
import { bringFiles } from '../bring.ts';
import type { FileCache } from '../cache/file-cache.ts';
import { chooseFiles, type FilePlan } from '../choose-files.ts';
import type { Drive } from '../drive.ts';
import { kindFacts } from '../file-kind.ts';
import { type HeldFile, holdingOf, minuteCount, type RouteHolding } from '../holding.ts';
import { WAITS, type Waits } from '../http/ask.ts';
import type { ByteSource } from '../http/byte-source.ts';
import { signedUrl } from '../http/signed-url.ts';
import type { ApiClient } from './client.ts';
import { mayFetch, outsideOf } from './server.ts';
import type { RouteInfo } from './shapes.ts';
import type { SignedLists } from './signed-lists.ts';

/** A list that is older than this is asked for anew before a file is said to be missing: it may have been uploaded since. */
const FRESH = 15_000;
const DAY = 86_400_000;

export interface ApiDriveOptions {
  readonly client: ApiClient;
  readonly lists: SignedLists;
  readonly cache: FileCache;
  readonly signal?: AbortSignal | undefined;
  readonly waits?: Waits;
  readonly patience?: number;
  readonly retryPause?: number;
  readonly parallel?: number;
}

/** @throws UserError when the server does not know it or does not give it */
export async function openApiDrive(request: RouteRequest, options: ApiDriveOptions): Promise<Drive> {
  const { client, lists, signal } = options;
  const { info, span } =
    request.kind === 'time' ? await routeAt(request, client, signal) : await namedRoute(request, client, signal);
  const name = routeName(info);
  const list = await lists.get(client, name, { signal });
  const minutes = minuteCount(held(info, list.files));
  return new ApiDrive(info, secondsOf(span, minutes), minutes, options);
}

/** A drive without a device's id is looked for among one's own devices. */
async function namedRoute(
  request: Extract<RouteRequest, { kind: 'route' }>,
  client: ApiClient,
  signal: AbortSignal | undefined,
): Promise<{ info: RouteInfo; span: RouteSpan }> {
  const { dongle, logId, span } = request;
  if (dongle !== null) return { info: await client.route(routeName({ dongle, logId }), signal), span };
  for (const device of await client.devices(signal))
    try {
      return { info: await client.route(routeName({ dongle: device.dongle, logId }), signal), span };
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'not-found')) throw error;
    }
  throw new UserError(
    `None of your devices at ${client.server.host} has driven ${logId}.`,
    'Name the device too, as in a2a0ccea32023010|2023-07-27--13-01-19, or the folder that holds the drive with --data.',
    { code: 'not-found' },
  );
}

/** An old address tells a device and times of day: the drive is the one that was under way then. */
async function routeAt(
  { dongle, start, end }: TimedRoute,
  client: ApiClient,
  signal: AbortSignal | undefined,
): Promise<{ info: RouteInfo; span: RouteSpan }> {
  // Some servers tell only what began in the span, so a day before it is asked for where nothing else is found.
  for (const from of [start, start - DAY])
    for (const info of await client.routes(dongle, { start: from, end }, signal)) {
      if (info.start === null || info.start > start || (info.end !== null && info.end <= start)) continue;
      const until = info.end === null ? end : Math.min(end, info.end);
      return { info, span: { kind: 'seconds', start: (start - info.start) / 1000, end: (until - info.start) / 1000 } };
    }
  throw new UserError(
    `${client.server.host} knows no drive of ${dongle} at ${new Date(start).toISOString()}.`,
    'Open the address in connect and copy the new one that it shows; it names the drive itself.',
    { code: 'not-found' },
  );
}

const held = (info: RouteInfo, files: readonly HeldFile[]): RouteHolding =>
  holdingOf(info.dongle, info.logId, files, info.minutes ?? 0);

class ApiDrive implements Drive {
  readonly dongle: string;
  readonly logId: string;
  readonly asked: Drive['asked'];
  readonly minutes: number;
  readonly notes: readonly string[] = [];
  readonly #info: RouteInfo;
  readonly #options: ApiDriveOptions;
  readonly #holds: Disposable[] = [];

  constructor(info: RouteInfo, asked: Drive['asked'], minutes: number, options: ApiDriveOptions) {
    this.dongle = info.dongle;
    this.logId = info.logId;
    this.asked = asked;
    this.minutes = minutes;
    this.#info = info;
    this.#options = options;
  }

  async plan(need: Parameters<Drive['plan']>[0]): Promise<FilePlan> {
    const { client, lists, signal } = this.#options;
    const name = routeName(this);
    const list = await lists.get(client, name, { signal });
    try {
      return chooseFiles(held(this.#info, list.files), need, 'api');
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'missing') || Date.now() - list.at < FRESH) throw error;
      const fresh = await lists.get(client, name, { newerThan: list.at, signal });
      return chooseFiles(held(this.#info, fresh.files), need, 'api');
    }
  }

  async bring(plan: FilePlan, options: Parameters<Drive['bring']>[1] = {}) {
    const { client, cache, parallel = 4, retryPause = 1000 } = this.#options;
    const carrier = {
      cache,
      parallel,
      retryPause,
      identityOf: ({ segment, name }: HeldFile) => ({
        parts: [client.server.origin, routeName(this), String(segment), name],
        name,
      }),
      sourceOf: (file: HeldFile) => this.#source(file),
    };
    const { minutes, hold } = await bringFiles(plan, carrier, options);
    this.#holds.push(hold);
    return minutes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const hold of this.#holds.splice(0)) hold[Symbol.dispose]();
  }

  /** The URL of the list that is good now; when the store does not accept it, that of a fresh list. */
  #source(file: HeldFile): ByteSource {
    const { client, lists, waits = WAITS, patience = 0 } = this.#options;
    let { place } = file;
    let given = Date.now();
    return signedUrl({
      label: `${file.name} of minute ${file.segment}`,
      most: kindFacts[file.kind].most,
      waits,
      patience,
      url: () => (place.at === 'url' ? place.url : ''),
      mayFetch: (url) => mayFetch(client.server, url),
      outside: (url) => outsideOf(client.server, url),
      renew: async (signal) => {
        const list = await lists.get(client, routeName(this), { newerThan: given, signal });
        const again = list.files.find(
          ({ segment, kind, name }) => segment === file.segment && kind === file.kind && name === file.name,
        );
        if (again === undefined)
          throw new UserError(
            `${file.name} of minute ${file.segment} is not at ${client.server.host} any more.`,
            'Choose other seconds, or upload it again.',
            {
              code: 'missing',
            },
          );
        place = again.place;
        given = list.at;
      },
    });
  }
}
