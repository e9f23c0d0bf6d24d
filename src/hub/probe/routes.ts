/** Trying a camera: one that is to be added, or one that is there. */
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { SourceRow } from '../../catalog/tables.ts';
import { routes } from '../../contract/routes.ts';
import { camera } from '../../sources/camera/kind.ts';
import { CameraSettings, cameraAccess, takeApart } from '../camera-settings.ts';
import type { Secrets } from '../secrets.ts';
import { register } from '../server/register.ts';
import type { CameraTester } from './tester.ts';

export interface CameraTestRoutes {
  readonly tester: CameraTester;
  readonly secrets: Secrets;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<SourceRow>;
  /** Where the demo camera is served just now. */
  readonly demoUrl: () => string | undefined;
}

export function registerCameraTestRoutes(app: FastifyInstance, options: CameraTestRoutes): void {
  const { tester, secrets, findCamera, demoUrl } = options;
  const served = (url: string): string => (url.startsWith('demo:') ? (demoUrl() ?? url) : url);
  register(app, routes.testAddress, async ({ body }) => {
    const { url, username, secret } = takeApart(body);
    const address = secret.url ?? url;
    if (!camera.accepts(address))
      throw new UserError(
        'Vidette cannot read video from this address.',
        `Use one that begins with ${camera.addresses}.`,
        {
          fields: { url: 'is not an address that Vidette can read' },
        },
      );
    return tester.test({ ...body, url: served(address), username, password: secret.password });
  });
  register(app, routes.testCamera, async ({ params }) => {
    const row = await findCamera(params.id);
    const { reader, transport } = CameraSettings.parse(row.settings);
    const { url, username, password } = cameraAccess(secrets, row);
    return tester.test({ url: served(url), username, password, reader, transport });
  });
}
