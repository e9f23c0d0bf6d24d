/** The routes of the API that are about what cameras recorded; a part of `routes.ts`. */
import { z } from 'zod';
import { Alert } from './alert.ts';
import { Footage } from './footage.ts';
import { FootageMoment, FootageMomentCreate, Protection, ProtectionCreate } from './kept.ts';
import { ClockSet, Coverage, Gaps } from './outage.ts';
import { LatestQuery, LiveQuery } from './picture.ts';
import { done, id, route } from './route.ts';
import { Instant, Moment } from './time.ts';

const playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const footageRoutes = {
  listAlerts: route({
    method: 'GET',
    path: '/api/alerts',
    access: 'viewer',
    summary: 'Cameras that show nothing new: open alerts and recent ones, newest first',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(500).default(100),
      open: z.enum(['true', 'false']).default('false').meta({ description: 'true: only those that go on' }),
    }),
    response: z.array(Alert),
  }),
  clockSteps: route({
    method: 'GET',
    path: '/api/clock-steps',
    access: 'viewer',
    summary: 'When the clock of a recorder’s machine was set, and by how much; newest first',
    query: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
    response: z.array(ClockSet),
  }),
  footage: route({
    method: 'GET',
    path: '/api/cameras/:id/footage',
    access: 'viewer',
    summary: 'What has been recorded, as spans; what lies between is a gap',
    params: id,
    query: z.object({ track: z.string().max(32).default('main'), from: Instant, to: Instant }),
    response: Footage,
  }),
  gaps: route({
    method: 'GET',
    path: '/api/cameras/:id/gaps',
    access: 'viewer',
    summary: 'When there is no footage, and why; footage and gaps together are the range exactly',
    params: id,
    query: z.object({ track: z.string().max(32).default('main'), from: Instant, to: Instant }),
    response: Gaps,
  }),
  coverage: route({
    method: 'GET',
    path: '/api/cameras/:id/coverage',
    access: 'viewer',
    summary: 'How much of each day has been recorded, and what is missing by cause',
    params: id,
    query: z.object({
      track: z.string().max(32).default('main'),
      from: Instant,
      to: Instant,
      timeZone: z.string().max(64).default('UTC').meta({ description: 'whose days are counted, e.g. Europe/Berlin' }),
    }),
    response: Coverage,
  }),
  video: route({
    method: 'GET',
    path: '/api/cameras/:id/video.mp4',
    access: 'viewer',
    produces: 'video/mp4',
    summary:
      'Recorded footage as one fragmented MP4, from the key frame at or before `from`; time stamps are seconds after `origin`',
    params: id,
    query: z.object({
      track: z.string().max(32).default('main'),
      from: Instant,
      to: Instant,
      origin: Instant.optional(),
      /** `key`: key frames alone, without sound, each until the next. */
      frames: z.enum(['all', 'key']).default('all'),
      /** With `key`: seconds from one to the next, at least. */
      every: z.coerce.number().min(0).max(3600).default(0),
    }),
  }),
  exportVideo: route({
    method: 'GET',
    path: '/api/cameras/:id/export.mp4',
    access: 'viewer',
    produces: 'video/mp4',
    summary:
      'Up to a day of footage as an ordinary MP4 without encoding: every picture taken in the range; answers range requests. 409 lists the parts where the coding changed',
    params: id,
    query: z.object({
      track: z.string().max(32).default('main'),
      from: Instant,
      to: Instant,
      /** `close`: what follows a gap comes at once; `keep`: the picture before it stands until then. */
      gaps: z.enum(['close', 'keep']).default('close'),
      download: z.string().optional(),
    }),
  }),
  hlsLink: route({
    method: 'GET',
    path: '/api/cameras/:id/hls',
    access: 'viewer',
    summary: 'A signed address of a playlist, for a player that has neither cookie nor token; works for twelve hours',
    params: id,
    query: z.object(playRange),
    response: z.object({ path: z.string(), expiresAt: Instant }),
  }),
  hls: route({
    method: 'GET',
    path: '/api/cameras/:id/hls/index.m3u8',
    access: 'public',
    produces: 'application/vnd.apple.mpegurl',
    summary:
      'Footage as HLS, straight from stored files; it grows while the range does. For viewers, or with a signed address',
    params: id,
    query: z.object({ ...playRange, ...playSignature }),
  }),
  hlsInit: route({
    method: 'GET',
    path: '/api/cameras/:id/hls/init.mp4',
    access: 'public',
    produces: 'video/mp4',
    summary: 'How the pieces of a playlist are coded',
    params: id,
    query: z.object({ ...playRange, ...playSignature, start: Instant, end: Instant }),
  }),
  hlsPiece: route({
    method: 'GET',
    path: '/api/cameras/:id/hls/piece.m4s',
    access: 'public',
    produces: 'video/iso.segment',
    summary: 'One piece of a playlist',
    params: id,
    query: z.object({ ...playRange, ...playSignature, start: Instant, end: Instant }),
  }),
  latest: route({
    method: 'GET',
    path: '/api/cameras/:id/latest.jpg',
    access: 'viewer',
    summary: 'The newest picture as JPEG, never older than `age`',
    params: id,
    query: LatestQuery,
    produces: 'image/jpeg',
  }),
  live: route({
    method: 'GET',
    path: '/api/cameras/:id/live/:track',
    access: 'viewer',
    summary:
      'Live pictures over a WebSocket: a JSON text frame with the MIME type, then an init segment and fragments; with `as=pictures` JPEGs, with `as=h264` converted by a worker',
    params: track,
    query: LiveQuery,
    produces: 'websocket',
  }),

  listMoments: route({
    method: 'GET',
    path: '/api/cameras/:id/moments',
    access: 'viewer',
    summary: 'Moments of a range, in order: what happened, and bookmarks',
    params: id,
    query: z.object({
      from: Moment.default('-1d'),
      to: Moment.default('now'),
      kind: z.string().max(32).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).default(1000),
    }),
    response: z.array(FootageMoment),
  }),
  createMoment: route({
    method: 'POST',
    path: '/api/cameras/:id/moments',
    access: 'viewer',
    summary: 'Set a bookmark; its footage is kept for the days of moments',
    params: id,
    body: FootageMomentCreate,
    response: FootageMoment,
  }),
  deleteMoment: route({
    method: 'DELETE',
    path: '/api/cameras/:id/moments/:moment',
    access: 'viewer',
    summary: 'Remove a moment, not its footage; viewers remove bookmarks only',
    params: id.extend({ moment: z.string().max(40) }),
    response: done,
  }),
  listProtections: route({
    method: 'GET',
    path: '/api/cameras/:id/protections',
    access: 'viewer',
    summary: 'Ranges whose footage is never removed',
    params: id,
    response: z.array(Protection),
  }),
  createProtection: route({
    method: 'POST',
    path: '/api/cameras/:id/protections',
    access: 'admin',
    summary: 'Protect a range from every limit',
    params: id,
    body: ProtectionCreate,
    response: Protection,
  }),
  deleteProtection: route({
    method: 'DELETE',
    path: '/api/cameras/:id/protections/:protection',
    access: 'admin',
    summary: 'Protect a range no more; its footage goes when its limits say so',
    params: id.extend({ protection: z.string().max(40) }),
    response: done,
  }),
} as const;
