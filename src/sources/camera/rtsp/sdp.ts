/** SDP (RFC 8866) as cameras write it: read leniently, bounded, and written plainly. */
import { InputError } from '../../../base/errors.ts';
import { splitCredential } from '../../../base/redact.ts';
import { LIMITS } from './limits.ts';

export interface SdpMedia {
  /** `video`, `audio`, `application` … */
  readonly kind: string;
  readonly payloadType: number;
  /** As in `rtpmap`, upper case: `H264`, `H265`, `MPEG4-GENERIC`, `PCMA` … Empty when unknown. */
  readonly encoding: string;
  /** Hertz; 0 when unknown. */
  readonly clockRate: number;
  readonly channels: number;
  /** Names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
  readonly control: string | undefined;
  /** Pixels by `framesize` or `x-dimensions`; JPEG above 2040 pixels is told so. */
  readonly frameSize: { readonly width: number; readonly height: number } | undefined;
  /** `RTP/SAVP`: the packets are encrypted (SRTP). */
  readonly secure: boolean;
  /** Values of `a=crypto`. */
  readonly crypto: readonly string[];
  /** Value of `a=key-mgmt`, here or for the whole session. */
  readonly keyManagement: string | undefined;
  /** The camera wants to hear, not to speak: the way back of a talking doorbell. */
  readonly receives: boolean;
}
export interface Sdp {
  readonly control: string | undefined;
  readonly media: readonly SdpMedia[];
}

/** Payload types that need no `rtpmap` (RFC 3551 section 6). */
const STATIC: Readonly<Record<number, readonly [encoding: string, clockRate: number, channels?: number]>> = {
  0: ['PCMU', 8000],
  3: ['GSM', 8000],
  8: ['PCMA', 8000],
  9: ['G722', 8000],
  10: ['L16', 44_100, 2],
  11: ['L16', 44_100],
  14: ['MPA', 90_000],
  26: ['JPEG', 90_000],
  32: ['MPV', 90_000],
  33: ['MP2T', 90_000],
};

/** @throws InputError when there is no media line at all */
export function parseSdp(text: string): Sdp {
  if (text.length > LIMITS.body) throw new InputError('SDP', `${text.length} characters are too many`);
  let control: string | undefined;
  let keyManagement: string | undefined;
  const media: { -readonly [K in keyof SdpMedia]: SdpMedia[K] }[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const current = media.at(-1);
    const mediaLine = /^m=\s*(\w+)\s+\S+\s+(\S+)\s+(\d{1,3})/.exec(line);
    if (mediaLine) {
      if (media.length >= LIMITS.tracks) break;
      const payloadType = Number(mediaLine[3]);
      const [encoding, clockRate, channels = 1] = STATIC[payloadType] ?? ['', 0];
      media.push({
        kind: (mediaLine[1] ?? '').toLowerCase(),
        payloadType,
        encoding,
        clockRate,
        channels,
        fmtp: new Map(),
        control: undefined,
        frameSize: undefined,
        secure: /\bSAVPF?\b/i.test(mediaLine[2] ?? ''),
        crypto: [],
        keyManagement,
        receives: false,
      });
      continue;
    }
    if (current && /^a=sendonly\s*$/.test(line)) current.receives = true;
    const attribute = /^a=\s*([\w-]+)\s*:(.*)$/.exec(line);
    if (!attribute) continue;
    const [, name = '', text = ''] = attribute;
    const value = text.trim();
    if (name === 'control') {
      if (current) current.control = value;
      else control = value;
    } else if ((name === 'framesize' || name === 'x-dimensions') && current) {
      const size = /(\d{2,5})\s*[-,x]\s*(\d{2,5})\s*$/.exec(value);
      const [width, height] = [Number(size?.[1]), Number(size?.[2])];
      if (width > 0 && width < 65_536 && height > 0 && height < 65_536) current.frameSize = { width, height };
    } else if (name === 'crypto' && current) {
      if (current.crypto.length < LIMITS.tracks) current.crypto = [...current.crypto, value];
    } else if (name === 'key-mgmt') {
      if (current) current.keyManagement = value;
      else keyManagement = value;
    } else if (name === 'rtpmap' && current) {
      const map = /^(\d+)\s+([^/\s]+)\s*(?:\/\s*(\d+))?\s*(?:\/\s*(\d+))?/.exec(value);
      if (!map || Number(map[1]) !== current.payloadType) continue;
      current.encoding = (map[2] ?? '').toUpperCase();
      const rate = Number(map[3] ?? 0);
      // Others are as good as not told: a rate becomes the time scale of a file.
      if (rate >= LIMITS.leastRate && rate <= LIMITS.mostRate) current.clockRate = rate;
      current.channels = Math.min(8, Number(map[4] ?? 1) || 1);
    } else if (name === 'fmtp' && current) {
      const format = /^(\d+)\s+(.*)$/.exec(value);
      if (format && Number(format[1]) === current.payloadType) current.fmtp = parseFmtp(format[2] ?? '');
    }
  }
  if (media.length === 0) throw new InputError('SDP', 'the camera describes no track');
  for (const track of media) {
    if (track.encoding === '') track.encoding = guessEncoding(track);
    if (track.kind === 'video' && track.clockRate === 0) track.clockRate = 90_000;
  }
  return { control, media };
}

/** What a track without `rtpmap` holds, by the parameters that only one coding has; empty when nothing tells. */
function guessEncoding({ kind, fmtp }: SdpMedia): string {
  if (kind === 'video') {
    if (['sprop-vps', 'sprop-sps', 'sprop-pps'].some((name) => fmtp.has(name))) return 'H265';
    const h264 = ['sprop-parameter-sets', 'packetization-mode', 'profile-level-id'].some((name) => fmtp.has(name));
    return h264 ? 'H264' : '';
  }
  return kind === 'audio' && fmtp.has('config') && fmtp.has('sizelength') ? 'MPEG4-GENERIC' : '';
}

function parseFmtp(text: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) params.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return params;
}

/** Base64 parameter sets of an H.264 (RFC 6184 section 8.1) or H.265 (RFC 7798 section 7.1) track; broken ones are left out. */
export function sdpParameterSets(media: SdpMedia): Uint8Array[] {
  const texts = ['sprop-parameter-sets', 'sprop-vps', 'sprop-sps', 'sprop-pps'].flatMap(
    (name) => media.fmtp.get(name)?.split(',') ?? [],
  );
  return texts.map((text) => Uint8Array.from(Buffer.from(text.trim(), 'base64'))).filter((nal) => nal.length > 2);
}

/**
 * The URL that a `control` means. `base` is Content-Base, Content-Location or the request's URL (RFC 2326 appendix C.1.1);
 * cameras expect it to be joined as text, behind a query too.
 */
export function controlUrl(base: string, control: string | undefined): string {
  if (control === undefined || control === '' || control === '*') return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  if (control.startsWith('/')) return `${/^rtsps?:\/\/[^/?#]*/i.exec(base)?.[0] ?? base}${control}`;
  return base.endsWith('/') ? base + control : `${base}/${control}`;
}

/** Content-Base as cameras write it: sometimes empty, sometimes without a scheme. */
export function baseUrl(requested: string, told: string | undefined): string {
  return told !== undefined && /^rtsps?:\/\/\S+$/i.test(told) ? splitCredential(told).url : requested;
}
