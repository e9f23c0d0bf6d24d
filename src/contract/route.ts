/**
 * How a route of the HTTP API is written down: once, for the server, the page, the CLI, the recorder and the worker.
 */
import { z } from 'zod';

/** Who may call a route. `recorder`, `worker`, `drive` and `metrics` are scopes of tokens; an admin may do what a viewer may. */
export type Access = 'public' | 'viewer' | 'admin' | 'recorder' | 'worker' | 'drive' | 'metrics';

export interface RouteShape {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: `/api/${string}` | '/metrics' | '/healthz' | '/readyz';
  readonly access: Access;
  /** One line for the API page. */
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Absent: the answer is not JSON (bytes, events, a WebSocket); `produces` then says what it is. */
  readonly response?: z.ZodType;
  readonly produces?: string;
}

/** Keeps the exact types of what is written. */
export function route<const R extends RouteShape>(shape: R): R {
  return shape;
}

type Input<T> = T extends z.ZodType ? z.input<T> : undefined;
type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a caller gives; only the parts that the route has. */
export type CallInput<R extends RouteShape> = (R extends { params: infer P } ? { params: Input<P> } : unknown) &
  (R extends { query: infer Q } ? { query?: Input<Q> } : unknown) &
  (R extends { body: infer B } ? { body: Input<B> } : unknown);

/** What a handler is given, after checking. */
export interface HandlerInput<R extends RouteShape> {
  params: R extends { params: infer P } ? Output<P> : undefined;
  query: R extends { query: infer Q } ? Output<Q> : undefined;
  body: R extends { body: infer B } ? Output<B> : undefined;
}

export type RouteOutput<R extends RouteShape> = R extends { response: infer T } ? Output<T> : undefined;
/** What a handler may return: before defaults are filled in. */
export type RouteResult<R extends RouteShape> = R extends { response: infer T } ? Input<T> : undefined;

/** Parameters of most routes. */
export const id = z.object({ id: z.string().min(1).max(200).meta({ description: 'id or name' }) });
/** The answer of a route that has nothing to say. */
export const done = z.object({ ok: z.literal(true) });
