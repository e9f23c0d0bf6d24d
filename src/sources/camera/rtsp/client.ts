/** Reads one camera: RTSP 1.0 (RFC 2326), media over the same connection or in datagrams. */
import type { Clock } from '../../../base/clock.ts';
import { InputError } from '../../../base/errors.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { type CameraAddress, parseAddress, type TlsCheck } from './address.ts';
import { LIMITS } from './limits.ts';
import { CameraMemory } from './memory.ts';
import type { Note } from './notes.ts';
import { Session } from './session.ts';
import { BlockPool } from './unit-memory.ts';

export type { Note } from './notes.ts';

export interface RtspOptions {
  /** `rtsp://host[:port]/path`. A credential in it is used when none is given beside it. */
  readonly url: string;
  readonly username?: string | null;
  readonly password?: string | null;
  /** How media comes. `auto`: over the connection, or as the camera wants it when it refuses that. */
  readonly transport?: 'auto' | 'tcp' | 'udp' | 'http';
  /** What is asked of a camera's certificate; by default it must be good, but for hosts of a private network. */
  readonly tls?: TlsCheck;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Before the first unit, and again when the parameter sets have changed; the next video unit is a key frame both times. */
  onConfig(config: StreamConfig): void;
  onUnit(unit: AccessUnit): void;
  /** What went wrong without ending the session; at most one a second of each kind. */
  onNote?(note: Note): void;
  /**
   * Asked after each read: while it says true, bytes may gather in the kernel for up to 300 ms, and units come in small
   * groups. Costs much less with many cameras.
   */
  unhurried?(): boolean;
  /** Memory for pictures, used again when nobody holds them. With it, units are valid only during `onUnit`, unless they are held. */
  readonly pool?: BlockPool;
  /** From the connection to the answer to PLAY; 10 s. */
  readonly connectTimeoutMs?: number;
  /** The session ends when nothing at all came for so long; 10 s. */
  readonly silenceTimeoutMs?: number;
}

export interface RtspEnd {
  /** For a person. */
  readonly reason: string;
  /** `stopped`: by the signal; `closed`, `reset`, `bye`: by the camera; `silence`: nothing came any more. */
  readonly cause: 'stopped' | 'closed' | 'reset' | 'bye' | 'silence';
}

/**
 * Runs one session until it ends, and says why it ended.
 * @param memory what this camera has taught in earlier sessions; kept by whoever reads it again
 * @throws UserError when the address or the credential is wrong (code `auth`), InputError when the camera sends what cannot be
 *   understood, Unavailable when it cannot be reached or does not answer. None names a password.
 */
export async function readRtsp(options: RtspOptions, memory = new CameraMemory()): Promise<RtspEnd> {
  const given = parseAddress(options.url);
  const username = options.username ?? given.username;
  const password = options.password ?? given.password ?? '';
  let address: CameraAddress = given;
  for (let hop = 0; hop <= LIMITS.redirects; hop += 1) {
    // A password is for the host it was given for, and goes nowhere else.
    const trusted = address.host === given.host;
    const credentials = trusted && username ? { username, password } : undefined;
    const session = new Session(options, address, credentials, memory.of(address.requestUrl));
    const end = await session.run();
    if (!('redirect' in end)) return end;
    const { track, tls } = given;
    address = { ...parseAddress(new URL(end.redirect, address.requestUrl).href), track, tls };
  }
  throw new InputError('camera', `it sends from one address to the next, more than ${LIMITS.redirects} times`);
}

/** A reader that remembers, for as long as it lives, what each camera has taught, and whose units are to be held by who keeps them. */
export function createRtspReader(): (options: RtspOptions) => Promise<RtspEnd> {
  const memory = new CameraMemory();
  const pool = new BlockPool();
  return (options) => readRtsp({ ...options, pool }, memory);
}
