/** The routes of the API that recorders call; a part of `routes.ts`. */
import { z } from 'zod';
import { OutageReports } from './outage.ts';
import {
  RecorderHeartbeat,
  RecorderOrders,
  RecorderRegister,
  RecorderWelcome,
  SegmentReceipts,
  SegmentReports,
  UploadRequest,
  UploadSlot,
} from './recorder.ts';
import { done, route } from './route.ts';
import { Instant } from './time.ts';

const _id = z.object({ id: z.string().min(1).max(200).meta({ description: 'id or name' }) });
const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const recorderRoutes = {
  recorderRegister: route({
    method: 'POST',
    path: '/api/recorder/register',
    access: 'recorder',
    summary: 'A recorder says that it is there',
    body: RecorderRegister,
    response: RecorderWelcome,
  }),
  recorderHeartbeat: route({
    method: 'POST',
    path: '/api/recorder/heartbeat',
    access: 'recorder',
    summary: 'Renews leases, reports extents, takes orders',
    body: RecorderHeartbeat,
    response: RecorderOrders,
  }),
  recorderSegments: route({
    method: 'POST',
    path: '/api/recorder/segments',
    access: 'recorder',
    summary: 'Finished segments, in batches; idempotent',
    body: SegmentReports,
    response: SegmentReceipts,
  }),
  recorderOutages: route({
    method: 'POST',
    path: '/api/recorder/outages',
    access: 'recorder',
    summary: 'When and why tracks gave nothing, and steps of the clock; idempotent by id',
    body: OutageReports,
    response: done,
  }),
  recorderUpload: route({
    method: 'POST',
    path: '/api/recorder/upload',
    access: 'recorder',
    summary: 'A signed URL to upload a finished segment to',
    body: UploadRequest,
    response: UploadSlot,
  }),
  recorderSocket: route({
    method: 'GET',
    path: '/api/recorder/socket',
    access: 'recorder',
    summary: 'Live pictures from a recorder',
    produces: 'websocket',
  }),
} as const;
