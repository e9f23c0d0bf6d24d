/** The routes of the API that are about the system itself; a part of `routes.ts`. */
import { z } from 'zod';
import { route } from './route.ts';
import { Stats } from './stats.ts';
import { Alive, Health, SystemInfo } from './system.ts';
import { Instant } from './time.ts';

const _id = z.object({ id: z.string().min(1).max(200).meta({ description: 'id or name' }) });
const _done = z.object({ ok: z.literal(true) });
const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const systemRoutes = {
  health: route({
    method: 'GET',
    path: '/api/health',
    access: 'public',
    summary: 'Is everything working',
    response: Health,
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    access: 'metrics',
    summary: 'Figures for Prometheus; open to all with VIDETTE_METRICS=open',
    produces: 'text/plain',
  }),
  alive: route({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    summary: 'The hub runs; for what would start it anew',
    response: Alive,
  }),
  ready: route({
    method: 'GET',
    path: '/readyz',
    access: 'public',
    summary: 'The hub can do its work; 503 while the database does not answer',
    response: Alive,
  }),
  stats: route({
    method: 'GET',
    path: '/api/stats',
    access: 'viewer',
    summary: 'Health, cameras, coverage, storage with the days that are left, queue',
    response: Stats,
  }),
  system: route({
    method: 'GET',
    path: '/api/system',
    access: 'viewer',
    summary: 'Version, storage, recorders and workers',
    response: SystemInfo,
  }),
  events: route({
    method: 'GET',
    path: '/api/events',
    access: 'viewer',
    summary: 'What changes, as server-sent events',
    produces: 'text/event-stream',
  }),
  openapi: route({
    method: 'GET',
    path: '/api/openapi.json',
    access: 'public',
    summary: 'This description',
    produces: 'application/json',
  }),
} as const;
