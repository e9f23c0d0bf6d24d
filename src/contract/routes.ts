/**
 * The HTTP API, whole. The hub registers every entry; a test fails when one has no handler.
 */
import { accountRoutes } from './account-routes.ts';
import { cameraRoutes } from './camera-routes.ts';
import { carRoutes } from './car-routes.ts';
import { clipRoutes } from './clip-routes.ts';
import { driveRoutes } from './drive-routes.ts';
import { footageRoutes } from './footage-routes.ts';
import { recorderRoutes } from './recorder-routes.ts';
import { replayRoutes } from './replay-routes.ts';
import { scoreRoutes } from './score-routes.ts';
import { storageRoutes } from './storage-routes.ts';
import { systemRoutes } from './system-routes.ts';
import { workerRoutes } from './worker-routes.ts';

export const routes = {
  ...systemRoutes,
  ...accountRoutes,
  ...cameraRoutes,
  ...footageRoutes,
  ...storageRoutes,
  ...clipRoutes,
  ...driveRoutes,
  ...carRoutes,
  ...replayRoutes,
  ...scoreRoutes,
  ...recorderRoutes,
  ...workerRoutes,
} as const;
