/**
 * The cameras of this hub: adding, changing, removing, and saying how they are.
 */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import {
  changeSource,
  createSource,
  findSource,
  listSources,
  removeSource,
  takenFolders,
  tracksOf,
} from '../catalog/sources.ts';
import type { Database, SourceRow } from '../catalog/tables.ts';
import type { Camera, CameraChange, CameraCreate, CameraState } from '../contract/camera.ts';
import type { HubEvent } from '../contract/system.ts';
import { camera } from '../sources/camera/kind.ts';
import {
  CameraSettings,
  hostOf,
  openCamera,
  PLAIN_SETTINGS,
  readsOtherwise,
  sealCamera,
  takeApart,
} from './camera-settings.ts';
import { folderFor } from './folder-name.ts';
import type { Secrets } from './secrets.ts';

/** How cameras are doing; told by the recording service. */
interface CameraStates {
  stateOf(cameraId: string): CameraState;
  /** Published bytes and the extent of what is kept, UTC ms as RFC 3339. */
  footageOf(cameraId: string): Promise<Camera['footage']>;
}

export interface CamerasDeps {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  readonly states: CameraStates;
  readonly events: { publish(event: HubEvent): void };
  readonly log: Log;
  /** Called after a camera was added, changed or removed, e.g. to look at the settings again at once. */
  readonly changed?: (cameraId: string) => void;
  /** Whether the library holds a folder of that name although the catalog does not know it. */
  readonly folderExists?: (folder: string) => Promise<boolean>;
}

export class Cameras {
  readonly #deps: CamerasDeps;

  constructor(deps: CamerasDeps) {
    this.#deps = deps;
  }

  /** All cameras, by name. */
  async list(): Promise<Camera[]> {
    const rows = await listSources(this.#deps.db, 'camera');
    return Promise.all(rows.map((row) => this.describe(row)));
  }

  /** @param idOrName @throws UserError `not-found` */
  async get(idOrName: string): Promise<Camera> {
    return this.describe(await this.row(idOrName));
  }

  /** The row of a camera that is not deleted. @throws UserError `not-found` */
  async row(idOrName: string): Promise<SourceRow> {
    const row = await findSource(this.#deps.db, idOrName);
    if (row === undefined || row.kind !== 'camera')
      throw new UserError('There is no such camera.', 'See the list of cameras.', { code: 'not-found' });
    return row;
  }

  /** What everybody who may watch may know of a camera: nothing secret. */
  async describe(row: SourceRow): Promise<Camera> {
    const { states, db } = this.#deps;
    const settings = CameraSettings.parse(row.settings);
    const [footage, tracks] = await Promise.all([states.footageOf(row.id), tracksOf(db, row.id)]);
    return {
      id: row.id,
      name: row.name,
      kind: 'camera',
      folder: row.folder,
      url: settings.url,
      username: settings.username,
      hasPassword: this.#hasPassword(row),
      enabled: row.enabled,
      demo: row.demo,
      subUrl: settings.subUrl,
      ...plain(settings),
      // One that is being recorded for the first time has no segment yet.
      tracks: [...new Set(['main', ...tracks, ...(settings.subUrl !== null && settings.recordSub ? ['sub'] : [])])],
      state: states.stateOf(row.id),
      footage,
      createdAt: row.created_at.toISOString(),
    };
  }

  /**
   * Adds a camera. `demo`: one that Vidette draws itself.
   * @throws UserError when the address is of no use or the name is taken
   */
  async create(given: CameraCreate, options: { demo?: boolean } = {}): Promise<Camera> {
    const { db, secrets, log } = this.#deps;
    const id = randomUUID();
    const { url, username, secret } = takeApart(given);
    checkUrl(secret.url ?? url);
    const sub = takeApartSub(given.subUrl);
    const settings: CameraSettings = { url, username, subUrl: sub.shown, ...plain(given) };
    const row = await createSource(db, {
      id,
      kind: 'camera',
      name: given.name,
      folder: await this.#freeFolder(given.name),
      settings,
      secret: sealCamera(secrets, id, { ...secret, subUrl: sub.secret }),
      enabled: given.enabled,
      demo: options.demo ?? false,
    });
    log.info('a camera was added', { camera: id, name: row.name });
    return this.#told(row);
  }

  /** @throws UserError `not-found`, `conflict`, or when the address is of no use */
  async change(idOrName: string, change: CameraChange): Promise<Camera> {
    const { db, secrets, log } = this.#deps;
    const row = await this.row(idOrName);
    const before = CameraSettings.parse(row.settings);
    const settings: CameraSettings = { ...before, ...plain({ ...before, ...given(change) }) };
    const credential = change.username !== undefined || change.password !== undefined;
    const readdressed = change.url !== undefined && change.url !== before.url;
    const otherSub = change.subUrl !== undefined && change.subUrl !== before.subUrl;
    let sealed: Buffer | null | undefined;
    if (readdressed || credential || otherSub) {
      const old = openCamera(secrets, row);
      const taken = takeApart({ url: readdressed ? (change.url ?? '') : (old.url ?? before.url) });
      checkUrl(taken.secret.url ?? taken.url);
      const sub = otherSub ? takeApartSub(change.subUrl ?? null) : { shown: before.subUrl, secret: old.subUrl };
      settings.url = taken.url;
      settings.subUrl = sub.shown;
      settings.username = change.username !== undefined ? change.username : (taken.username ?? before.username);
      const password = change.password !== undefined ? change.password : (taken.secret.password ?? old.password);
      sealed = sealCamera(secrets, row.id, { password, url: taken.secret.url, subUrl: sub.secret });
      if (change.password === undefined && taken.secret.password === null && old.password !== null)
        keepAtHome(before, settings);
    } else if (row.secret !== null && change.password === undefined) keepAtHome(before, settings);
    const enabled = change.enabled !== undefined && change.enabled !== row.enabled;
    const stream = sealed !== undefined || enabled || readsOtherwise(before, settings);
    const changed = await changeSource(db, row.id, {
      ...(change.name === undefined ? {} : { name: change.name }),
      settings,
      ...(sealed === undefined ? {} : { secret: sealed }),
      ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
      // A new name or another retention is no reason to open the stream again.
      revise: stream,
    });
    if (changed === undefined)
      throw new UserError('The camera has just been deleted.', 'See the list of cameras.', { code: 'not-found' });
    log.info('a camera was changed', { camera: row.id, name: changed.name });
    return this.#told(changed);
  }

  /** @param footage what becomes of the recordings @throws UserError `not-found` */
  async remove(idOrName: string, footage: 'keep' | 'delete'): Promise<void> {
    const { db, events, log, changed } = this.#deps;
    const row = await this.row(idOrName);
    await removeSource(db, row.id, footage);
    log.info('a camera was deleted', { camera: row.id, name: row.name, footage });
    changed?.(row.id);
    events.publish({ type: 'camera-deleted', id: row.id });
  }

  async #told(row: SourceRow): Promise<Camera> {
    this.#deps.changed?.(row.id);
    const camera = await this.describe(row);
    this.#deps.events.publish({ type: 'camera', camera });
    return camera;
  }

  async #freeFolder(name: string): Promise<string> {
    const taken = await takenFolders(this.#deps.db);
    for (;;) {
      const folder = folderFor(name, taken);
      if (!(await this.#deps.folderExists?.(folder))) return folder;
      taken.add(folder);
    }
  }

  #hasPassword(row: SourceRow): boolean {
    if (row.secret === null) return false;
    try {
      return openCamera(this.#deps.secrets, row).password !== null;
    } catch (error) {
      // Sealed with another key: there is one, even if it cannot be read. The recorder's lease says so.
      if (error instanceof UserError) return true;
      throw error;
    }
  }
}

/** The settings that are stored as they are given. */
function plain(given: Pick<CameraSettings, (typeof PLAIN_SETTINGS)[number]>): typeof given {
  return {
    retention: given.retention,
    recordSub: given.recordSub,
    reader: given.reader,
    transport: given.transport,
    sound: given.sound,
    alertAfterSeconds: given.alertAfterSeconds,
    latest: given.latest,
    onvif: given.onvif,
  };
}

/** Of a change, the plain settings that it names. */
function given(change: CameraChange): Partial<CameraSettings> {
  return Object.fromEntries(
    PLAIN_SETTINGS.filter((name) => change[name] !== undefined).map((name) => [name, change[name]]),
  );
}

/** The second stream's address; name and password are those of the first. */
function takeApartSub(address: string | null): { shown: string | null; secret: string | null } {
  if (address === null || address === '') return { shown: null, secret: null };
  const { url, secret } = takeApart({ url: address });
  checkUrl(secret.url ?? url);
  return { shown: url, secret: secret.url };
}

/** A stored password is not sent to another machine than the one that it was given for. */
function keepAtHome(before: CameraSettings, after: CameraSettings): void {
  const known = new Set([before.url, before.subUrl, before.onvif?.url].map(hostOf));
  if ([after.url, after.subUrl, after.onvif?.url].every((address) => known.has(hostOf(address)) || !address)) return;
  throw new UserError('The address names another machine than before.', 'Give the password again, or none.', {
    code: 'invalid',
    fields: { password: 'is needed again, because the address names another machine' },
  });
}

function checkUrl(url: string): void {
  if (camera.accepts(url)) return;
  throw new UserError('Vidette cannot read video from this address.', `Use one that begins with ${camera.addresses}.`, {
    code: 'invalid',
    fields: { url: 'is not an address that Vidette can read' },
  });
}
