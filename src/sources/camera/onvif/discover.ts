/**
 * Cameras in this network that answer a WS-Discovery probe (ONVIF Core Specification, chapter 7): a multicast to 239.255.255.250:3702.
 */
import onvif from 'onvif';
import { z } from 'zod';
import type { OnvifFound } from '../../../contract/onvif.ts';

const MOST = 500;

/** What one device says of itself; words by spaces, as the specification has them. */
const Match = z.object({
  probeMatches: z.object({
    probeMatch: z.object({ XAddrs: z.string().max(2000), scopes: z.unknown().optional() }),
  }),
});

/** @param forMs how long to wait for answers */
export async function discover(forMs: number): Promise<OnvifFound[]> {
  // Devices that answer with what is no XML are told as errors; they are no cameras.
  onvif.Discovery.on('error', () => undefined);
  const answers = await new Promise<unknown[]>((resolve) => {
    // Answers that are no XML count as an error of the whole search, which is not one.
    onvif.Discovery.probe({ timeout: forMs, resolve: false }, (_error, devices) => resolve(devices ?? []));
  });
  const found = new Map<string, OnvifFound>();
  for (const answer of answers.slice(0, MOST)) {
    const device = foundIn(answer);
    if (device) found.set(device.url, device);
  }
  return [...found.values()].sort((a, b) => a.url.localeCompare(b.url, 'en', { numeric: true }));
}

/** Pure. Undefined for an answer without an address that we can use. */
export function foundIn(answer: unknown): OnvifFound | undefined {
  const match = Match.safeParse(answer);
  if (!match.success) return undefined;
  const { XAddrs, scopes } = match.data.probeMatches.probeMatch;
  // A camera lists an address for each of its networks; link-local IPv6 is of no use to a browser's person.
  const addresses = XAddrs.split(/\s+/).filter((address) => /^https?:\/\//i.test(address) && URL.canParse(address));
  const url = addresses.find((address) => !/^\[|^169\.254\./.test(new URL(address).hostname)) ?? addresses[0];
  if (url === undefined) return undefined;
  const words = textOf(scopes).split(/\s+/);
  const scope = (name: string): string | undefined => {
    const start = `onvif://www.onvif.org/${name}/`;
    const found = words.find((word) => word.toLowerCase().startsWith(start));
    return found === undefined ? undefined : plain(found.slice(start.length));
  };
  const [name, hardware, location] = [scope('name'), scope('hardware'), scope('location')];
  return { url, ...(name ? { name } : {}), ...(hardware ? { hardware } : {}), ...(location ? { location } : {}) };
}

function textOf(scopes: unknown): string {
  if (typeof scopes === 'string') return scopes;
  const inner = z.object({ _: z.string() }).safeParse(scopes);
  return inner.success ? inner.data._ : '';
}

function plain(text: string): string {
  const short = text.slice(0, 100);
  try {
    return decodeURIComponent(short);
  } catch (error) {
    if (error instanceof URIError) return short;
    throw error;
  }
}
