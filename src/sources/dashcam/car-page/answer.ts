/**
 * How the page's server answers: headers against misuse in a browser, JSON, and errors in words.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Carried by every answer. */
export function secureHeaders(response: ServerResponse): void {
  const headers: Readonly<Record<string, string>> = {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    'cache-control': 'no-store',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length });
  response.end(body);
}

const STATUS: Readonly<Record<string, number>> = {
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'wrong-host': 421,
  conflict: 409,
  'too-large': 413,
  'too-many': 429,
};

/** @returns whether it is a fault of ours, to be logged */
export function sendError(response: ServerResponse, error: unknown): boolean {
  if (response.headersSent) {
    response.destroy();
    return false;
  }
  if (error instanceof UserError) {
    const { code, message, remedy, fields } = error;
    sendJson(response, STATUS[code] ?? 400, { error: code, message, remedy, fields });
    return false;
  }
  if (error instanceof Unavailable) {
    response.setHeader('retry-after', Math.ceil(error.retryAfterMs / 1000));
    sendJson(response, 503, { error: 'unavailable', message: messageOf(error), remedy: 'Try again.' });
    return false;
  }
  sendJson(response, 500, { error: 'internal', message: 'Something went wrong.', remedy: 'The log has the cause.' });
  return true;
}

const MOST_BODY = 4096;

/** A small JSON object of a request. @throws UserError */
export async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw invalid('Send JSON.');
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    const buffer = Buffer.from(piece as Uint8Array);
    bytes += buffer.length;
    if (bytes > MOST_BODY) throw new UserError('The request is too large.', '', { code: 'too-large' });
    pieces.push(buffer);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid('Send a JSON object.');
}

/** A field of a request that is a text. @throws UserError */
export function textOf(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw invalid(`“${name}” is missing.`);
  return value;
}

const invalid = (remedy: string): UserError => new UserError('The request does not fit.', remedy, { code: 'invalid' });
