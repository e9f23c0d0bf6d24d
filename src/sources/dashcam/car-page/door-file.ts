/**
 * What the page's door keeps on disk: the password's hash and those of the sessions. For its owner alone.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { replaceFile } from '../role/replace-file.ts';

const Stored = z.object({
  version: z.literal(1),
  /** `$scrypt$…` */
  password: z.string(),
  sessions: z.array(z.object({ hash: z.string(), expires: z.number() })).max(100),
});
export type DoorState = z.output<typeof Stored>;

/** @returns undefined while no password is set. @throws UserError when the file is there and cannot be read: the door then stays shut */
export function readDoor(path: string): DoorState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = Stored.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `The file of the page’s password is damaged: ${path}`,
    'Remove it and start again: a new one-time code is printed, and you choose a new password.',
    { code: 'door' },
  );
}

export function writeDoor(path: string, state: DoorState): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  replaceFile(path, `${JSON.stringify(state)}\n`, 0o600);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
