/**
 * How a camera's settings lie in its row: what may be shown in `settings`, what may not sealed in `secret`.
 */
import { z } from 'zod';
import { redact, splitCredential } from '../base/redact.ts';
import type { SourceRow } from '../catalog/tables.ts';
import { type CameraCreate, Reader, Retention, Transport } from '../contract/camera.ts';
import type { Secrets } from './secrets.ts';

/** The `settings` column of a source of kind `camera`. */
export const CameraSettings = z.object({
  /** Without user name and password, and with the values of secrets in its query cut. */
  url: z.string(),
  username: z.string().nullable().default(null),
  retention: Retention.prefault({}),
  /** As `url`, of the second stream. */
  subUrl: z.string().nullable().default(null),
  recordSub: z.boolean().default(false),
  reader: Reader.default('auto'),
  transport: Transport.default('auto'),
  sound: z.enum(['keep', 'none']).default('keep'),
  alertAfterSeconds: z.number().default(30),
  latest: z.enum(['off', 'key', 'every']).default('off'),
  onvif: z.object({ url: z.string() }).nullable().default(null),
});

/** The settings that are stored as they are given, and those of them that a recorder must hear of. */
export const PLAIN_SETTINGS = [
  'retention',
  'recordSub',
  'reader',
  'transport',
  'sound',
  'alertAfterSeconds',
  'latest',
  'onvif',
] as const satisfies readonly (keyof CameraCreate & keyof CameraSettings)[];
const OF_THE_STREAM = ['subUrl', 'recordSub', 'reader', 'transport', 'sound', 'latest'] as const;

/** Whether a recorder has to read the camera in another way. Addresses in `secret` are not seen here. */
export function readsOtherwise(before: CameraSettings, after: CameraSettings): boolean {
  return OF_THE_STREAM.some((name) => before[name] !== after[name]);
}
export type CameraSettings = z.output<typeof CameraSettings>;

/** What is sealed in the `secret` column. */
const CameraSecret = z.object({
  password: z.string().nullable(),
  /** The whole address, where its query holds a secret; otherwise `settings.url` is the whole. */
  url: z.string().nullable(),
  /** The same of `settings.subUrl`. */
  subUrl: z.string().nullable().default(null),
});
export type CameraSecret = z.output<typeof CameraSecret>;

/** All that is needed to open the camera's stream. In memory only. */
export interface CameraAccess {
  readonly url: string;
  readonly subUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
}

const NOTHING: CameraSecret = { password: null, url: null, subUrl: null };

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
    secret: { ...NOTHING, password: given.password ?? parts.password, url: shown === parts.url ? null : parts.url },
  };
}

/** Where a credential is sent: scheme's default port and path do not matter, another machine does. */
export function hostOf(address: string | null | undefined): string {
  return address && URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
}

/** For the `secret` column; null when there is nothing to hide. */
export function sealCamera(secrets: Secrets, sourceId: string, secret: CameraSecret): Buffer | null {
  if (secret.password === null && secret.url === null && secret.subUrl === null) return null;
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
    subUrl: secret.subUrl ?? settings.subUrl,
    username: settings.username,
    password: secret.password,
  };
}

function purpose(sourceId: string): string {
  return `camera:${sourceId}`;
}
