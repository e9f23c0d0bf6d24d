/**
 * Cameras: everybody who is signed in sees them, admins change them.
 */
import type { FastifyInstance } from 'fastify';
import { routes } from '../../contract/routes.ts';
import type { Cameras } from '../cameras.ts';
import { register } from '../server/register.ts';

export function registerCameraRoutes(app: FastifyInstance, cameras: Cameras): void {
  register(app, routes.listCameras, async () => cameras.list());
  register(app, routes.getCamera, async ({ params }) => cameras.get(params.id));
  register(app, routes.createCamera, async ({ body }) => cameras.create(body));
  register(app, routes.changeCamera, async ({ params, body }) => cameras.change(params.id, body));
  register(app, routes.deleteCamera, async ({ params, query }) => {
    await cameras.remove(params.id, query.footage);
    return { ok: true as const };
  });
}
