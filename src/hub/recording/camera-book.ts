/**
 * The catalog's cameras as recorders need them. The only place where a camera's credential is decrypted.
 */
import type { Kysely } from 'kysely';
import { Unavailable } from '../../base/errors.ts';
import type { Database } from '../../catalog/tables.ts';
import { CameraSettings, cameraAccess } from '../camera-settings.ts';
import type { Secrets } from '../secrets.ts';
import type { CameraBook } from './recording.ts';

export interface CameraBookOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  /** Where the demo camera (`demo:`) is served just now; undefined while it starts. */
  readonly demoUrl: () => string | undefined;
}

export function cameraBook({ db, secrets, demoUrl }: CameraBookOptions): CameraBook {
  return {
    async enabled() {
      const rows = await db
        .selectFrom('sources')
        .select('id')
        .where('kind', '=', 'camera')
        .where('enabled', '=', true)
        .where('removed', 'is', null)
        .execute();
      return new Set(rows.map((row) => row.id));
    },
    async leased(id, token) {
      const row = await db
        .selectFrom('sources')
        .selectAll()
        .where('id', '=', id)
        .where('enabled', '=', true)
        .where('removed', 'is', null)
        .executeTakeFirst();
      if (!row) return undefined;
      const { url, subUrl, username, password } = cameraAccess(secrets, row);
      const { recordSub, reader, transport, sound, latest } = CameraSettings.parse(row.settings);
      const address = url.startsWith('demo:') ? demoUrl() : url;
      if (address === undefined) throw new Unavailable('The demo camera is still starting.', 1000);
      return {
        id,
        name: row.name,
        folder: row.folder,
        token,
        revision: row.revision,
        tracks: [
          { name: 'main', url: address, record: true },
          ...(subUrl === null ? [] : [{ name: 'sub', url: subUrl, record: recordSub }]),
        ],
        username,
        password,
        reader,
        transport,
        sound,
        latest,
      };
    },
    async folderOf(id) {
      const row = await db.selectFrom('sources').select('folder').where('id', '=', id).executeTakeFirst();
      return row?.folder;
    },
  };
}
