/**
 * The recorders' protocol over HTTP.
 */
import type { FastifyInstance } from 'fastify';
import { routes } from '../../contract/routes.ts';
import { register } from '../server/register.ts';
import type { Recording } from './recording.ts';

/** 1000 cameras with state and extent in one heartbeat; 500 reports in one batch. */
const BODY_BYTES = 4_000_000;

export function registerRecorderRoutes(app: FastifyInstance, recording: Recording): void {
  const options = { bodyLimit: BODY_BYTES };
  register(app, routes.recorderRegister, ({ body }) => recording.register(body));
  register(app, routes.recorderHeartbeat, ({ body }) => recording.heartbeat(body), options);
  register(app, routes.recorderSegments, ({ body }) => recording.segments(body.reports), options);
  register(app, routes.recorderUpload, ({ body }) => recording.upload(body));
}
