/**
 * The camera that a person means.
 */
import { readdir } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import { routes } from '../contract/routes.ts';
import { didYouMean } from './nearest.ts';
import type { OwnHub } from './own-hub.ts';

/** @returns the id of the camera @throws UserError that names cameras of a like name */
export async function cameraCalled(name: string, hub: OwnHub, signal: AbortSignal): Promise<string> {
  const cameras = await hub.client.call(routes.listCameras, {}, { signal });
  const found =
    cameras.find((camera) => camera.id === name || camera.name === name) ??
    cameras.find((camera) => camera.name.toLowerCase() === name.toLowerCase() || camera.folder === name);
  if (found) return found.id;
  const names = cameras.map((camera) => camera.name);
  const files = await readdir('.').catch(() => []);
  throw new UserError(
    `There is neither a file nor a camera called “${name}”.`,
    didYouMean(
      name,
      [...names, ...files],
      names.length === 0 ? 'The hub has no cameras yet.' : `The cameras are: ${names.slice(0, 20).join(', ')}.`,
    ),
    { code: 'not-found' },
  );
}
