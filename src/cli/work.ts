/**
 * `vidette work`: a worker for a hub on another machine.
 */
import { resolve } from 'node:path';
import { runWorker } from '../jobs/worker.ts';
import { hubAddress, identityIn, tokenFromEnvironment } from './record.ts';
import { say, untilAsked } from './terminal.ts';

export async function work(options: { hub: string; scratch: string }): Promise<void> {
  const folder = resolve(options.scratch);
  say(`Rendering for ${options.hub}. Ctrl-C stops it.`);
  await runWorker(
    {
      hub: hubAddress(options.hub),
      token: tokenFromEnvironment('worker'),
      id: identityIn(folder),
      scratchDir: folder,
      logFile: null,
    },
    untilAsked(),
  );
}
