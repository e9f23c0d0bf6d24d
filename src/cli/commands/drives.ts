/** Commands about drives of openpilot in a hub. Each is loaded only when it is asked for. */
import type { Command } from 'commander';
import { examples, positive, wholeNumber } from './values.ts';

export function addDrives(program: Command): void {
  const drives = program
    .command('drives')
    .description('The openpilot drives of a hub: list, add accounts and folders, clip the latest bookmark');
  drives
    .command('list', { isDefault: true })
    .description('The newest drives')
    .option('--source <name>', 'only those of one account or folder')
    .option('--limit <drives>', 'so many', wholeNumber, 30)
    .option('--json', 'for programs')
    .action(async (options) => (await import('../drives.ts')).listDrives(options));
  drives
    .command('sources')
    .description('Accounts and folders, and how looking for drives goes')
    .option('--json', 'for programs')
    .action(async (options) => (await import('../drives.ts')).listDriveSources(options));
  drives
    .command('add')
    .description('Add a folder of the hub’s machine, or an account: comma, konik, asius or the address of an API')
    .argument('<name>')
    .argument('<folder|server>')
    .option('--token-file <file>', 'its first line is the token; or VIDETTE_COMMA_TOKEN, or vidette login comma')
    .option('--device <dongle...>', 'only the drives of these devices')
    .option('--clip-bookmarks', 'make a clip of each new bookmark')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples("vidette drives add 'My car' /srv/realdata", 'VIDETTE_COMMA_TOKEN=… vidette drives add Account comma'),
    )
    .action(async (name, where, options) => (await import('../drives.ts')).addDriveSource(name, where, options));
  drives
    .command('remove')
    .description('Forget an account or a folder; no file is touched')
    .argument('<name>')
    .action(async (name) => (await import('../drives.ts')).removeDriveSource(name));
  drives
    .command('look')
    .description('Look for new drives now')
    .argument('<name>', 'of the account or folder')
    .option('--json', 'for programs')
    .action(async (name, options) => (await import('../drives.ts')).lookForDrives(name, options));
  drives
    .command('clip-bookmark')
    .description('Make a clip of the latest bookmark, and bring it here')
    .option('--source <name>', 'of one account or folder')
    .option('--before <seconds>', 'before the button was pressed; 30 unless the source says otherwise', wholeNumber)
    .option('--after <seconds>', 'after it; 15', wholeNumber)
    .option('--mode <mode>', 'ui, forward, wide, driver, stacked, pip or 360')
    .option('-m, --max <MB>', 'never larger than this many MB (of 1,000,000 bytes)', positive)
    .option('-o, --out <file>', 'where to; by default a name that says source and time')
    .option('--force', 'overwrite')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples('vidette drives clip-bookmark -m 8', 'vidette drives clip-bookmark --before 60 -o near-miss.mp4'),
    )
    .action(async (options) => (await import('../drives.ts')).clipBookmark(options));
}
