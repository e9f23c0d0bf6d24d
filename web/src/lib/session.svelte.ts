/** Who is signed in. */
import type { Session as SessionInfo } from '../../../src/contract/account.ts';
import { routes } from '../../../src/contract/routes.ts';
import { client, onSignedOut } from './api.ts';

class Session {
  /** `unknown` until the hub has answered once. */
  state = $state<'unknown' | 'signed-out' | 'signed-in'>('unknown');
  info = $state.raw<SessionInfo | undefined>();
  /** The session ended by itself while the page was open. */
  expired = $state(false);

  constructor() {
    onSignedOut(() => {
      this.expired = this.state === 'signed-in';
      this.state = 'signed-out';
      this.info = undefined;
    });
  }

  get admin(): boolean {
    return this.info?.user.role === 'admin';
  }

  get mustSetPassword(): boolean {
    return this.info?.mustSetPassword === true;
  }

  /** @throws Unavailable when the hub does not answer; nobody being signed in is no error. */
  async load(): Promise<void> {
    try {
      this.#enter(await client.call(routes.session, {}));
    } catch (error) {
      if (this.state !== 'signed-out') throw error;
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    this.#enter(await client.call(routes.signIn, { body: { name, password } }));
  }

  async redeem(code: string): Promise<void> {
    this.#enter(await client.call(routes.redeemLink, { body: { code } }));
  }

  async setPassword(name: string, password: string, current: string | undefined): Promise<void> {
    const body = current === undefined ? { name, password } : { name, password, current };
    this.#enter(await client.call(routes.setPassword, { body }));
  }

  async signOut(): Promise<void> {
    await client.call(routes.signOut, {});
    this.state = 'signed-out';
    this.expired = false;
    this.info = undefined;
  }

  #enter(info: SessionInfo): void {
    this.info = info;
    this.state = 'signed-in';
    this.expired = false;
  }
}

export const session = new Session();
