/**
 * The OpenAPI 3.1 description of the route table, made from its Zod schemas.
 */
import { z } from 'zod';
import type { RouteShape } from '../../contract/route.ts';
import { Problem } from '../../contract/system.ts';

type Json = Record<string, unknown>;

/** @param version of Vidette, for `info.version` */
export function openApi(table: Readonly<Record<string, RouteShape>>, version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries(table)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vidette',
      version,
      description:
        'Everything that the page, the command line, recorders and workers say to the hub. Sign in for a cookie, or send `Authorization: Bearer <token>`. Times are RFC 3339.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to this description, so that it holds below a sub-path.
    servers: [{ url: '..' }],
    paths,
    components: {
      schemas: { Problem: schema(Problem, 'output') },
      responses: {
        Problem: {
          description: 'What was wrong, and what to do about it',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'vidette_session' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function operation(name: string, route: RouteShape): Json {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  return {
    operationId: name,
    tags: [route.path.split('/')[2]],
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schema(route.body, 'input') } } } }),
    responses: { ...success(route), default: { $ref: '#/components/responses/Problem' } },
    'x-access': route.access,
    security:
      route.access === 'public'
        ? []
        : route.access === 'recorder' || route.access === 'worker' || route.access === 'drive'
          ? [{ token: [] }]
          : [{ cookie: [] }, { token: [] }],
  };
}

function success(route: RouteShape): Json {
  if (route.response !== undefined)
    return {
      200: { description: 'Done', content: { 'application/json': { schema: schema(route.response, 'output') } } },
    };
  if (route.produces === 'websocket') return { 101: { description: 'A WebSocket' } };
  return { 200: { description: 'Done', content: { [route.produces ?? 'application/octet-stream']: {} } } };
}

function parametersOf(from: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (from === undefined) return [];
  const { properties = {}, required = [] } = schema(from, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function schema(of: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(of, { io, target: 'draft-2020-12', unrepresentable: 'any' });
  return rest;
}
