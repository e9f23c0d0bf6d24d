/** The routes of the API that are about clips; a part of `routes.ts`. */
import { z } from 'zod';
import { Clip, ClipRequest } from './clip.ts';
import { done, id, route } from './route.ts';
import { Instant } from './time.ts';

const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const clipRoutes = {
  listClips: route({
    method: 'GET',
    path: '/api/clips',
    access: 'viewer',
    summary: 'Clips, newest first',
    query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    response: z.array(Clip),
  }),
  getClip: route({
    method: 'GET',
    path: '/api/clips/:id',
    access: 'viewer',
    summary: 'One clip',
    params: id,
    response: Clip,
  }),
  createClip: route({
    method: 'POST',
    path: '/api/clips',
    access: 'viewer',
    summary: 'Ask for a clip',
    body: ClipRequest,
    response: Clip,
  }),
  cancelClip: route({
    method: 'POST',
    path: '/api/clips/:id/cancel',
    access: 'viewer',
    summary: 'Stop making a clip; a viewer only one of the own account',
    params: id,
    response: Clip,
  }),
  deleteClip: route({
    method: 'DELETE',
    path: '/api/clips/:id',
    access: 'viewer',
    summary: 'Delete a clip and its file; a viewer only one of the own account',
    params: id,
    response: done,
  }),
  clipFile: route({
    method: 'GET',
    path: '/api/clips/:id/file.mp4',
    access: 'viewer',
    summary: 'The finished clip; answers range requests; ?download names the file',
    params: id,
    query: z.object({ download: z.string().optional() }),
    produces: 'video/mp4',
  }),
  clipPicture: route({
    method: 'GET',
    path: '/api/clips/:id/picture.jpg',
    access: 'viewer',
    summary: 'The picture that is being drawn just now, small, as JPEG; while the clip’s `picture` is not null',
    params: id,
    produces: 'image/jpeg',
  }),
} as const;
