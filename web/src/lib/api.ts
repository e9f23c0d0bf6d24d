/**
 * The page's way to the hub. Everything is relative to the document, so the page works below a sub-path.
 */
import { UserError } from '../../../src/base/errors.ts';
import { type Client, createClient, pathOf } from '../../../src/contract/client.ts';
import type { RouteShape } from '../../../src/contract/route.ts';

/** Where the hub is: the folder that the page came from, without a slash at the end. */
export const base = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

let signedOut: () => void = () => undefined;
/** Called whenever an answer says that nobody is signed in (any more). */
export function onSignedOut(callback: () => void): void {
  signedOut = callback;
}

/** `fetch`, which notices that the session has ended. */
export const hubFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  // A wrong present password is not the end of the session.
  if (response.status === 401 && !response.url.endsWith('/api/session/password')) signedOut();
  return response;
};

export const client: Client = createClient({ base, fetch: hubFetch });

/** Address of a route that answers with bytes. */
export function address(
  route: RouteShape,
  params: Record<string, unknown>,
  query: Record<string, unknown> = {},
): string {
  return base + pathOf(route, params, query);
}

/** The same for a WebSocket. */
export function socketAddress(route: RouteShape, params: Record<string, unknown>): string {
  const url = new URL(address(route, params), location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

export interface Failure {
  readonly message: string;
  readonly remedy: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What to show of an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { message: error.message, remedy: error.remedy, fields: error.fields };
  return {
    message: error instanceof Error ? error.message : String(error),
    remedy: 'Try again in a moment.',
    fields: {},
  };
}
