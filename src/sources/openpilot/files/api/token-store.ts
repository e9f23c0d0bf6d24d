/**
 * Tokens that a person has stored on this machine: one for each service, in a file that only its owner reads.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../../base/errors.ts';
import { type ApiServer, originsOf } from './server.ts';
import { ApiToken } from './token.ts';

/** Origin of an API → its token, and whose it is. */
const Stored = z.object({
  tokens: z.record(z.string(), z.object({ token: z.string(), account: z.string().nullable() })),
});
type Stored = z.infer<typeof Stored>;

export class TokenStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** `$XDG_CONFIG_HOME/vidette/drive-accounts.json`, which usually is below `~/.config`. */
  static of(environment: Readonly<Record<string, string | undefined>>): TokenStore {
    const { XDG_CONFIG_HOME: xdg = '' } = environment;
    return new TokenStore(join(isAbsolute(xdg) ? xdg : join(homedir(), '.config'), 'vidette', 'drive-accounts.json'));
  }

  /** The token for a server; null where none is stored. @throws UserError when it has ended, or when others could read the file */
  async find(server: ApiServer, now: number): Promise<ApiToken | null> {
    const { tokens } = await this.#read();
    for (const origin of originsOf(server)) {
      const stored = tokens[origin];
      if (stored !== undefined) return ApiToken.read(stored.token, `vidette login comma (${server.host})`, now);
    }
    return null;
  }

  async keep(server: ApiServer, token: ApiToken, account: string | null): Promise<void> {
    const stored = await this.#read();
    for (const origin of originsOf(server)) delete stored.tokens[origin];
    stored.tokens[originsOf(server)[0] ?? server.origin] = { token: token.reveal(), account };
    await this.#write(stored);
  }

  /** @returns whether there was one */
  async forget(server: ApiServer): Promise<boolean> {
    const stored = await this.#read();
    const before = Object.keys(stored.tokens).length;
    for (const origin of originsOf(server)) delete stored.tokens[origin];
    const after = Object.keys(stored.tokens).length;
    if (after === 0) await rm(this.path, { force: true });
    else if (after < before) await this.#write(stored);
    return after < before;
  }

  async #read(): Promise<Stored> {
    let text: string;
    try {
      const { mode } = await stat(this.path);
      if ((mode & 0o077) !== 0)
        throw new UserError(
          `Others on this machine may read ${this.path}, which holds tokens.`,
          `Run chmod 600 ${this.path}, and get new tokens if others use this machine.`,
          {
            code: 'token',
          },
        );
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (error instanceof UserError) throw error;
      if (code === 'ENOENT' || code === 'ENOTDIR') return { tokens: {} };
      throw new UserError(`${this.path} cannot be read (${code}).`, 'Check its permissions.', { cause: error });
    }
    // Neither the text nor what is wrong with it is repeated.
    const parsed = Stored.safeParse(jsonOf(text));
    if (!parsed.success)
      throw new UserError(`${this.path} is damaged.`, 'Remove it and run vidette login comma again.', {
        code: 'token',
      });
    return parsed.data;
  }

  async #write(stored: Stored): Promise<void> {
    const folder = dirname(this.path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const next = `${this.path}.${randomBytes(4).toString('hex')}`;
    try {
      const file = await open(next, 'wx', 0o600);
      await using _ = file;
      await file.writeFile(`${JSON.stringify(stored, null, 2)}\n`);
      await file.datasync();
      await rename(next, this.path);
      await chmod(this.path, 0o600);
    } catch (error) {
      await rm(next, { force: true });
      throw error;
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
