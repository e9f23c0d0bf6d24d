/**
 * Two hours of a car that loses its power every five minutes, for 20 seeds, both file systems, both modes: bar 5 of the dash cam. Simulated time, as many
 * processes as there are processors. Fails when a finished minute is missing, or there twice.
 *
 * usage: node bench/dashcam-car.ts [--seeds 20] [--minutes 120] [--from 1]
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeRun, type RunOptions, type RunResult, runDrive } from '../test/dashcam/driven/drive-run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '120' },
    from: { type: 'string', default: '1' },
    /** One run, in this process: what the others are started with. */
    one: { type: 'string' },
  },
});

const isBad = ({ missing, twice, wrong, unsound, lostAtSwap }: RunResult): boolean =>
  missing.length + twice.length + wrong.length + unsound.length + lostAtSwap > 0;

if (values.one !== undefined) {
  const options: RunOptions = JSON.parse(values.one);
  const result = await runDrive(options);
  console.log(describeRun(options, result));
  console.log(JSON.stringify(result));
  process.exitCode = isBad(result) ? 1 : 0;
} else {
  const runs: RunOptions[] = [];
  for (let seed = Number(values.from); seed < Number(values.from) + Number(values.seeds); seed += 1)
    for (const format of ['exfat', 'fat32'] as const)
      for (const mode of ['live', 'swap'] as const) runs.push({ seed, format, mode, minutes: Number(values.minutes) });
  const began = performance.now();
  const results: { readonly options: RunOptions; readonly result: RunResult }[] = [];
  const waiting = [...runs];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let options = waiting.shift(); options; options = waiting.shift()) {
        const result = await inProcess(options);
        console.log(describeRun(options, result));
        results.push({ options, result });
      }
    }),
  );
  const sum = (of: (result: RunResult) => number): number =>
    results.reduce((total, { result }) => total + of(result), 0);
  console.log(
    `${results.length} runs of ${values.minutes} minutes in ${((performance.now() - began) / 1000).toFixed(0)} s: ${sum(({ closed }) => closed)} clips, ${sum(({ due }) => due)} finished, ${sum(({ missing }) => missing.length)} missing, ${sum(({ twice }) => twice.length)} twice, ${sum(({ wrong }) => wrong.length)} wrong, ${sum(({ unsound }) => unsound.length)} unsound, ${sum(({ later }) => later.length)} damaged later versions beside good ones; ${sum(({ cuts }) => cuts)} power cuts, ${sum(({ swaps }) => swaps)} swaps with ${sum(({ lostAtSwap }) => lostAtSwap)} clips lost; ${sum(({ unflushed }) => unflushed)} clips were not flushed when the power went; slowest in live ${Math.max(...results.filter(({ options }) => options.mode === 'live').map(({ result }) => result.slowest)) / 1000} s`,
  );
  process.exitCode = results.some(({ result }) => isBad(result)) ? 1 : 0;
}

function inProcess(options: RunOptions): Promise<RunResult> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--one', JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const line = out.trim().split('\n').at(-1) ?? '';
      if (!line.startsWith('{')) reject(new Error(`${JSON.stringify(options)} ended with ${code}`));
      else resolve(JSON.parse(line));
    });
  });
}
