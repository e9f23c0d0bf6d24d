/**
 * How a camera's settings lie in its row: what may be shown in `settings`, what may not sealed in `secret`.
 */
import { z } from 'zod';
import { redact, splitCredential } from '../base/redact.ts';
import type { SourceRow } from '../catalog/tables.ts';
import { Retention } from '../contract/camera.ts';
import type { Secrets } from './secrets.ts';

/** The `settings` column of a source of kind `camera`. */
export const CameraSettings = z.object({
  /** Without user name and password, and with the values of secrets in its query cut. */
  url: z.string(),
  username: z.string().nullable().default(null),
  retention: Retention.default({ days: null, bytes: null }),
  /** See the contract's `LeasedCamera`. */
  reader: z.enum(['auto', 'rtsp', 'ffmpeg']).default('auto'),
});
export type CameraSettings = z.output<typeof CameraSettings>;

/** What is sealed in the `secret` column. */
const CameraSecret = z.object({
  password: z.string().nullable(),
  /** The whole address, where its query holds a secret; otherwise `settings.url` is the whole. */
  url: z.string().nullable(),
});
export type CameraSecret = z.output<typeof CameraSecret>;

/** All that is needed to open the camera's stream. In memory only. */
export interface CameraAccess {
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly reader: CameraSettings['reader'];
}

const NOTHING: CameraSecret = { password: null, url: null };

/** An address as it was typed, taken apart. Name and password in it count where none are given beside it. */
export function takeApart(given: { url: string; username?: string | null; password?: string | null }): {
  url: string;
  username: string | null;
  secret: CameraSecret;
} {
  const parts = splitCredential(given.url);
  const shown = redact(parts.url);
  return {
    url: shown,
    username: given.username ?? parts.username,
    secret: { password: given.password ?? parts.password, url: shown === parts.url ? null : parts.url },
  };
}

/** For the `secret` column; null when there is nothing to hide. */
export function sealCamera(secrets: Secrets, sourceId: string, secret: CameraSecret): Buffer | null {
  if (secret.password === null && secret.url === null) return null;
  return secrets.seal(JSON.stringify(secret), purpose(sourceId));
}

/** @throws UserError when it was sealed with another key */
export function openCamera(secrets: Secrets, row: Pick<SourceRow, 'id' | 'secret'>): CameraSecret {
  if (row.secret === null) return NOTHING;
  return CameraSecret.parse(JSON.parse(secrets.open(row.secret, purpose(row.id))));
}

/** For the recorder that holds the camera's lease, and nobody else. */
export function cameraAccess(secrets: Secrets, row: Pick<SourceRow, 'id' | 'secret' | 'settings'>): CameraAccess {
  const settings = CameraSettings.parse(row.settings);
  const secret = openCamera(secrets, row);
  return {
    url: secret.url ?? settings.url,
    username: settings.username,
    password: secret.password,
    reader: settings.reader,
  };
}

function purpose(sourceId: string): string {
  return `camera:${sourceId}`;
}
