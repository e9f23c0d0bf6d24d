/**
 * How a source of drives lies in its row: what may be shown in `settings`, its token sealed in `secret`.
 */
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { SourceRow } from '../../catalog/tables.ts';
import { type DriveOrigin, DriveSource } from '../../contract/drive.ts';
import type { Secrets } from '../secrets.ts';

/** The `settings` column of a source of kind `openpilot`. */
export const DriveSettingsRow = z.object({
  from: DriveSource.shape.from,
  bookmarkClips: DriveSource.shape.bookmarkClips.default(null),
  /** Since when clips are made of bookmarks by themselves: those from before are left alone. UTC ms. */
  clipsSince: z.number().default(0),
  /** Id of the account whose it is; null: everybody's. */
  owner: DriveSource.shape.owner.default(null),
  shared: DriveSource.shape.shared.default(false),
});
export type DriveSettingsRow = z.output<typeof DriveSettingsRow>;

/** For the `secret` column. */
export function sealToken(secrets: Secrets, sourceId: string, token: string | null): Buffer | null {
  return token === null || token === '' ? null : secrets.seal(token, purpose(sourceId));
}

/** In memory, for one question to its own server. @throws UserError when it was sealed with another key */
export function openToken(secrets: Secrets, row: Pick<SourceRow, 'id' | 'secret'>): string | null {
  return row.secret === null ? null : secrets.open(row.secret, purpose(row.id));
}

const purpose = (sourceId: string): string => `drives:${sourceId}`;

/** The origin of an account's server without what does not belong to it. @throws UserError */
export function tidyOrigin(from: DriveOrigin): DriveOrigin {
  if (from.type === 'folder') return { ...from, path: from.path.replace(/(.)\/+$/, '$1') };
  const url = new URL(from.api);
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw new UserError('The address of the server must not hold a credential.', 'Give the token in its own field.', {
      code: 'invalid',
      fields: { 'from.api': 'must be an address alone, such as https://api.comma.ai' },
    });
  return { ...from, api: url.origin + url.pathname.replace(/\/+$/, '') };
}

/** A token is not sent to another server than the one that it was given for. */
export function sameServer(one: DriveOrigin, other: DriveOrigin): boolean {
  return one.type === 'account' && other.type === 'account' && new URL(one.api).origin === new URL(other.api).origin;
}
