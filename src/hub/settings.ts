/**
 * What the environment says. Everything else is kept in the catalog.
 */
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';

export interface HubSettings {
  /** Absolute path of the data folder. */
  readonly data: string;
  /** A connection string, or undefined: the hub runs its own server. */
  readonly database: string | undefined;
  /** `s3://bucket/prefix`, or the absolute path of the library folder. */
  readonly blobs: string;
  /** Where people reach the hub, without a slash at the end; undefined: where it listens. */
  readonly url: URL | undefined;
  readonly host: string;
  readonly port: number;
  /** Proxies whose X-Forwarded-* headers count: true (any), or a list of addresses. */
  readonly trustProxy: boolean | string;
  /** Recorders that the hub keeps on its own machine. */
  readonly recorders: 'auto' | number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Whoever reaches the hub may read its metrics. */
  readonly openMetrics: boolean;
}

const Environment = z.object({
  VIDETTE_DATA: z.string().min(1).default('./data'),
  VIDETTE_DATABASE: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  VIDETTE_BLOBS: z.string().min(1).optional(),
  VIDETTE_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://cameras.example.org' })
    .optional(),
  VIDETTE_HOST: z.string().min(1).default('127.0.0.1'),
  VIDETTE_PORT: z.coerce
    .number({ error: 'must be a number from 0 to 65535' })
    .int('must be a whole number')
    .min(0, 'must be a number from 0 to 65535')
    .max(65_535, 'must be a number from 0 to 65535')
    .default(8040),
  VIDETTE_TRUST_PROXY: z.string().optional(),
  VIDETTE_METRICS: z.enum(['open', 'token'], { error: 'must be open or token' }).default('token'),
  VIDETTE_RECORDERS: z
    .string()
    .regex(/^(auto|\d|1[0-6])$/, 'must be auto or a number from 0 to 16')
    .default('auto'),
  VIDETTE_TLS_CERT: z.string().min(1).optional(),
  VIDETTE_TLS_KEY: z.string().min(1).optional(),
});

/**
 * @param environment usually `process.env`; an empty variable counts as unset
 * @throws UserError naming the variable and what is wrong with it
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): HubSettings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name.startsWith('VIDETTE_') && value !== ''),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      `${String(issue?.path[0])}: ${issue?.message}`,
      'Correct the environment variable and start again.',
      { code: 'setting' },
    );
  }
  const env = parsed.data;
  if ((env.VIDETTE_TLS_CERT === undefined) !== (env.VIDETTE_TLS_KEY === undefined))
    throw new UserError(
      'VIDETTE_TLS_CERT and VIDETTE_TLS_KEY belong together; only one is set.',
      'Set both, or neither.',
      { code: 'setting' },
    );
  const data = resolve(env.VIDETTE_DATA);
  const blobs = env.VIDETTE_BLOBS ?? `${data}/library`;
  if (!blobs.startsWith('s3://') && env.VIDETTE_BLOBS !== undefined && !isAbsolute(blobs))
    throw new UserError(
      `VIDETTE_BLOBS: “${blobs}” is neither s3://bucket/prefix nor an absolute path.`,
      'Give the whole path of the library folder.',
      { code: 'setting' },
    );
  return {
    data,
    database: env.VIDETTE_DATABASE,
    blobs,
    url: env.VIDETTE_URL === undefined ? undefined : new URL(env.VIDETTE_URL.replace(/\/+$/, '')),
    host: env.VIDETTE_HOST,
    port: env.VIDETTE_PORT,
    recorders: env.VIDETTE_RECORDERS === 'auto' ? 'auto' : Number(env.VIDETTE_RECORDERS),
    trustProxy:
      env.VIDETTE_TRUST_PROXY === undefined || /^(0|false|no)$/i.test(env.VIDETTE_TRUST_PROXY)
        ? false
        : /^(1|true|yes)$/i.test(env.VIDETTE_TRUST_PROXY)
          ? true
          : env.VIDETTE_TRUST_PROXY,
    openMetrics: env.VIDETTE_METRICS === 'open',
    tls:
      env.VIDETTE_TLS_CERT === undefined || env.VIDETTE_TLS_KEY === undefined
        ? undefined
        : { cert: env.VIDETTE_TLS_CERT, key: env.VIDETTE_TLS_KEY },
  };
}
