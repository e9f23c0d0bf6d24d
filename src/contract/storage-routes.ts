/** The routes of the API that are about where footage is kept; a part of `routes.ts`. */
import { z } from 'zod';
import { done, route } from './route.ts';
import { ArchiveSettings, Storage } from './storage.ts';
import { Instant } from './time.ts';

const _id = z.object({ id: z.string().min(1).max(200).meta({ description: 'id or name' }) });
const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const storageRoutes = {
  storage: route({
    method: 'GET',
    path: '/api/storage',
    access: 'viewer',
    summary: 'Both libraries: where they are, the room they have, what moves between them',
    response: Storage,
  }),
  setArchive: route({
    method: 'PUT',
    path: '/api/storage/archive',
    access: 'admin',
    summary: 'Choose where old footage goes: a folder or a bucket',
    body: ArchiveSettings,
    response: Storage,
  }),
  removeArchive: route({
    method: 'DELETE',
    path: '/api/storage/archive',
    access: 'admin',
    summary: 'Have no archive any more; only when it holds no footage',
    response: done,
  }),
  confirmClock: route({
    method: 'POST',
    path: '/api/storage/clock',
    access: 'admin',
    summary: 'The clock has leapt ahead and is right: old footage may go again',
    response: Storage,
  }),
} as const;
