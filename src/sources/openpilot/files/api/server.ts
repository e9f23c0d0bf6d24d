/**
 * Which server of the comma API's shape is asked. Pure.
 */
import { UserError } from '../../../../base/errors.ts';
import type { Outside } from '../../../../media/http-get.ts';
import { type Provider, type ProviderName, providers } from '../../names/providers.ts';
import type { NamedHost } from '../../names/route-request.ts';

export interface ApiServer {
  /** Null for a server of somebody's own. */
  readonly provider: Provider | null;
  /** Address of the API without a slash at its end; paths such as `/v1/me` are put behind it. */
  readonly base: string;
  /** The only origin that a token is sent to. */
  readonly origin: string;
  /** For messages. */
  readonly host: string;
}

const isProvider = (text: string): text is ProviderName => Object.hasOwn(providers, text);

/**
 * @param text `comma`, `konik`, `asius`, or the address of an API
 * @throws UserError when it is neither
 */
export function apiServer(text: string): ApiServer {
  const name = text.trim().toLowerCase();
  if (isProvider(name)) return serverOf(providers[name]);
  const url = URL.parse(text.trim());
  const wrong = (what: string): UserError =>
    new UserError(
      `${what}: the server must be ${Object.keys(providers).join(', ')}, or an address such as https://api.example.org.`,
      'It is the address of the API, not of the page that shows the drives.',
      { code: 'usage' },
    );
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') throw wrong('That is not a server');
  if (url.username !== '' || url.password !== '') throw wrong('A name and a password do not belong there');
  if (url.search !== '' || url.hash !== '') throw wrong('What follows ? or # does not belong there');
  const provider = Object.values(providers).find(({ api, sameAs }) => [api, ...sameAs].includes(url.origin)) ?? null;
  return { provider, base: url.origin + url.pathname.replace(/\/+$/, ''), origin: url.origin, host: url.host };
}

/**
 * The server of a route.
 * @param setting what the person set; it wins
 * @param named the host of the address that was pasted
 * @throws UserError when neither tells an API
 */
export function chooseServer(setting: string | undefined, named: NamedHost | null): ApiServer {
  if (setting !== undefined && setting !== '') return apiServer(setting);
  if (named === null) return serverOf(providers.comma);
  if (named.provider !== null) return serverOf(providers[named.provider]);
  throw new UserError(
    `${named.host} is not a server that Vidette knows.`,
    'Name the API that has the drive: --server comma, --server konik, --server asius, or --server https://api.example.org.',
    { code: 'usage' },
  );
}

function serverOf(provider: Provider): ApiServer {
  return { provider, base: provider.api, origin: provider.api, host: new URL(provider.api).host };
}

/** Origins for which one token is good: those of one provider. */
export function originsOf(server: ApiServer): readonly string[] {
  return server.provider === null ? [server.origin] : [server.provider.api, ...server.provider.sameAs];
}

const PRIVATE =
  /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(1[6-9]|2\d|3[01])\.\d+\.\d+|169\.254\.\d+\.\d+|0\.0\.0\.0|\[(::1|::|f[cde][0-9a-f:]*|::ffff:[0-9a-f:.]*)\])$/;

/**
 * Whether an address that this server names may be fetched: a server of the internet must not send us into the network at home, nor from
 * https to http.
 */
export function mayFetch(server: ApiServer, url: URL): boolean {
  const api = new URL(server.origin);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return false;
  if (api.protocol === 'https:' && url.protocol !== 'https:') return false;
  return PRIVATE.test(api.hostname) || url.hostname === api.hostname || !PRIVATE.test(url.hostname);
}

/**
 * What a connection to an address that this server named has to keep to, beyond {@link mayFetch}: names are looked up, and the address that is
 * connected to counts. A server of somebody's own that is at home may have its store there; a provider never.
 */
export function outsideOf(server: ApiServer, url: URL): Outside | undefined {
  const api = new URL(server.origin);
  if (PRIVATE.test(api.hostname) || url.hostname === api.hostname) return undefined;
  return { unless: server.provider === null ? api.hostname : null };
}
