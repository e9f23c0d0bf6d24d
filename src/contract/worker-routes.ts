/** The routes of the API that workers call; a part of `routes.ts`. */
import { z } from 'zod';
import { id, route } from './route.ts';
import { Instant } from './time.ts';
import { JobComplete, JobFail, JobOrders, JobProgress, WorkerLease, WorkerLeased } from './worker.ts';

const _done = z.object({ ok: z.literal(true) });
const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const workerRoutes = {
  workerLease: route({
    method: 'POST',
    path: '/api/worker/lease',
    access: 'worker',
    summary: 'Take a job',
    body: WorkerLease,
    response: WorkerLeased,
  }),
  workerProgress: route({
    method: 'POST',
    path: '/api/worker/jobs/:id/progress',
    access: 'worker',
    summary: 'Report progress; renews the lease',
    params: id,
    body: JobProgress,
    response: JobOrders,
  }),
  workerComplete: route({
    method: 'POST',
    path: '/api/worker/jobs/:id/complete',
    access: 'worker',
    summary: 'The result has been uploaded',
    params: id,
    body: JobComplete,
    response: JobOrders,
  }),
  workerPicture: route({
    method: 'PUT',
    path: '/api/worker/jobs/:id/picture',
    access: 'worker',
    summary: 'What is being drawn just now, as a small JPEG (`application/octet-stream`)',
    params: z.object({ id: z.uuid() }),
    query: z.object({ attempt: z.coerce.number().int().min(0) }),
    response: JobOrders,
  }),
  transcodeSocket: route({
    method: 'GET',
    path: '/api/worker/transcodes/:id',
    access: 'public',
    summary: 'The two directions of a live conversion, over one WebSocket; the signature is the right',
    params: z.object({ id: z.uuid() }),
    query: z.object({
      attempt: z.coerce.number().int().min(0),
      expires: z.coerce.number().int().min(0),
      signature: z.string().max(100),
    }),
    produces: 'websocket',
  }),
  workerFail: route({
    method: 'POST',
    path: '/api/worker/jobs/:id/fail',
    access: 'worker',
    summary: 'The job failed',
    params: id,
    body: JobFail,
    response: JobOrders,
  }),
} as const;
