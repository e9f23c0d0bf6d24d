/**
 * The root helper of `vidette drive`: reads commands, a line of JSON each, carries them out, and answers with a line each. Ends with its input.
 * Its only argument is the file of its settings, which root alone can write; started by a rule of sudo.
 */
import { messageOf } from '../../../base/errors.ts';
import { Gadget } from './gadget.ts';
import { kernelFiles } from './kernel-files.ts';
import { obey } from './obey.ts';
import { MOST_LINE } from './protocol.ts';
import { readGadgetSettings } from './settings.ts';

const SETTINGS = '/etc/vidette/drive-images.json';

const [settings = SETTINGS, ...more] = process.argv.slice(2);
process.umask(0o077);
// Read for each command: an image that root adds needs no restart.
const gadget = (): Gadget => new Gadget(kernelFiles, readGadgetSettings(settings));
try {
  if (more.length > 0) throw new Error('one argument at most: the file of the settings');
  let rest = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) process.stdout.write(`${JSON.stringify(obey(line, gadget))}\n`);
    if (rest.length > MOST_LINE) throw new Error('a command without an end');
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
