/** One command, and the answer to it. */
import { messageOf } from '../../../base/errors.ts';
import type { Gadget } from './gadget.ts';
import { type Answer, Command, MOST_LINE } from './protocol.ts';
import { Refused } from './refused.ts';

/** @param line as it came, from somebody who is not trusted @param gadget made for each command, so that its settings are those of now */
export function obey(line: string, gadget: () => Gadget): Answer {
  try {
    const command = read(line);
    const kernel = gadget();
    switch (command.command) {
      case 'status':
        break;
      case 'attach':
        kernel.attach(command.image, command.media);
        break;
      case 'swap':
        kernel.swap(command.image);
        break;
      case 'detach':
        kernel.detach();
        break;
      default:
        command satisfies never;
    }
    return { ok: true, state: kernel.status() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, code: error.code, message: error.message };
    return { ok: false, code: 'failed', message: messageOf(error) };
  }
}

function read(line: string): ReturnType<typeof Command.parse> {
  if (line.length > MOST_LINE) throw new Refused('invalid', 'That is no command: it is too long.');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Refused('invalid', 'That is no command.', error);
  }
  const command = Command.safeParse(value);
  if (!command.success) throw new Refused('invalid', 'That is no command: status, attach, swap and detach are.');
  return command.data;
}
