/**
 * A drive on a device, read over SSH and never written: what a clip needs comes into the cache.
 */
import { InputError, Unavailable, UserError } from '../../../../base/errors.ts';
import { type NamedRoute, routeName, secondsOf } from '../../names/route-request.ts';
import { bringFiles } from '../bring.ts';
import type { FileCache } from '../cache/file-cache.ts';
import { chooseFiles } from '../choose-files.ts';
import type { Drive } from '../drive.ts';
import { kindFacts } from '../file-kind.ts';
import { type HeldFile, minuteCount, type RouteHolding } from '../holding.ts';
import { NetworkFailure } from '../http/ask.ts';
import type { ByteSource, Opened, Validator } from '../http/byte-source.ts';
import { chooseRoute } from '../local/choose-route.ts';
import { type ListedFile, routesIn } from '../local/listed.ts';
import { deviceWords, type SshAddress, shellWord } from './ssh-address.ts';
import { RemoteFailure, type SshOptions, sshRun } from './ssh-run.ts';

/** A list of 200,000 files. */
const LONGEST_LIST = 32_000_000;
/** A device's disk and network are soon busy. */
const AT_A_TIME = 2;

export interface SshDriveOptions extends SshOptions {
  readonly cache: FileCache;
  readonly retryPause?: number;
}

/** @param wanted null: the only drive that is there */
export async function openSshDrive(
  address: SshAddress,
  wanted: NamedRoute | null,
  options: SshDriveOptions,
): Promise<Drive> {
  const device = deviceWords(address);
  // The whole list is only asked for where the drive is not found by its name: a device holds thousands of minutes.
  const named = wanted === null ? [] : await routesOnDevice(address, wanted.logId, options);
  const routes = named.length > 0 ? named : await routesOnDevice(address, null, options);
  const holding = chooseRoute(routes, wanted, device);
  const { dongle, logId } = holding;
  const minutes = minuteCount(holding);
  const holds: Disposable[] = [];
  const { cache, retryPause = 1000 } = options;
  return {
    dongle: dongle ?? wanted?.dongle ?? null,
    logId,
    minutes,
    asked: wanted === null ? null : secondsOf(wanted.span, minutes),
    notes: [],
    plan: async (need) => chooseFiles(holding, need, 'device'),
    bring: async (plan, bringing = {}) => {
      const carrier = {
        cache,
        retryPause,
        parallel: AT_A_TIME,
        // A minute that the device still writes is another file each time.
        identityOf: (file: HeldFile) => ({
          parts: [
            'ssh',
            address.host,
            String(address.port ?? 22),
            pathOf(file),
            String(file.bytes),
            String(file.modified),
          ],
          name: file.name,
        }),
        sourceOf: (file: HeldFile) => sourceOf(address, file, options),
      };
      const { minutes: brought, hold } = await bringFiles(plan, carrier, bringing);
      holds.push(hold);
      return brought;
    },
    [Symbol.asyncDispose]: async () => {
      for (const hold of holds.splice(0)) hold[Symbol.dispose]();
    },
  };
}

/** @param logId only what has it in its path; null: everything */
async function routesOnDevice(address: SshAddress, logId: string | null, options: SshOptions): Promise<RouteHolding[]> {
  const only = logId === null ? '' : ` -path ${shellWord(`*${logId}*`)}`;
  const command = `find ${shellWord(address.path)} -maxdepth 5 -type f${only} -exec stat -c '%s %Y %n' {} +`;
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const piece of sshRun(address, command, options)) {
      text += decoder.decode(piece, { stream: true });
      if (text.length > LONGEST_LIST)
        throw new InputError(deviceWords(address), 'it holds more files than drives have');
    }
  } catch (error) {
    if (error instanceof NetworkFailure) throw new Unavailable(`${error.message}.`, 30_000);
    // Files that went away while they were listed are no fault; a folder that is not there is.
    if (!(error instanceof RemoteFailure)) throw error;
    if (text === '' && /no such file|not found|denied|not permitted/i.test(error.message))
      throw new UserError(
        `${deviceWords(address)} cannot be read: the device says that there is no such folder, or that it is closed.`,
        'Drives usually are in /data/media/0/realdata.',
        {
          code: 'not-found',
        },
      );
  }
  return routesIn(listed(text), address.path, (path) => ({ at: 'ssh', path }));
}

function* listed(text: string): Generator<ListedFile> {
  for (const line of text.split('\n')) {
    const [, bytes, seconds, path = ''] = /^(\d{1,15}) (\d{1,12}) (\/.*)$/.exec(line) ?? [];
    if (path !== '' && !/\p{Cc}/u.test(path)) yield { path, bytes: Number(bytes), modified: Number(seconds) * 1000 };
  }
}

function sourceOf(address: SshAddress, file: HeldFile, options: SshOptions): ByteSource {
  const path = shellWord(pathOf(file));
  const label = `${file.name} of minute ${file.segment}`;
  const validator: Validator = { etag: `${file.bytes}-${file.modified}`, modified: null, total: file.bytes };
  return {
    label,
    host: address.host,
    most: kindFacts[file.kind].most,
    open: async (from, _known, signal): Promise<Opened> => {
      const command = from === 0 ? `cat -- ${path}` : `tail -c +${from + 1} -- ${path}`;
      const bytes = upTo(
        (file.bytes ?? 0) - from,
        sshRun(address, command, { ...options, signal }),
        label,
        deviceWords(address),
      );
      return { from, validator, bytes };
    },
  };
}

/** What the device wrote after the list was made is left for the next time. */
async function* upTo(
  most: number,
  pieces: AsyncIterable<Buffer>,
  label: string,
  device: string,
): AsyncGenerator<Buffer> {
  let left = most;
  if (left <= 0) return;
  try {
    for await (const piece of pieces) {
      yield piece.subarray(0, left);
      left -= Math.min(piece.length, left);
      if (left === 0) return;
    }
  } catch (error) {
    if (error instanceof RemoteFailure)
      throw new UserError(
        `${label} cannot be read on ${device} any more; the device may have deleted it to make room.`,
        'Choose another part of the drive.',
        {
          code: 'missing',
          cause: error,
        },
      );
    throw error;
  }
  throw new NetworkFailure(`${device} ended it early`);
}

function pathOf(file: HeldFile): string {
  if (file.place.at === 'ssh') return file.place.path;
  throw new UserError(
    `${file.name} does not lie on a device.`,
    `Open ${routeName({ dongle: null, logId: file.name })} again.`,
  );
}
