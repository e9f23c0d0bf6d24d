/**
 * Names looked up so that what an answer of the internet names never leads into the network at home: the address that is connected to is the
 * one that was looked at, whatever the name says the next time.
 */
import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses that no host of the internet has (RFC 6890 and its registries), but for those that some proxies at home lend to such hosts (198.18.0.0/15). */
const HOME = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  HOME.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  HOME.addSubnet(net, bits, 'ipv6');

/** Prefixes behind which an IPv4 address stands in the last 32 bits: NAT64 (RFC 6052), IPv4-compatible (RFC 4291). */
const CARRIERS = new BlockList();
CARRIERS.addSubnet('64:ff9b::', 96, 'ipv6');
CARRIERS.addSubnet('::', 96, 'ipv6');
/** 6to4 (RFC 3056): in the two groups after the first. */
const SIX_TO_FOUR = new BlockList();
SIX_TO_FOUR.addSubnet('2002::', 16, 'ipv6');

/** @param address IPv4 or IPv6, without brackets. @returns true also for what is no address */
export function isHomeAddress(address: string): boolean {
  const [plain = ''] = address.split('%');
  const family = isIP(plain);
  if (family === 0) return true;
  if (family === 4) return HOME.check(plain, 'ipv4');
  // IPv4 in IPv6 (`::ffff:…`) is compared with the IPv4 rules.
  if (HOME.check(plain, 'ipv6')) return true;
  const groups = groupsOf(plain);
  if (CARRIERS.check(plain, 'ipv6')) return HOME.check(dotted(groups[6], groups[7]), 'ipv4');
  if (SIX_TO_FOUR.check(plain, 'ipv6')) return HOME.check(dotted(groups[1], groups[2]), 'ipv4');
  return false;
}

const dotted = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');

/** The eight groups of an IPv6 address; the URL parser writes all of its forms in one. */
function groupsOf(address: string): number[] {
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const numbers = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [numbers(head), numbers(tail ?? '')];
  return tail === undefined ? left : [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** A name leads into the network at home. */
export class LeadsHome extends Error {
  override readonly name = 'LeadsHome';
  readonly code = 'ELEADSHOME';
}

type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * For `lookup` of a connection. Literal addresses do not come here: see {@link literalLeadsHome}.
 * @param unless where this host is at home itself, so may be what it names
 * @param lookup for tests
 */
export function internetLookup(unless: string | null = null, lookup: Lookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const good = addresses.filter(({ address }) => !isHomeAddress(address));
      const give = (list: LookupAddress[]): void => {
        const [first] = list;
        if (!first) callback(new LeadsHome(`${hostname} leads into the network at home`), '', 0);
        else if (options.all) callback(null, list);
        else callback(null, first.address, first.family);
      };
      if (good.length > 0 || unless === null) return give(good);
      void leadsHome(unless, lookup).then((home) => give(home ? addresses : []));
    });
  };
}

/** Whether a host is in the network at home: all of its addresses are. One that is not known is not. */
export function leadsHome(host: string, lookup: Lookup = systemLookup): Promise<boolean> {
  const literal = host.replace(/^\[|\]$/g, '');
  return new Promise((resolve) =>
    lookup(literal, { all: true }, (error, addresses) =>
      resolve(!error && addresses.length > 0 && addresses.every(({ address }) => isHomeAddress(address))),
    ),
  );
}

/** Whether the host of an address is a literal one of the network at home. */
export function literalLeadsHome({ hostname }: URL): boolean {
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) !== 0 ? isHomeAddress(literal) : /^(.*\.)?localhost\.?$/i.test(hostname);
}
