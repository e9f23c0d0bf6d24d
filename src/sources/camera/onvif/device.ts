/**
 * One camera by ONVIF: what streams it offers, and how to move it.
 */
import onvif from 'onvif';
import { z } from 'zod';
import { InputError, messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import { splitCredential } from '../../../base/redact.ts';
import type { OnvifAccess, OnvifCamera, OnvifStream, PtzOrder, PtzPresets } from '../../../contract/onvif.ts';

/** For each request to the camera. */
const TIMEOUT_MS = 8000;
const MOST_STREAMS = 16;
const MOST_PRESETS = 300;

const Text = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).slice(0, 200))
  .optional()
  .catch(undefined);
const Count = z.coerce.number().finite().optional().catch(undefined);
const Information = z.object({ manufacturer: Text, model: Text, firmwareVersion: Text }).catch({});
/** A profile as the library tells it, of media 1 and media 2. */
const Profile = z.object({
  $: z.object({ token: z.string() }),
  name: Text,
  videoEncoderConfiguration: z
    .object({
      encoding: Text,
      resolution: z.object({ width: Count, height: Count }).optional().catch(undefined),
      rateControl: z.object({ frameRateLimit: Count, bitrateLimit: Count }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
const Preset = z.object({
  $: z.object({ token: z.union([z.string(), z.number()]).transform(String) }),
  name: Text,
});
const StreamUri = z.union([z.string(), z.object({ uri: z.string() }).transform((answer) => answer.uri)]);

export class OnvifDevice {
  readonly #cam: onvif.Cam;
  readonly #url: string;
  #stopping: NodeJS.Timeout | undefined;

  private constructor(cam: onvif.Cam, url: string) {
    this.#cam = cam;
    this.#url = url;
  }

  /** @throws UserError (refused, or no address), Unavailable, InputError (no ONVIF device) */
  static async open({ url, username, password }: OnvifAccess): Promise<OnvifDevice> {
    const address = serviceAddress(url);
    const secure = address.protocol === 'https:';
    const cam = new onvif.Cam({
      hostname: address.hostname.replace(/^\[|\]$/g, ''),
      port: address.port === '' ? (secure ? 443 : 80) : Number(address.port),
      path: address.pathname + address.search,
      useSecure: secure,
      // Cameras make their own certificates.
      ...(secure ? { secureOpts: { rejectUnauthorized: false } } : {}),
      // Behind an address translation the camera does not know its own address.
      preserveAddress: true,
      timeout: TIMEOUT_MS,
      autoconnect: false,
      ...(username === null ? {} : { username, password: password ?? '' }),
    });
    const device = new OnvifDevice(cam, address.href);
    await device.#ask((done) => cam.connect(done));
    return device;
  }

  /** @throws as `open` */
  async describe(): Promise<OnvifCamera> {
    const information = Information.parse(
      await this.#ask((done) => this.#cam.getDeviceInformation(done)).catch(() => ({})),
    );
    const profiles = z.array(z.unknown()).catch([]).parse(this.#cam.profiles);
    const streams: OnvifStream[] = [];
    for (const profile of profiles.slice(0, MOST_STREAMS)) {
      const stream = await this.#streamOf(profile);
      if (stream && !streams.some((known) => known.url === stream.url)) streams.push(stream);
    }
    streams.sort((a, b) => area(b) - area(a));
    const { manufacturer, model, firmwareVersion: firmware } = information;
    return {
      url: this.#url,
      ...(manufacturer ? { manufacturer } : {}),
      ...(model ? { model } : {}),
      ...(firmware ? { firmware } : {}),
      streams,
      ptz: z.object({ ptz: z.unknown() }).safeParse(this.#cam.uri).data?.ptz !== undefined,
    };
  }

  async presets(): Promise<PtzPresets> {
    const told = await this.#ask((done) => this.#cam.getPresets(done));
    const known = z.record(z.string(), Preset).catch({}).parse(told);
    return {
      presets: Object.values(known)
        .slice(0, MOST_PRESETS)
        .map(({ $, name }) => ({ id: $.token, name: name ?? $.token })),
    };
  }

  /** A move ends by itself: many cameras do not obey the time-out of a move, so they are told to stop as well. */
  async obey(order: PtzOrder): Promise<void> {
    clearTimeout(this.#stopping);
    switch (order.do) {
      case 'move': {
        const { pan, tilt, zoom, forMs } = order;
        await this.#ask((done) => this.#cam.continuousMove({ x: pan, y: tilt, zoom, timeout: forMs }, done));
        this.#stopping = setTimeout(() => {
          this.#halt().catch(() => undefined);
        }, forMs);
        return;
      }
      case 'stop':
        await this.#halt();
        return;
      case 'home':
        await this.#ask((done) => this.#cam.gotoHomePosition({}, done));
        return;
      case 'preset':
        await this.#ask((done) => this.#cam.gotoPreset({ preset: order.preset }, done));
        return;
    }
  }

  #halt(): Promise<unknown> {
    return this.#ask((done) => this.#cam.stop({ panTilt: true, zoom: true }, done));
  }

  #ask(give: (done: (error: Error | null, answer?: unknown) => void) => void): Promise<unknown> {
    return asked(
      () => new Promise((resolve, reject) => give((error, answer) => (error ? reject(error) : resolve(answer)))),
    );
  }

  /** Undefined for a profile without video, or one that the camera gives no address for. */
  async #streamOf(told: unknown): Promise<OnvifStream | undefined> {
    const profile = Profile.safeParse(told);
    if (!profile.success) return undefined;
    const { $, name, videoEncoderConfiguration: video } = profile.data;
    const wish = { protocol: 'RTSP' as const, profileToken: $.token };
    const answer = await this.#ask((done) => this.#cam.getStreamUri(wish, done)).catch(() => undefined);
    const uri = StreamUri.safeParse(answer);
    if (!uri.success) return undefined;
    const url = reachable(splitCredential(uri.data).url, new URL(this.#url).hostname);
    if (url === undefined) return undefined;
    const { width, height } = video?.resolution ?? {};
    const { frameRateLimit: fps, bitrateLimit } = video?.rateControl ?? {};
    return {
      name: name ?? $.token,
      url,
      ...(video?.encoding ? { codec: video.encoding } : {}),
      ...(width && height ? { width: Math.round(width), height: Math.round(height) } : {}),
      ...(fps ? { fps } : {}),
      // Kilobits in ONVIF.
      ...(bitrateLimit ? { bitrate: bitrateLimit * 1000 } : {}),
    };
  }
}

/** `192.0.2.10`, `camera:8000` or a whole address. @throws UserError */
export function serviceAddress(text: string): URL {
  const { url } = splitCredential(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  const address = URL.parse(url);
  if (!address || !/^https?:$/.test(address.protocol))
    throw new UserError('This is no address of a camera.', 'Write its host, or http://host/onvif/device_service.', {
      fields: { url: 'is no address' },
    });
  if (address.pathname === '/' && address.search === '') address.pathname = '/onvif/device_service';
  return address;
}

/** A stream's address that we can use: cameras that do not know their own say 0.0.0.0 or loopback. */
export function reachable(stream: string, host: string): string | undefined {
  if (!/^rtsps?:\/\/\S+$/i.test(stream) || !URL.canParse(stream) || stream.length > 2000) return undefined;
  const { hostname } = new URL(stream);
  return /^(0\.0\.0\.0|127\.|localhost$|\[::1?\])/.test(hostname) && !/^(127\.|localhost$|\[::1\])/.test(host)
    ? stream.replace(hostname, host)
    : stream;
}

function area({ width = 0, height = 0 }: OnvifStream): number {
  return width * height;
}

/** The library's errors are words only. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const said = messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 200);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/not ?authori[sz]ed|unauthori[sz]ed|authentication failed|\b401\b|passworddigest/i.test(said))
      throw new UserError(
        'The camera refuses the name or the password.',
        'Check both; ONVIF may need a user of its own.',
        {
          code: 'auth',
        },
      );
    if (code !== '' || /timeout|socket|ECONN|EHOST|ENET|ENOTFOUND|EAI_AGAIN/i.test(said))
      throw new Unavailable(`The camera's ONVIF service cannot be reached (${code || said}).`, 5000);
    throw new InputError('camera', `its ONVIF service answers: ${said}`, { cause: error });
  }
}
