/** The routes of the API that are about drives; a part of `routes.ts`. */
import { z } from 'zod';
import { Clip } from './clip.ts';
import {
  BookmarkClipRequest,
  Drive,
  DriveDetail,
  DriveFilm,
  DriveFrameRequest,
  DriveSettings,
  DriveSource,
  DriveSourceChange,
  DriveSourceCreate,
  DriveSourceTest,
  DriveSourceTestRequest,
} from './drive.ts';
import { done, id, route } from './route.ts';
import { Instant } from './time.ts';

const drive = z.object({ id: z.string().min(1).max(1000).meta({ description: 'id, route, or an address of it' }) });
/** From the start of the drive; a player may count its time stamps from before. */
const seconds = z.coerce.number().min(-1_000_000).max(1_000_000);

export const driveRoutes = {
  listDriveSources: route({
    method: 'GET',
    path: '/api/drive-sources',
    access: 'viewer',
    summary: 'Accounts and folders that drives come from',
    response: z.array(DriveSource),
  }),
  createDriveSource: route({
    method: 'POST',
    path: '/api/drive-sources',
    access: 'viewer',
    summary:
      'Add an account or a folder; its token is sealed and never shown again. Who is no admin adds accounts of his own (`mine`)',
    body: DriveSourceCreate,
    response: DriveSource,
  }),
  testDriveSource: route({
    method: 'POST',
    path: '/api/drive-sources/test',
    access: 'viewer',
    summary: 'Try an account or a folder before it is added or changed',
    body: DriveSourceTestRequest,
    response: DriveSourceTest,
  }),
  changeDriveSource: route({
    method: 'PATCH',
    path: '/api/drive-sources/:id',
    access: 'viewer',
    summary: 'Change an account or a folder; what is not named stays',
    params: id,
    body: DriveSourceChange,
    response: DriveSource,
  }),
  deleteDriveSource: route({
    method: 'DELETE',
    path: '/api/drive-sources/:id',
    access: 'viewer',
    summary: 'Forget an account or a folder, and what is known of its drives; no file of theirs is touched',
    params: id,
    response: done,
  }),
  lookForDrives: route({
    method: 'POST',
    path: '/api/drive-sources/:id/look',
    access: 'viewer',
    summary: 'Look for new drives now',
    params: id,
    response: DriveSource,
  }),
  listDrives: route({
    method: 'GET',
    path: '/api/drives',
    access: 'viewer',
    summary: 'Drives, newest first',
    query: z.object({
      source: z.string().max(200).optional().meta({ description: 'id or name of an account or a folder' }),
      before: Instant.optional().meta({ description: 'only those that began earlier: the next page' }),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    response: z.array(Drive),
  }),
  getDrive: route({
    method: 'GET',
    path: '/api/drives/:id',
    access: 'viewer',
    summary: 'One drive with what happened in it; its logs are read when they have not been',
    params: drive,
    response: DriveDetail,
  }),
  drivePicture: route({
    method: 'GET',
    path: '/api/drives/:id/picture.jpg',
    access: 'viewer',
    summary: 'A small picture of the drive as JPEG',
    params: drive,
    produces: 'image/jpeg',
  }),
  driveVideo: route({
    method: 'GET',
    path: '/api/drives/:id/video.mp4',
    access: 'viewer',
    summary:
      'The small film of the front camera as one fragmented MP4, from the key frame at or before `from`; time stamps are seconds after `origin`',
    params: drive,
    query: z.object({ from: seconds, to: seconds, origin: seconds.optional() }),
    produces: 'video/mp4',
  }),
  driveFilm: route({
    method: 'GET',
    path: '/api/drives/:id/film',
    access: 'viewer',
    summary: 'How the small film of the front camera is coded, before it is played',
    params: drive,
    response: DriveFilm,
  }),
  driveFrame: route({
    method: 'POST',
    path: '/api/drives/:id/frame.jpg',
    access: 'viewer',
    summary: 'One picture of a clip as it would be made, from the small files, as JPEG',
    params: drive,
    body: DriveFrameRequest,
    produces: 'image/jpeg',
  }),
  clipLatestBookmark: route({
    method: 'POST',
    path: '/api/drives/latest-bookmark/clip',
    access: 'viewer',
    summary: 'Make a clip of the newest bookmark',
    body: BookmarkClipRequest,
    response: Clip,
  }),
  driveSettings: route({
    method: 'GET',
    path: '/api/drive-settings',
    access: 'viewer',
    summary: 'What holds for all drives',
    response: DriveSettings,
  }),
  changeDriveSettings: route({
    method: 'PUT',
    path: '/api/drive-settings',
    access: 'admin',
    summary: 'Set what holds for all drives, such as where pictures of a map come from',
    body: DriveSettings,
    response: DriveSettings,
  }),
  driveMap: route({
    method: 'GET',
    path: '/api/drive-map/:z/:x/:y',
    access: 'viewer',
    summary: 'A picture of the map (web Mercator, 256 × 256), where one is set',
    params: z.object({
      z: z.coerce.number().int().min(0).max(19),
      x: z.coerce.number().int().min(0).max(600_000),
      y: z.coerce.number().int().min(0).max(600_000),
    }),
    produces: 'image/png',
  }),
} as const;
