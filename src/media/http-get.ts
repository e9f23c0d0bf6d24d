/**
 * One GET over HTTP or HTTPS; where it must lead outside, the address that is connected to is looked at. A redirect is an answer like any other.
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { internetLookup, LeadsHome, leadsHome, literalLeadsHome } from './internet-lookup.ts';

/** The address was named by a server of the internet: it must not lead into the network at home. */
export interface Outside {
  /** The server that named it, where that one may be at home itself: then so may this. Null: it never may. */
  readonly unless: string | null;
}

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly outside?: Outside | undefined;
}

/** Connections are kept for the next question; those that were looked at are kept apart from the others. */
class Agents {
  private readonly made = new Map<string, { readonly http: HttpAgent; readonly https: HttpsAgent }>();

  of(outside: Outside): { readonly http: HttpAgent; readonly https: HttpsAgent } {
    const key = outside.unless ?? '';
    let agents = this.made.get(key);
    if (!agents) {
      const options = {
        keepAlive: true,
        scheduling: 'lifo',
        timeout: 5000,
        lookup: internetLookup(outside.unless),
      } as const;
      agents = { http: new HttpAgent(options), https: new HttpsAgent(options) };
      this.made.set(key, agents);
    }
    return agents;
  }
}
const agents = new Agents();

/** @throws LeadsHome, the errors of `node:http` */
export async function get(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const { signal, outside } = options;
  if (outside && literalLeadsHome(url) && !(outside.unless !== null && (await leadsHome(outside.unless))))
    throw new LeadsHome(`${url.host} is in the network at home`);
  signal.throwIfAborted();
  for (;;) {
    const answer = await ask(url, options);
    if (answer !== 'stale') return answer;
  }
}

/** @returns `stale`: a connection that was kept had been closed by the server meanwhile; the question was not heard */
function ask(url: URL, { headers, signal, outside }: GetOptions): Promise<IncomingMessage | 'stale'> {
  const secure = url.protocol === 'https:';
  const agent = outside && agents.of(outside)[secure ? 'https' : 'http'];
  return new Promise((resolve, reject) => {
    const request = (secure ? requestHttps : requestHttp)(url, {
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Vidette', ...headers },
      signal,
      ...(agent ? { agent } : {}),
    });
    request
      .once('response', resolve)
      // Also after the answer: whoever reads it is told by the answer itself.
      .on('error', (error: NodeJS.ErrnoException) => {
        if (request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) resolve('stale');
        else reject(error);
      })
      .end();
  });
}
