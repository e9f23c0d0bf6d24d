/** The routes of the API that are about replays of osu!; a part of `routes.ts`. */
import { z } from 'zod';
import { Replay, ReplayAdded, ReplayFrameRequest, ReplaySettings, ReplaySkin } from './replay.ts';
import { done, route } from './route.ts';

const id = z.object({ id: z.uuid() });

export const replayRoutes = {
  listReplays: route({
    method: 'GET',
    path: '/api/replays',
    access: 'viewer',
    summary: 'Replays of osu!, the newest first',
    query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(200) }),
    response: z.array(Replay),
  }),
  getReplay: route({
    method: 'GET',
    path: '/api/replays/:id',
    access: 'viewer',
    summary: 'One replay',
    params: id,
    response: Replay,
  }),
  addReplayFile: route({
    method: 'POST',
    path: '/api/replay-files',
    access: 'viewer',
    summary:
      'Bring a file of osu!: a replay (.osr), a map’s set (.osz) or a skin (.osk), as `application/octet-stream`. It is known by what is in it; the same file twice is one',
    query: z.object({ name: z.string().min(1).max(255).meta({ description: 'what the file is called' }) }),
    response: ReplayAdded,
  }),
  deleteReplay: route({
    method: 'DELETE',
    path: '/api/replays/:id',
    access: 'viewer',
    summary: 'Forget a replay; a viewer only one of the own account. Its clips stay',
    params: id,
    response: done,
  }),
  replayFrame: route({
    method: 'POST',
    path: '/api/replays/:id/frame.jpg',
    access: 'viewer',
    summary:
      'One picture of a clip as it would be made, as JPEG; the header `vidette-seconds` says how long the whole video is',
    params: id,
    body: ReplayFrameRequest,
    produces: 'image/jpeg',
  }),
  listReplaySkins: route({
    method: 'GET',
    path: '/api/replay-skins',
    access: 'viewer',
    summary: 'Skins of osu! that were dropped, by name',
    response: z.array(ReplaySkin),
  }),
  deleteReplaySkin: route({
    method: 'DELETE',
    path: '/api/replay-skins/:id',
    access: 'viewer',
    summary: 'Forget a skin; a viewer only one of the own account',
    params: id,
    response: done,
  }),
  replaySettings: route({
    method: 'GET',
    path: '/api/replay-settings',
    access: 'viewer',
    summary: 'How much is kept of dropped files of osu!',
    response: ReplaySettings,
  }),
  changeReplaySettings: route({
    method: 'PUT',
    path: '/api/replay-settings',
    access: 'admin',
    summary: 'Set how much is kept of dropped files of osu!',
    body: ReplaySettings,
    response: ReplaySettings,
  }),
} as const;
