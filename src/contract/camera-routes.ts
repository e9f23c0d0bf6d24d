/** The routes of the API that are about cameras; a part of `routes.ts`. */
import { z } from 'zod';
import { Camera, CameraChange, CameraCreate } from './camera.ts';
import { CameraTest, CameraTestRequest } from './camera-test.ts';
import { OnvifAccess, OnvifCamera, OnvifFound, PtzOrder, PtzPresets } from './onvif.ts';
import { done, id, route } from './route.ts';
import { Instant } from './time.ts';

const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const cameraRoutes = {
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
} as const;
