import type { Migration } from '../migrate.ts';

/** Who may take a clip back beside an admin: names change hands, accounts do not. */
export const clipOwner: Migration = {
  number: 8,
  name: 'clip-owner',
  sql: `
    -- Null: a program asked for it, or an earlier version did not note who; only an admin removes it then.
    alter table clips add column owner uuid;
  `,
};
