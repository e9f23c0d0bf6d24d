/**
 * Servers that speak comma's API, and the web pages whose addresses people paste.
 */

export type ProviderName = 'comma' | 'konik' | 'asius';

export interface Provider {
  readonly name: ProviderName;
  /** Origin of the API; a token goes to this origin and nowhere else. */
  readonly api: string;
  /** Other origins of the same API: a token that is stored for one is good for all. */
  readonly sameAs: readonly string[];
  /** Where a person gets a token. */
  readonly tokenPage: string;
  /** Hosts in whose addresses routes of this provider are named. */
  readonly hosts: readonly string[];
}

export const providers: Readonly<Record<ProviderName, Provider>> = {
  comma: {
    name: 'comma',
    api: 'https://api.comma.ai',
    sameAs: ['https://api.commadotai.com'],
    tokenPage: 'https://jwt.comma.ai',
    hosts: [
      'connect.comma.ai',
      'useradmin.comma.ai',
      'api.comma.ai',
      'api.commadotai.com',
      'my.comma.ai',
      'comma.asius.ai',
      'new-connect.connect-d5y.pages.dev',
    ],
  },
  konik: {
    name: 'konik',
    api: 'https://api.konik.ai',
    sameAs: [],
    tokenPage: 'https://stable.konik.ai',
    hosts: ['stable.konik.ai', 'connect.konik.ai', 'useradmin.konik.ai', 'api.konik.ai', 'konik.asius.ai'],
  },
  asius: {
    name: 'asius',
    api: 'https://api.asius.ai',
    sameAs: [],
    tokenPage: 'https://connect.asius.ai',
    hosts: ['connect.asius.ai', 'asius.ai', 'api.asius.ai'],
  },
};

/** @param host as in an address; case does not matter */
export function providerOfHost(host: string): ProviderName | null {
  const wanted = host.toLowerCase();
  for (const provider of Object.values(providers)) if (provider.hosts.includes(wanted)) return provider.name;
  return null;
}
