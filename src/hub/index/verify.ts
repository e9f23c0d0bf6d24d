/**
 * Reads every published byte and compares it with what the catalog says. Changes nothing.
 */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import type { BlobStore } from '../../blobs/store.ts';
import type { Database } from '../../catalog/tables.ts';

export interface VerifyOptions {
  readonly db: Kysely<Database>;
  readonly blobs: Pick<BlobStore, 'get'>;
  /** @param checked so far @param total of all segments */
  readonly onProgress?: (checked: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Verified {
  readonly checked: number;
  /** Segments whose bytes are not those that were recorded. */
  readonly damaged: readonly { readonly key: string; readonly reason: string }[];
}

const PAGE = 500;

/** Files that are gone are none of its business: `rebuildIndex` finds those. */
export async function verifySegments({ db, blobs, onProgress, signal }: VerifyOptions): Promise<Verified> {
  const { total } = await db
    .selectFrom('segments')
    .select((expression) => expression.fn.countAll<number>().as('total'))
    .where('state', '!=', 'deleting')
    .executeTakeFirstOrThrow();
  const damaged: { key: string; reason: string }[] = [];
  let checked = 0;
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('segments')
      .select(['id', 'key', 'sha256', 'bytes'])
      .where('id', '>', after)
      .where('state', '!=', 'deleting')
      .orderBy('id')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      signal?.throwIfAborted();
      const reason = await fault(blobs, row, signal);
      if (reason !== undefined) damaged.push({ key: row.key, reason });
      onProgress?.(++checked, total);
    }
    const last = rows.at(-1);
    if (last === undefined) return { checked, damaged };
    after = last.id;
  }
}

async function fault(
  blobs: VerifyOptions['blobs'],
  row: { readonly key: string; readonly sha256: Buffer; readonly bytes: number },
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const { body } = await blobs.get(row.key, undefined, signal ? { signal } : {});
    for await (const chunk of body) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    if (error instanceof UserError && error.code === 'not-found') return undefined;
    throw error;
  }
  if (bytes !== row.bytes) return `it has ${bytes} bytes, not ${row.bytes}`;
  return hash.digest().equals(row.sha256) ? undefined : 'its content has changed (SHA-256 differs)';
}
