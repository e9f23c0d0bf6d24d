/** Pushes a spool to a hub until it has everything, and says so; it may be killed at any moment. Arguments: spool, state file, hub. */
import { silentLog } from '../../src/base/log.ts';
import { startPusher } from './pushing.ts';

const [root = '', stateFile = '', url = '', token = ''] = process.argv.slice(2);
const pushing = await startPusher({ root, stateFile, url, log: silentLog, ...(token === '' ? {} : { token }) });
await pushing.until(({ state, files }) => state === 'idle' && files === 0);
await pushing.stop();
process.stdout.write('everything\n');
