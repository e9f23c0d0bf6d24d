/** The places that are searched: files, every row of every table, answers of the hub. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type pg from 'pg';
import type { Place } from './search.ts';

/** Every file below a folder, name included; links and sockets are passed over. @param issues what a file may hold, by its relative path */
export async function* filesIn(
  folder: string,
  what: string,
  issues: Readonly<Record<string, readonly string[]>> = {},
): AsyncIterable<Place> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    yield { where: `${what}, name of ${name}`, content: name };
    if (!entry.isFile()) continue;
    try {
      yield { where: `${what} ${name}`, content: await readFile(path), issues: issues[name] ?? [] };
    } catch (error) {
      // A running system removes files too.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

/** Every row of every table of every schema but PostgreSQL's own, as text. */
export async function* rowsOf(client: pg.Client): AsyncIterable<Place> {
  const tables = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'`,
  );
  for (const { schema, name } of tables.rows) {
    const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${table} t`);
    for (const { row } of rows) {
      yield { where: `table ${schema}.${name}`, content: row };
      // A bytea shows as hex: what it holds is looked at as well.
      for (const [, hex = ''] of row.matchAll(/\\x([0-9a-f]{16,})/g))
        yield { where: `bytes in table ${schema}.${name}`, content: Buffer.from(hex, 'hex') };
    }
  }
}

export async function gather(places: AsyncIterable<Place>): Promise<Place[]> {
  const all: Place[] = [];
  for await (const place of places) all.push(place);
  return all;
}

/** Fetches, and keeps every answer whole: status, headers, body. */
export class Answers {
  readonly places: Place[] = [];

  /** @param issues canaries that this answer hands out */
  async fetch(
    url: string,
    init: RequestInit = {},
    issues: readonly string[] = [],
  ): Promise<{ status: number; headers: Headers; body: Buffer }> {
    const response = await fetch(url, init);
    const body = Buffer.from(await response.arrayBuffer());
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const what = `${init.method ?? 'GET'} ${new URL(url).pathname} → ${response.status}`;
    this.places.push(
      { where: `headers of ${what}`, content: head, issues },
      { where: `body of ${what}`, content: body, issues },
    );
    return { status: response.status, headers: response.headers, body };
  }

  add(where: string, content: string | Buffer): void {
    this.places.push({ where, content });
  }
}
