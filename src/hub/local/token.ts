/**
 * The token of the command line on this machine: one for as long as the hub runs, so that two commands at once do not take it
 * from each other; a new one after somebody has revoked it.
 */
import type { AuthDb } from '../auth/tables.ts';
import { replaceToken } from '../auth/tokens.ts';

interface Known {
  readonly id: string;
  readonly secret: string;
}

/** @returns asks for the token's secret */
export function commandLineToken(db: AuthDb, now: () => Date): () => Promise<string> {
  let known: Known | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const answer = async (): Promise<string> => {
    const there =
      known !== undefined &&
      (await db.selectFrom('tokens').select('id').where('id', '=', known.id).executeTakeFirst()) !== undefined;
    if (known === undefined || !there)
      known = await replaceToken(db, { name: 'command line of this machine', scope: 'api' }, now());
    return known.secret;
  };
  return () => {
    const next = turn.then(answer);
    turn = next.catch(() => undefined);
    return next;
  };
}
