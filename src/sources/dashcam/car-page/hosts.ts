/**
 * Which names the page may be asked by, and which pages may ask it. Pure.
 *
 * A page of a stranger can make its own name point at the car's address (DNS rebinding); the browser then says that name in `Host`. Addresses
 * in numbers, and names that only a local network gives, cannot be made to do that.
 */
import { isIP } from 'node:net';

/** @param host value of `Host`. @param names of this machine, in lower case */
export function hostIsOurs(host: string | undefined, names: ReadonlySet<string>): boolean {
  if (host === undefined) return false;
  const name = nameOf(host);
  if (name === undefined) return false;
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.local') || names.has(name);
}

/** Without its port; of `[::1]` the address; undefined for what is no host. */
function nameOf(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

export interface Asker {
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly host: string | undefined;
}

/** Whether a request that changes something comes from our own page. Together with the cookie's SameSite this keeps others from using it. */
export function fromOwnPage({ origin, fetchSite, host }: Asker): boolean {
  if (origin === undefined) return fetchSite === 'same-origin';
  if (host === undefined || !URL.canParse(origin)) return false;
  // A proxy may hold the certificate: the scheme is not compared.
  return new URL(origin).host === new URL(`http://${host}`).host || new URL(origin).host === host.toLowerCase();
}
