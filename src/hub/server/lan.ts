/**
 * What a hub that listens on the whole network tells the person in front of the terminal.
 */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { toString as drawCode } from 'qrcode';

/** The address of this machine that others in its network most likely reach: the first private IPv4 of a real interface. */
export function lanAddress(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> = networkInterfaces(),
): string | undefined {
  const found = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter((info) => !info.internal && info.family === 'IPv4' && !info.address.startsWith('169.254.'))
      .map((info) => ({ name, address: info.address })),
  );
  // Containers and tunnels last.
  const rank = (name: string): number => (/^(docker|br-|veth|virbr|tun|tap|wg|tailscale|zt)/.test(name) ? 1 : 0);
  return found.toSorted((a, b) => rank(a.name) - rank(b.name))[0]?.address;
}

/** Whether `host` (VIDETTE_HOST) opens the hub to the network as a whole. */
function isOpenHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** `url` as a QR code of half-block letters, for a terminal. */
export async function qrCode(url: string): Promise<string> {
  return drawCode(url, { type: 'utf8', errorCorrectionLevel: 'L', margin: 2 });
}

/** Lines to print: the address for others in the network with its code; none when the hub is not open. */
export async function lanNotice(host: string, port: number, https: boolean): Promise<string | undefined> {
  if (!isOpenHost(host)) return undefined;
  const address = lanAddress();
  if (address === undefined) return undefined;
  const url = `${https ? 'https' : 'http'}://${address}:${port}`;
  return `In your network: ${url}\n\n${await qrCode(url)}`;
}
