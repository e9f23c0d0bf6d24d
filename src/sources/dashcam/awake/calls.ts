/**
 * The ways to keep a car awake. Addresses of webhooks and tokens are secrets: they come from files, and go nowhere but to the server that they are for.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { UserError } from '../../../base/errors.ts';
import type { AwakeCall } from './keep-awake.ts';

const MOST_ANSWER = 64 * 1024;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** POST of a small JSON object: `{ "awake": true, "source": "vidette" }`. Home Assistant, TeslaFi, Tessie and others take such. */
export function webhook(address: () => string): AwakeCall {
  return {
    kind: 'webhook',
    async ask(awake, signal) {
      const url = addressOf(address(), 'The address of the webhook');
      const { status } = await post(url, { awake, source: 'vidette' }, {}, signal);
      if (status >= 400)
        throw new UserError(`The webhook answered ${status}.`, 'Check the address in its file.', { code: 'webhook' });
    },
  };
}

export interface TeslaOptions {
  /** Origin of the Fleet API of the region, or of Tesla's own `tesla-http-proxy`, which signs the commands that newer cars want signed. */
  readonly api: string;
  readonly vin: string;
  readonly token: () => string;
  /** `sentry`: switched on while there is work, and off afterwards. `wake`: woken again and again. */
  readonly by: 'sentry' | 'wake';
}

/** Tesla's Fleet API: `wake_up`, and `command/set_sentry_mode` with `{ "on": … }` (developer.tesla.com, “Vehicle Endpoints”, “Vehicle Commands”). */
export function tesla({ api, vin, token, by }: TeslaOptions): AwakeCall {
  return {
    kind: 'tesla',
    async ask(awake, signal) {
      const base = addressOf(api, 'The address of Tesla’s API');
      const command = async (path: string, body: object): Promise<void> => {
        const url = new URL(
          `${base.pathname.replace(/\/+$/, '')}/api/1/vehicles/${encodeURIComponent(vin)}/${path}`,
          base,
        );
        const answer = await post(url, body, { authorization: `Bearer ${token()}` }, signal);
        if (answer.status === 401 || answer.status === 403)
          throw new UserError('Tesla does not take the token.', 'Put a new one into its file.', { code: 'tesla' });
        if (answer.status >= 400)
          throw new UserError(`Tesla answered ${answer.status}${reasonOf(answer.text)}.`, 'It is tried again.', {
            code: 'tesla',
          });
        const refusal = refusalOf(answer.text);
        if (refusal !== undefined)
          throw new UserError(`The car refused (${refusal}).`, 'It is tried again.', { code: 'tesla' });
      };
      if (awake) await command('wake_up', {});
      if (by === 'sentry') await command('command/set_sentry_mode', { on: awake });
    },
  };
}

function post(url: URL, body: object, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const bytes = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method: 'POST',
        signal,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length },
      },
      (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (piece: string) => {
            if (text.length < MOST_ANSWER) text += piece;
          })
          .on('end', () => resolve({ status: response.statusCode ?? 0, text }))
          .on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}

/** @throws UserError that does not tell the address: it may be a secret */
function addressOf(text: string, what: string): URL {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  }
  throw new UserError(`${what} is none.`, 'Write it as https://…', { code: 'usage' });
}

/** `{"response":{"result":false,"reason":"…"}}` is a refusal although the status is 200. */
function refusalOf(text: string): string | undefined {
  const { response } = objectOf(text);
  if (typeof response !== 'object' || response === null || !('result' in response) || response.result !== false)
    return undefined;
  return 'reason' in response && typeof response.reason === 'string'
    ? response.reason.slice(0, 100)
    : 'no reason given';
}

function reasonOf(text: string): string {
  const { error } = objectOf(text);
  return typeof error === 'string' ? ` (${error.slice(0, 100)})` : '';
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
