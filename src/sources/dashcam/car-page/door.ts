/**
 * Who may come in to the car's page: one person with one password. It is set with a one-time code that only somebody at the machine can read.
 */
import { randomInt, timingSafeEqual } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { UserError } from '../../../base/errors.ts';
import { checkPassword, hashPassword, SMALL } from '../../../base/password.ts';
import { hashOf, newSecretWord } from '../../../base/secret-word.ts';
import { diskErrorCode } from '../../../blobs/disk.ts';
import { replaceFile } from '../role/replace-file.ts';
import { type DoorState, readDoor, writeDoor } from './door-file.ts';
import { Tries } from './tries.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A phone that was not used for so long signs in again. */
const SESSION_MS = 60 * DAY_MS;
/** How often the end is moved on: each time is a write to the card. */
const RENEW_MS = 7 * DAY_MS;
const MOST_SESSIONS = 20;
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 200;
/** Without letters and digits that look alike; 31 of them, so 49 bits in a code. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const CODE_LENGTH = 10;
const LIMITS = { each: 10, all: 40, windowMs: 15 * 60_000 };

export type DoorPhase = 'new' | 'closed' | 'open';

export class Door {
  /** To set the password with; undefined when there is one. */
  #code: string | undefined;
  #state: DoorState | undefined;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #tries: Tries;

  private constructor(folder: string, clock: Clock, state: DoorState | undefined) {
    this.#folder = folder;
    this.#clock = clock;
    this.#state = state;
    this.#tries = new Tries(clock, LIMITS);
    if (state === undefined) this.#code = newCode();
  }

  /** @param folder where its files lie. @throws UserError when they are damaged */
  static open(folder: string, clock: Clock): Door {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const door = new Door(folder, clock, readDoor(join(folder, 'door.json')));
    if (door.#code === undefined) rmSync(door.codeFile, { force: true });
    else replaceFile(door.codeFile, `${door.#code}\n`, 0o600);
    return door;
  }

  /** What is told on the console while no password is set. */
  get code(): string | undefined {
    return this.#code;
  }

  /** Holds the code as well, for its owner alone. */
  get codeFile(): string {
    return join(this.#folder, 'first-code');
  }

  /** @param word of the cookie */
  phase(word: string | undefined): DoorPhase {
    if (this.#state === undefined) return 'new';
    return this.#session(word) === undefined ? 'closed' : 'open';
  }

  /** @returns the word for the cookie. @throws UserError */
  async begin(code: string, password: string, address: string): Promise<string> {
    this.#count(address);
    if (this.#code === undefined)
      throw new UserError('The password is set already.', 'Sign in with it.', { code: 'conflict' });
    if (!sameCode(code, this.#code))
      throw new UserError('That is not the code.', 'It stands on the console, and in the file that is named there.', {
        code: 'unauthorized',
        fields: { code: 'not the code' },
      });
    checkNew(password);
    const hash = await hashPassword(password, SMALL);
    if (this.#code === undefined)
      throw new UserError('The password is set already.', 'Sign in with it.', { code: 'conflict' });
    const word = newSecretWord();
    this.#keep({ version: 1, password: hash, sessions: [this.#entry(word)] });
    this.#code = undefined;
    rmSync(this.codeFile, { force: true });
    return word;
  }

  /** @returns the word for the cookie. @throws UserError */
  async enter(password: string, address: string): Promise<string> {
    this.#count(address);
    const stored = this.#state?.password ?? null;
    if (stored === null)
      throw new UserError('No password is set yet.', 'Set one with the code from the console.', { code: 'conflict' });
    if (password.length > MAX_PASSWORD || !(await checkPassword(password, stored))) throw wrong();
    const word = newSecretWord();
    const now = this.#clock.wall();
    const sessions = (this.#state?.sessions ?? []).filter(({ expires }) => expires > now).slice(1 - MOST_SESSIONS);
    this.#keep({ version: 1, password: stored, sessions: [...sessions, this.#entry(word)] });
    return word;
  }

  /** Sets another password; every other session ends. @returns the word for the cookie. @throws UserError */
  async change(old: string, password: string, address: string): Promise<string> {
    this.#count(address);
    const stored = this.#state?.password ?? null;
    if (old.length > MAX_PASSWORD || !(await checkPassword(old, stored))) throw wrong();
    checkNew(password);
    const hash = await hashPassword(password, SMALL);
    const word = newSecretWord();
    this.#keep({ version: 1, password: hash, sessions: [this.#entry(word)] });
    return word;
  }

  leave(word: string | undefined): void {
    const session = this.#session(word);
    if (this.#state && session)
      this.#keep({ ...this.#state, sessions: this.#state.sessions.filter((other) => other !== session) });
  }

  #session(word: string | undefined): DoorState['sessions'][number] | undefined {
    if (word === undefined || this.#state === undefined || !/^[\w-]{43}$/.test(word)) return undefined;
    const hash = hashOf(word).toString('base64url');
    const now = this.#clock.wall();
    const found = this.#state.sessions.find((session) => session.hash === hash && session.expires > now);
    if (found && found.expires - now < SESSION_MS - RENEW_MS) {
      const renewed = { ...found, expires: now + SESSION_MS };
      const sessions = this.#state.sessions.map((session) => (session === found ? renewed : session));
      this.#renew({ ...this.#state, sessions });
      return renewed;
    }
    return found;
  }

  #entry(word: string): DoorState['sessions'][number] {
    return { hash: hashOf(word).toString('base64url'), expires: this.#clock.wall() + SESSION_MS };
  }

  /** A full or failing card keeps nobody out: the end is then moved on in memory only. */
  #renew(state: DoorState): void {
    try {
      this.#keep(state);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      this.#state = state;
    }
  }

  #keep(state: DoorState): void {
    writeDoor(join(this.#folder, 'door.json'), state);
    this.#state = state;
  }

  #count(address: string): void {
    const wait = this.#tries.take(address);
    if (wait > 0)
      throw new UserError('Too many tries.', `Wait ${Math.ceil(wait / 60_000)} minutes, then try again.`, {
        code: 'too-many',
      });
  }
}

function checkNew(password: string): void {
  const length = [...password].length;
  const problem =
    length < MIN_PASSWORD
      ? `at least ${MIN_PASSWORD} characters`
      : password.length > MAX_PASSWORD
        ? `at most ${MAX_PASSWORD} characters`
        : undefined;
  if (problem !== undefined)
    throw new UserError(`The password needs ${problem}.`, 'Choose another one.', {
      code: 'invalid',
      fields: { password: problem },
    });
}

const wrong = (): UserError =>
  new UserError('The password is wrong.', 'Try again.', {
    code: 'unauthorized',
    fields: { password: 'wrong' },
  });

/** `k7m2p-x9qrt`. */
function newCode(): string {
  const letters = Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]);
  return `${letters.slice(0, CODE_LENGTH / 2).join('')}-${letters.slice(CODE_LENGTH / 2).join('')}`;
}

/** Upper case and a missing hyphen are what phones make of it. */
function sameCode(given: string, code: string): boolean {
  const plain = (text: string): Buffer => hashOf(text.toLowerCase().replace(/[^a-z0-9]/g, ''));
  return timingSafeEqual(plain(given), plain(code));
}
