/**
 * Where drives come from: accounts and folders, added, changed, removed and tried.
 */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { countDrives, dropDrives } from '../../catalog/drives.ts';
import {
  changeSource,
  createSource,
  findSource,
  listSources,
  removeSource,
  takenFolders,
} from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type {
  DriveOrigin,
  DriveSource,
  DriveSourceChange,
  DriveSourceCreate,
  DriveSourceTest,
  DriveSourceTestRequest,
} from '../../contract/drive.ts';
import type { HubEvent } from '../../contract/system.ts';
import { folderFor } from '../folder-name.ts';
import type { Secrets } from '../secrets.ts';
import { DriveSettingsRow, openToken, sameServer, sealToken, tidyOrigin } from './source-settings.ts';

export interface DriveSourcesDeps {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  readonly events: { publish(event: HubEvent): void };
  readonly log: Log;
  readonly now: () => number;
  /** How looking goes. */
  readonly stateOf: (sourceId: string) => DriveSource['state'];
  /** Something else has to be looked at from now on. */
  readonly changed: (sourceId: string) => void;
  /** One careful look, for trying. @throws UserError, Unavailable */
  readonly tryOut: (from: DriveOrigin, token: string | null) => Promise<Pick<DriveSourceTest, 'devices' | 'drives'>>;
}

export class DriveSources {
  readonly #deps: DriveSourcesDeps;

  constructor(deps: DriveSourcesDeps) {
    this.#deps = deps;
  }

  /** By name. */
  async list(): Promise<DriveSource[]> {
    const rows = await listSources(this.#deps.db, 'openpilot');
    return Promise.all(rows.map((row) => this.describe(row)));
  }

  /** @throws UserError `not-found` */
  async row(idOrName: string): Promise<SourceRow> {
    const row = await findSource(this.#deps.db, idOrName);
    if (row?.kind !== 'openpilot')
      throw new UserError('There is no such source of drives.', 'See the list of accounts and folders.', {
        code: 'not-found',
      });
    return row;
  }

  /** What everybody who may watch may know of it: nothing secret. */
  async describe(row: SourceRow): Promise<DriveSource> {
    const { from, bookmarkClips } = DriveSettingsRow.parse(row.settings);
    const { db, stateOf } = this.#deps;
    const state = stateOf(row.id);
    return {
      id: row.id,
      name: row.name,
      kind: 'openpilot',
      from,
      hasToken: row.secret !== null,
      enabled: row.enabled,
      bookmarkClips,
      state: row.enabled ? state : { ...state, status: 'disabled' },
      drives: await countDrives(db, row.id),
      createdAt: row.created_at.toISOString(),
    };
  }

  /** @throws UserError when the name is taken */
  async create(given: DriveSourceCreate): Promise<DriveSource> {
    const { db, secrets, log, now } = this.#deps;
    const id = randomUUID();
    const settings: DriveSettingsRow = {
      from: tidyOrigin(given.from),
      bookmarkClips: given.bookmarkClips,
      clipsSince: now(),
    };
    refuseToken(settings.from, given.token);
    const row = await createSource(db, {
      id,
      kind: 'openpilot',
      name: given.name,
      // Nothing of it is stored in the library; the name is kept free for what may be.
      folder: folderFor(given.name, await takenFolders(db)),
      settings,
      secret: sealToken(secrets, id, given.token),
      enabled: given.enabled,
    });
    log.info('a source of drives was added', { source: id, name: row.name, from: settings.from.type });
    return this.#told(row);
  }

  /** @throws UserError `not-found`, `conflict`, or when a token would go to another server */
  async change(idOrName: string, change: DriveSourceChange): Promise<DriveSource> {
    const { db, secrets, log, now } = this.#deps;
    const row = await this.row(idOrName);
    const before = DriveSettingsRow.parse(row.settings);
    const from = change.from === undefined ? before.from : tidyOrigin(change.from);
    const bookmarkClips = change.bookmarkClips === undefined ? before.bookmarkClips : change.bookmarkClips;
    const moved = from.type !== before.from.type || JSON.stringify(from) !== JSON.stringify(before.from);
    refuseToken(from, change.token ?? null);
    if (change.token === undefined && row.secret !== null && from.type === 'account' && !sameServer(from, before.from))
      throw new UserError('The address names another server than before.', 'Give its token, or none.', {
        code: 'invalid',
        fields: { token: 'is needed again, because the address names another server' },
      });
    const secret =
      from.type === 'folder' ? null : change.token === undefined ? undefined : sealToken(secrets, row.id, change.token);
    const changed = await changeSource(db, row.id, {
      ...(change.name === undefined ? {} : { name: change.name }),
      settings: {
        from,
        bookmarkClips,
        clipsSince: before.bookmarkClips === null && bookmarkClips !== null ? now() : before.clipsSince,
      },
      ...(secret === undefined ? {} : { secret }),
      ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
    });
    if (!changed)
      throw new UserError('It has just been removed.', 'See the list of accounts and folders.', { code: 'not-found' });
    // What was found elsewhere is not there.
    if (moved && !sameDevices(before.from, from)) await this.#forget(row.id);
    log.info('a source of drives was changed', { source: row.id, name: changed.name });
    return this.#told(changed);
  }

  /** No file of its is touched. @throws UserError `not-found` */
  async remove(idOrName: string): Promise<void> {
    const { db, events, log, changed } = this.#deps;
    const row = await this.row(idOrName);
    await removeSource(db, row.id, 'delete');
    await dropDrives(db, row.id, []);
    log.info('a source of drives was removed', { source: row.id, name: row.name });
    changed(row.id);
    events.publish({ type: 'drive-source-deleted', id: row.id });
  }

  /** @throws UserError `not-found`; what is wrong with the place itself is the answer */
  async test(request: DriveSourceTestRequest): Promise<DriveSourceTest> {
    const from = tidyOrigin(request.from);
    let { token } = request;
    if (token === null && request.source !== undefined) {
      const row = await this.row(request.source);
      if (sameServer(from, DriveSettingsRow.parse(row.settings).from)) token = openToken(this.#deps.secrets, row);
    }
    refuseToken(from, token);
    try {
      return { ok: true, ...(await this.#deps.tryOut(from, token)) };
    } catch (error) {
      if (!(error instanceof UserError || error instanceof Unavailable)) throw error;
      const remedy = error instanceof UserError ? error.remedy : 'Try again in a moment.';
      return { ok: false, problem: { message: messageOf(error), remedy }, devices: [], drives: 0 };
    }
  }

  /** Tells everybody how a source is now. */
  async tell(sourceId: string): Promise<void> {
    const row = await findSource(this.#deps.db, sourceId);
    if (row?.kind !== 'openpilot') return;
    this.#deps.events.publish({ type: 'drive-source', source: await this.describe(row) });
  }

  async #forget(sourceId: string): Promise<void> {
    const { db, events } = this.#deps;
    for (const id of await dropDrives(db, sourceId, []))
      events.publish({ type: 'drive-deleted', id, source: sourceId });
  }

  async #told(row: SourceRow): Promise<DriveSource> {
    this.#deps.changed(row.id);
    const source = await this.describe(row);
    this.#deps.events.publish({ type: 'drive-source', source });
    return source;
  }
}

function refuseToken(from: DriveOrigin, token: string | null): void {
  if (token === null || token === '') return;
  if (from.type === 'folder')
    throw new UserError('A folder has no token.', 'Leave it out.', {
      code: 'invalid',
      fields: { token: 'belongs to an account' },
    });
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UserError('That is no token: it holds spaces or other letters.', 'Copy it again, whole.', {
      code: 'invalid',
      fields: { token: 'holds what no token holds' },
    });
}

/** Only the choice of devices, or nothing, has changed: what is known stays, and the next look corrects it. */
function sameDevices(before: DriveOrigin, after: DriveOrigin): boolean {
  return sameServer(before, after) && after.type === 'account' && after.devices.length === 0;
}
