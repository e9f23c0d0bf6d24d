/** Finding cameras and moving them. Admins only: it reaches into the network, and changes what is recorded. */
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { SourceRow } from '../../catalog/tables.ts';
import type { OnvifAccess } from '../../contract/onvif.ts';
import { routes } from '../../contract/routes.ts';
import { CameraSettings, cameraAccess } from '../camera-settings.ts';
import type { Secrets } from '../secrets.ts';
import { register } from '../server/register.ts';
import type { OnvifDesk } from './desk.ts';

export interface OnvifRoutes {
  readonly desk: OnvifDesk;
  readonly secrets: Secrets;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<SourceRow>;
}

const SEARCH_MS = 4000;

export function registerOnvifRoutes(app: FastifyInstance, { desk, secrets, findCamera }: OnvifRoutes): void {
  const access = async (idOrName: string): Promise<OnvifAccess> => {
    const row = await findCamera(idOrName);
    const { onvif } = CameraSettings.parse(row.settings);
    if (!onvif)
      throw new UserError('This camera has no ONVIF address.', 'Set it in the camera’s settings.', { code: 'invalid' });
    const { username, password } = cameraAccess(secrets, row);
    return { url: onvif.url, username, password };
  };
  register(app, routes.discoverCameras, () => desk.ask({ ask: 'discover', forMs: SEARCH_MS }));
  register(app, routes.describeCamera, ({ body }) => desk.ask({ ask: 'describe', access: body }));
  register(app, routes.cameraPresets, async ({ params }) =>
    desk.ask({ ask: 'presets', access: await access(params.id) }),
  );
  register(app, routes.moveCamera, async ({ params, body }) => {
    await desk.ask({ ask: 'move', access: await access(params.id), order: body });
    return { ok: true as const };
  });
}
