/**
 * The HTTP API, whole. The hub registers every entry; a test fails when one has no handler.
 */
import { z } from 'zod';
import { Account, Password, Role, Session, Token, TokenScope, UserName } from './account.ts';
import { Camera, CameraChange, CameraCreate } from './camera.ts';
import { CameraTest, CameraTestRequest } from './camera-test.ts';
import { Clip, ClipRequest } from './clip.ts';
import { Footage } from './footage.ts';
import { OnvifAccess, OnvifCamera, OnvifFound, PtzOrder, PtzPresets } from './onvif.ts';
import { Coverage, Gaps, OutageReports } from './outage.ts';
import { LatestQuery, LiveQuery } from './picture.ts';
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
import { route } from './route.ts';
import { Health, SystemInfo } from './system.ts';
import { Instant } from './time.ts';
import { JobComplete, JobFail, JobOrders, JobProgress, WorkerLease, WorkerLeased } from './worker.ts';

const id = z.object({ id: z.string().min(1).max(200).meta({ description: 'id or name' }) });
const done = z.object({ ok: z.literal(true) });
const playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const routes = {
  health: route({
    method: 'GET',
    path: '/api/health',
    access: 'public',
    summary: 'Is everything working',
    response: Health,
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

  signIn: route({
    method: 'POST',
    path: '/api/session',
    access: 'public',
    summary: 'Sign in with name and password; sets a cookie',
    body: z.object({ name: z.string().max(100), password: z.string().max(200) }),
    response: Session,
  }),
  redeemLink: route({
    method: 'POST',
    path: '/api/session/link',
    access: 'public',
    summary: 'Sign in with the one-time code of a sign-in link',
    body: z.object({ code: z.string().min(20).max(200) }),
    response: Session,
  }),
  session: route({
    method: 'GET',
    path: '/api/session',
    access: 'viewer',
    summary: 'Who is signed in',
    response: Session,
  }),
  signOut: route({ method: 'DELETE', path: '/api/session', access: 'viewer', summary: 'Sign out', response: done }),
  setPassword: route({
    method: 'PUT',
    path: '/api/session/password',
    access: 'viewer',
    summary: 'Set own name and password',
    body: z.object({ name: UserName, password: Password, current: z.string().max(200).optional() }),
    response: Session,
  }),

  listUsers: route({
    method: 'GET',
    path: '/api/users',
    access: 'admin',
    summary: 'Who may sign in',
    response: z.array(Account),
  }),
  createUser: route({
    method: 'POST',
    path: '/api/users',
    access: 'admin',
    summary: 'Add a person',
    body: z.object({ name: UserName, password: Password, role: Role }),
    response: Account,
  }),
  deleteUser: route({
    method: 'DELETE',
    path: '/api/users/:id',
    access: 'admin',
    summary: 'Remove a person',
    params: id,
    response: done,
  }),

  listTokens: route({
    method: 'GET',
    path: '/api/tokens',
    access: 'admin',
    summary: 'Tokens of programs, recorders and workers',
    response: z.array(Token),
  }),
  createToken: route({
    method: 'POST',
    path: '/api/tokens',
    access: 'admin',
    summary: 'Make a token; it is shown this once',
    body: z.object({
      name: z.string().min(1).max(60),
      scope: TokenScope,
      days: z.number().int().min(1).max(3650).nullable().default(null),
    }),
    response: Token.extend({ secret: z.string() }),
  }),
  deleteToken: route({
    method: 'DELETE',
    path: '/api/tokens/:id',
    access: 'admin',
    summary: 'Revoke a token',
    params: id,
    response: done,
  }),

  listCameras: route({
    method: 'GET',
    path: '/api/cameras',
    access: 'viewer',
    summary: 'All cameras and how they are doing',
    response: z.array(Camera),
  }),
  getCamera: route({
    method: 'GET',
    path: '/api/cameras/:id',
    access: 'viewer',
    summary: 'One camera',
    params: id,
    response: Camera,
  }),
  createCamera: route({
    method: 'POST',
    path: '/api/cameras',
    access: 'admin',
    summary: 'Add a camera',
    body: CameraCreate,
    response: Camera,
  }),
  changeCamera: route({
    method: 'PATCH',
    path: '/api/cameras/:id',
    access: 'admin',
    summary: 'Change a camera',
    params: id,
    body: CameraChange,
    response: Camera,
  }),
  deleteCamera: route({
    method: 'DELETE',
    path: '/api/cameras/:id',
    access: 'admin',
    summary: 'Delete a camera; its footage too if asked',
    params: id,
    query: z.object({ footage: z.enum(['keep', 'delete']).default('keep') }),
    response: done,
  }),

  testAddress: route({
    method: 'POST',
    path: '/api/camera-test',
    access: 'admin',
    summary: 'Read an address for some seconds: does it work, what comes, how does it look',
    body: CameraTestRequest,
    response: CameraTest,
  }),
  testCamera: route({
    method: 'POST',
    path: '/api/cameras/:id/test',
    access: 'admin',
    summary:
      'The same for a camera that is there, with its own name and password; a second connection for some seconds',
    params: id,
    response: CameraTest,
  }),
  discoverCameras: route({
    method: 'POST',
    path: '/api/onvif/discover',
    access: 'admin',
    summary: 'Cameras in the hub’s network that answer an ONVIF search; takes four seconds',
    response: z.array(OnvifFound),
  }),
  describeCamera: route({
    method: 'POST',
    path: '/api/onvif/describe',
    access: 'admin',
    summary: 'The streams that a camera offers by ONVIF, and whether it can be moved',
    body: OnvifAccess,
    response: OnvifCamera,
  }),
  cameraPresets: route({
    method: 'GET',
    path: '/api/cameras/:id/presets',
    access: 'admin',
    summary: 'Places that a moving camera knows by name',
    params: id,
    response: PtzPresets,
  }),
  moveCamera: route({
    method: 'POST',
    path: '/api/cameras/:id/move',
    access: 'admin',
    summary: 'Move a camera: pan, tilt, zoom, go home or to a preset',
    params: id,
    body: PtzOrder,
    response: done,
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
    summary: 'How much of each day (UTC) has been recorded, and what is missing by cause',
    params: id,
    query: z.object({ track: z.string().max(32).default('main'), from: Instant, to: Instant }),
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
      'Live pictures over a WebSocket: a JSON text frame with the MIME type, then an init segment and fragments; with `as=pictures` JPEGs',
    params: track,
    query: LiveQuery,
    produces: 'websocket',
  }),

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
    summary: 'Stop making a clip',
    params: id,
    response: Clip,
  }),
  deleteClip: route({
    method: 'DELETE',
    path: '/api/clips/:id',
    access: 'viewer',
    summary: 'Delete a clip and its file',
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
