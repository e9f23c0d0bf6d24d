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
import type { Account } from '../../contract/account.ts';
import type {
  DriveOrigin,
  DriveSource,
  DriveSourceChange,
  DriveSourceCreate,
  DriveSourceTest,
  DriveSourceTestRequest,
} from '../../contract/drive.ts';
import type { HubEvent } from '../../contract/system.ts';
import { apiServer } from '../../sources/openpilot/files/api/server.ts';
import { folderFor } from '../folder-name.ts';
import type { Secrets } from '../secrets.ts';
import type { Audience } from '../server/events.ts';
import { type Asker, audienceOf, mayChange, mayLook, privateTo } from './privacy.ts';
import { DriveSettingsRow, openToken, sameServer, sealToken, tidyOrigin } from './source-settings.ts';

export interface DriveSourcesDeps {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  readonly events: { publish(event: HubEvent, audience?: Audience): void };
  readonly log: Log;
  readonly now: () => number;
  /** How looking goes. */
  readonly stateOf: (sourceId: string) => DriveSource['state'];
  /** Something else has to be looked at from now on. */
  readonly changed: (sourceId: string) => void;
  /** One careful look, for trying. @throws UserError, Unavailable */
  readonly tryOut: (from: DriveOrigin, token: string | null) => Promise<Pick<DriveSourceTest, 'devices' | 'drives'>>;
}

/** Accounts of one person. */
const MOST_OWN = 5;

export class DriveSources {
  readonly #deps: DriveSourcesDeps;

  constructor(deps: DriveSourcesDeps) {
    this.#deps = deps;
  }

  /** By name. Admins see that there are those of others, to remove them; never their drives. */
  async list(user: Account | undefined): Promise<DriveSource[]> {
    const rows = await listSources(this.#deps.db, 'openpilot');
    const seen = rows.filter((row) => user?.role === 'admin' || mayLook(row, user?.id ?? null));
    return Promise.all(seen.map((row) => this.describe(row)));
  }

  /** One whose drives this person may see. @throws UserError `not-found` */
  async row(idOrName: string, asker: Asker): Promise<SourceRow> {
    const row = await this.#any(idOrName);
    if (!mayLook(row, asker)) throw unknown();
    return row;
  }

  async #any(idOrName: string): Promise<SourceRow> {
    const row = await findSource(this.#deps.db, idOrName);
    if (row?.kind !== 'openpilot') throw unknown();
    return row;
  }

  /** What everybody who may watch may know of it: nothing secret. */
  async describe(row: SourceRow): Promise<DriveSource> {
    const { from, bookmarkClips, owner, shared } = DriveSettingsRow.parse(row.settings);
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
      owner,
      shared,
      state: row.enabled ? state : { ...state, status: 'disabled' },
      drives: await countDrives(db, row.id),
      createdAt: row.created_at.toISOString(),
    };
  }

  /** @throws UserError when the name is taken, or this person may not add that */
  async create(given: DriveSourceCreate, user: Account | undefined): Promise<DriveSource> {
    const { db, secrets, log, now } = this.#deps;
    const id = randomUUID();
    const owner = given.mine ? (user?.id ?? null) : null;
    if (given.mine && owner === null)
      throw new UserError('A program has no account of its own.', 'Leave “mine” out.', { code: 'invalid' });
    const settings: DriveSettingsRow = {
      from: tidyOrigin(given.from),
      bookmarkClips: given.bookmarkClips,
      clipsSince: now(),
      owner,
      shared: owner !== null && given.shared,
    };
    await this.#mayAdd(settings, user);
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
  async change(idOrName: string, change: DriveSourceChange, user: Account | undefined): Promise<DriveSource> {
    const { db, secrets, log, now } = this.#deps;
    const row = await this.#any(idOrName);
    mayChange(row, user);
    const before = DriveSettingsRow.parse(row.settings);
    const from = change.from === undefined ? before.from : tidyOrigin(change.from);
    const bookmarkClips = change.bookmarkClips === undefined ? before.bookmarkClips : change.bookmarkClips;
    const moved = from.type !== before.from.type || JSON.stringify(from) !== JSON.stringify(before.from);
    refuseToken(from, change.token ?? null);
    if (change.from !== undefined) await this.#mayAsk(from, user);
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
        owner: before.owner,
        shared: before.owner !== null && (change.shared ?? before.shared),
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
  async remove(idOrName: string, user: Account | undefined): Promise<void> {
    const row = await this.#any(idOrName);
    // An admin clears away what is somebody else's, without ever seeing into it.
    if (user?.role !== 'admin') mayChange(row, user);
    await this.#remove(row);
  }

  /** A person is gone, and with him what was his. */
  async removeOf(owner: string): Promise<void> {
    for (const row of await listSources(this.#deps.db, 'openpilot'))
      if (DriveSettingsRow.parse(row.settings).owner === owner) await this.#remove(row);
  }

  async #remove(row: SourceRow): Promise<void> {
    const { db, events, log, changed } = this.#deps;
    await removeSource(db, row.id, 'delete');
    await dropDrives(db, row.id, []);
    log.info('a source of drives was removed', { source: row.id, name: row.name });
    changed(row.id);
    events.publish({ type: 'drive-source-deleted', id: row.id });
  }

  /** @throws UserError `not-found`; what is wrong with the place itself is the answer */
  async test(request: DriveSourceTestRequest, user: Account | undefined): Promise<DriveSourceTest> {
    const from = tidyOrigin(request.from);
    await this.#mayAsk(from, user);
    let { token } = request;
    if (token === null && request.source !== undefined) {
      const row = await this.#any(request.source);
      mayChange(row, user);
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
    this.#deps.events.publish({ type: 'drive-source', source: await this.describe(row) }, audienceOf(row));
  }

  /** @throws UserError */
  async #mayAdd({ from, owner }: DriveSettingsRow, user: Account | undefined): Promise<void> {
    if (owner === null && user !== undefined && user.role !== 'admin')
      throw new UserError('Only admins add what everybody sees.', 'Add it for yourself.', {
        code: 'forbidden',
        fields: { mine: 'is needed' },
      });
    await this.#mayAsk(from, user);
    if (owner === null) return;
    const rows = await listSources(this.#deps.db, 'openpilot');
    if (rows.filter((row) => DriveSettingsRow.parse(row.settings).owner === owner).length >= MOST_OWN)
      throw new UserError(`${MOST_OWN} accounts of your own are there already.`, 'Remove one.', { code: 'too-many' });
  }

  /**
   * Who is no admin must not have the hub look into its own network or disks: he may name the known servers, and those that an admin uses.
   * @throws UserError `forbidden`
   */
  async #mayAsk(from: DriveOrigin, user: Account | undefined): Promise<void> {
    if (user === undefined || user.role === 'admin') return;
    if (from.type === 'account') {
      if (apiServer(from.api).provider !== null) return;
      const rows = await listSources(this.#deps.db, 'openpilot');
      const settings = rows.map((row) => DriveSettingsRow.parse(row.settings));
      if (settings.some((one) => one.owner === null && sameServer(from, one.from))) return;
    }
    const [what, fields] =
      from.type === 'folder'
        ? ['Folders of the hub’s machine are added by admins.', { from: 'is for admins' }]
        : ['Other servers than comma, konik and asius are added by admins first.', { 'from.api': 'is for admins' }];
    throw new UserError(what, 'Ask an admin.', { code: 'forbidden', fields });
  }

  async #forget(sourceId: string): Promise<void> {
    const { db, events } = this.#deps;
    for (const id of await dropDrives(db, sourceId, []))
      events.publish({ type: 'drive-deleted', id, source: sourceId });
  }

  async #told(row: SourceRow): Promise<DriveSource> {
    this.#deps.changed(row.id);
    const source = await this.describe(row);
    const only = privateTo(row);
    // Who has seen it until now sees it no more.
    if (only !== null) this.#deps.events.publish({ type: 'drive-source-deleted', id: row.id }, { not: only });
    this.#deps.events.publish({ type: 'drive-source', source }, audienceOf(row));
    return source;
  }
}

const unknown = (): UserError =>
  new UserError('There is no such source of drives.', 'See the list of accounts and folders.', { code: 'not-found' });

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
