/** Commands that run Vidette and look after it. Each is loaded only when it is asked for. */
import type { Command } from 'commander';
import { examples, wholeNumber } from './values.ts';

export function addRunning(program: Command): void {
  program
    .command('serve')
    .description('Start the hub, with a recorder and a worker on this machine')
    .option('--camera <address...>', 'record this camera too, e.g. rtsp://192.0.2.10/stream1')
    .option('--no-demo', 'do not make the demo camera')
    .addHelpText(
      'after',
      examples(
        'vidette serve',
        'vidette serve --camera rtsp://192.0.2.10:554/stream1',
        'VIDETTE_HOST=0.0.0.0 vidette serve',
      ),
    )
    .action(async (options) => (await import('../serve.ts')).serve(options));

  program
    .command('record')
    .description('Record for a hub on another machine; its token is read from VIDETTE_TOKEN')
    .requiredOption('--hub <address>', 'where the hub is')
    .option('--spool <folder>', 'where footage waits until the hub has it', './data/recorder')
    .option('--capacity <cameras>', 'most cameras to hold', wholeNumber, 64)
    .addHelpText('after', examples('VIDETTE_TOKEN=… vidette record --hub https://cameras.example.org'))
    .action(async (options) => (await import('../record.ts')).record(options));

  program
    .command('work')
    .description('Render clips for a hub on another machine; its token is read from VIDETTE_TOKEN')
    .requiredOption('--hub <address>', 'where the hub is')
    .option('--scratch <folder>', 'where work in progress lies', './data/worker')
    .addHelpText('after', examples('VIDETTE_TOKEN=… vidette work --hub https://cameras.example.org'))
    .action(async (options) => (await import('../work.ts')).work(options));

  program
    .command('login')
    .description('Print a new sign-in link for the hub on this machine; or sign in at a server that has your drives')
    .argument('[account]', 'comma, konik or asius: asks for your token there, checks it and stores it for you alone')
    .option('--role <role>', 'of the link: admin or viewer', 'admin')
    .option('--server <address>', 'of the account: another API of comma’s shape, e.g. https://api.example.org')
    .option('--token-file <file>', 'of the account: its first line is the token')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples(
        'vidette login',
        'vidette login --role viewer',
        'vidette login comma',
        'vidette login comma --server https://api.example.org < token.txt',
      ),
    )
    .action(async (account, options) =>
      account === undefined
        ? (await import('../login.ts')).login(options)
        : (await import('../login-comma.ts')).loginComma(account, options),
    );

  program
    .command('logout')
    .description('Remove the stored token of a server that has your drives')
    .argument('<account>', 'comma, konik or asius')
    .option('--server <address>', 'another API of comma’s shape')
    .addHelpText('after', examples('vidette logout comma'))
    .action(async (account, options) => (await import('../login-comma.ts')).logoutComma(account, options));

  program
    .command('stats')
    .description('Everything at a glance: health, cameras, coverage, storage and how long it lasts')
    .option('--json', 'for programs')
    .addHelpText('after', examples('vidette stats', 'vidette stats --json | jq .storage.daysLeft'))
    .action(async (options) => (await import('../stats.ts')).stats(options));

  program
    .command('index')
    .description('Rebuild the catalog from the files of the library; the hub must not be running')
    .option('--verify', 'read every byte and compare its SHA-256')
    .option('--json', 'for programs')
    .addHelpText('after', examples('vidette index', 'vidette index --verify'))
    .action(async (options) => (await import('../index-library.ts')).indexLibrary(options));

  program
    .command('doctor')
    .description('Check this machine, the data folder and the hub, and say what to do about what is wrong')
    .option('--json', 'for programs')
    .addHelpText('after', examples('vidette doctor'))
    .action(async (options) => (await import('../doctor.ts')).doctor(options));
}
