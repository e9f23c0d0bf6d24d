/**
 * Asks for a word that nobody should see on the screen.
 */
import { once } from 'node:events';
import { UserError } from '../base/errors.ts';

/** More than any token has. */
const LONGEST = 16_384;

/**
 * On a terminal it asks and shows nothing of what is typed or pasted; else it reads what is piped in, to its end.
 * @throws UserError when nothing comes; a person who presses Ctrl-C or Ctrl-D ends it
 */
export async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return await piped();
  // Before it asks: what is pasted at once is not shown either.
  stdin.setRawMode(true).setEncoding('utf8').resume();
  stderr.write(question);
  let word = '';
  try {
    while (true) {
      const [text] = (await once(stdin, 'data')) as [string];
      for (const letter of text) {
        if (letter === '\r' || letter === '\n') return word;
        if (letter === '\u0003' || letter === '\u0004') throw new DOMException('Stopped.', 'AbortError');
        if (letter === '\u007f' || letter === '\b') word = word.slice(0, -1);
        else if (letter === '\u0015') word = '';
        else if (letter >= ' ') word += letter;
        if (word.length > LONGEST) throw tooLong();
      }
    }
  } finally {
    stdin.setRawMode(false).pause();
    stderr.write('\n');
  }
}

async function piped(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece;
    if (text.length > LONGEST) throw tooLong();
  }
  return text.trim();
}

function tooLong(): UserError {
  return new UserError('That is too long for a token.', 'Paste the token alone.', { code: 'usage' });
}
