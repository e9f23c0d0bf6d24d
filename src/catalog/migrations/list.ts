/** Every migration in order. A new one goes to the end; one that was released is never changed. */
import type { Migration } from '../migrate.ts';
import { catalog } from './0001-catalog.ts';
import { auth } from './0002-auth.ts';
import { outages } from './0003-outages.ts';
import { kept } from './0004-kept.ts';
import { time } from './0005-time.ts';
import { hidden } from './0006-hidden.ts';
import { drives } from './0007-drives.ts';
import { clipOwner } from './0008-clip-owner.ts';
import { cars } from './0009-cars.ts';
import { replays } from './0010-replays.ts';

export const migrations: readonly Migration[] = [
  catalog,
  auth,
  outages,
  kept,
  time,
  hidden,
  drives,
  clipOwner,
  cars,
  replays,
];
