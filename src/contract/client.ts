/**
 * The one client of the API: page, CLI, recorder and worker call through it.
 */
import { Unavailable, UserError } from '../base/errors.ts';
import type { CallInput, RouteOutput, RouteShape } from './route.ts';
import { Problem } from './system.ts';

export interface ClientOptions {
  /** Where the hub is, with its sub-path if it has one; '' in the page. */
  readonly base: string;
  /** Bearer token; absent in the page, which has its cookie. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

export interface Client {
  /**
   * @throws UserError when the hub says what was wrong, Unavailable when it cannot be reached or is not ready.
   */
  call<R extends RouteShape>(
    route: R,
    input: CallInput<R>,
    options?: { signal?: AbortSignal },
  ): Promise<RouteOutput<R>>;
}

export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch;
  return {
    async call(route, input, callOptions = {}) {
      const given = input as { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
      const headers: Record<string, string> = { accept: 'application/json' };
      if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
      if (given.body !== undefined) headers['content-type'] = 'application/json';
      const request: RequestInit = { method: route.method, headers };
      if (given.body !== undefined) request.body = JSON.stringify(given.body);
      if (callOptions.signal) request.signal = callOptions.signal;
      let response: Response;
      try {
        response = await send(options.base + pathOf(route, given.params, given.query), request);
      } catch (cause) {
        if (callOptions.signal?.aborted) throw cause;
        throw new Unavailable('The hub does not answer.', 1000, { cause });
      }
      const answer: unknown = await response.json().catch(() => undefined);
      if (response.ok) return route.response?.parse(answer) as never;
      const problem = Problem.safeParse(answer);
      const message = problem.data?.message ?? `The hub answered ${response.status}.`;
      if (response.status === 503 || response.status === 502 || response.status === 504)
        throw new Unavailable(message, Number(response.headers.get('retry-after') ?? 1) * 1000);
      throw new UserError(message, problem.data?.remedy ?? '', {
        code: problem.data?.error ?? `http-${response.status}`,
        fields: problem.data?.fields,
      });
    },
  };
}

/** The path of a route with parameters and query filled in. */
export function pathOf(
  route: RouteShape,
  params: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size > 0 ? `${path}?${search}` : path;
}

/**
 * The whole address of a signed URL. The folder store signs a path below the hub, because only the one who calls knows by which
 * address it reaches the hub; S3 signs whole addresses.
 * @param base the hub's address as the caller knows it, without a slash at its end
 */
export function signedAddress(base: string, url: string): string {
  return url.startsWith('/') ? base + url : url;
}
