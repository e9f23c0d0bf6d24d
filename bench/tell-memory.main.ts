/**
 * Loaded into the processes of a soak (`node --import`): on SIGUSR2 it collects all garbage and writes down what is left. Resident memory says
 * in minutes nothing of a leak: a heap settles for longer than that.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const folder = process.env.VIDETTE_TELL_MEMORY;
setFlagsFromString('--expose-gc');
// In a short run: code that was not called for some collections would go, and look like room for what leaks.
if (process.env.VIDETTE_KEEP_CODE !== undefined) setFlagsFromString('--no-flush-bytecode');
const collect = runInNewContext('gc') as () => void;

if (folder !== undefined)
  process.on('SIGUSR2', () => {
    // What a first round finds dead may have held other things by finalizers.
    for (let round = 0; round < 3; round++) collect();
    const { heapUsed, external } = process.memoryUsage();
    const path = join(folder, `${process.pid}.json`);
    writeFileSync(`${path}.new`, JSON.stringify({ bytes: heapUsed + external }));
    renameSync(`${path}.new`, path);
  });
