/**
 * Whether a request that changes something, or opens a WebSocket, comes from our own page.
 * Together with the SameSite cookie this keeps other sites from using a person's session.
 */
import type { FastifyRequest } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { Caller } from './gate.ts';

/** What is looked at, as values, so that the rule is a pure function. */
export interface OriginFacts {
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** `scheme://host[:port]` as the browser addressed us, as far as the server can tell. */
  readonly own: string;
  /** Origin of VIDETTE_URL, when set. */
  readonly published: string | undefined;
  readonly caller: Caller['kind'];
}

/**
 * Undefined when the request may go on, else the reason.
 * A program with a bearer token needs no Origin: no browser adds that token by itself.
 */
export function originRefusal(facts: OriginFacts): UserError | undefined {
  const { origin, own, published, caller } = facts;
  if (origin === undefined) {
    if (caller !== 'session' || facts.fetchSite === 'same-origin') return undefined;
    return new UserError(
      'This request carries a session but does not say which page it comes from.',
      'Send an Origin header, or use a token instead of the cookie.',
      { code: 'forbidden' },
    );
  }
  if (origin === own || origin === published) return undefined;
  return new UserError(
    `Requests from ${origin.slice(0, 200)} are not accepted.`,
    'Open the page at the address of the hub; behind a proxy set VIDETTE_URL to the public address.',
    { code: 'forbidden' },
  );
}

/** The facts of a request. `request.protocol` and `request.host` honour forwarded headers only where a proxy is trusted. */
export function originFacts(
  request: FastifyRequest,
  caller: Caller['kind'],
  published: string | undefined,
): OriginFacts {
  const fetchSite = request.headers['sec-fetch-site'];
  return {
    origin: request.headers.origin,
    fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    own: normal(`${request.protocol}://${request.host}`),
    published,
    caller,
  };
}

/** Drops a default port, as browsers do in `Origin`. */
function normal(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : origin;
}
