/**
 * Bar 3: 30 cameras on four recorder processes; two are killed, one is paused for 30 s, two come. On the embedded PostgreSQL and on a server.
 *
 * usage: node bench/pool.ts [--cameras 30] [--pause 30] [--only embedded|server]
 */
import { parseArgs } from 'node:util';
import { type DramaResult, play, table } from '../test/pool/drama.ts';
import { debianBinaries, startDebianPostgres } from '../test/postgres/debian.ts';

const { values } = parseArgs({
  options: { cameras: { type: 'string' }, pause: { type: 'string' }, only: { type: 'string' } },
});
const cameras = Number(values.cameras ?? 30);
const pauseMs = Number(values.pause ?? 30) * 1000;
const say = (line: string): void => console.log(`  ${line}`);
const LONGEST_MS = 5000;

function judge(name: string, result: DramaResult): boolean {
  console.log(`${name}:`);
  for (const line of table(result)) say(line);
  const slow = result.takeOvers.filter(({ gapMs }) => !(gapMs <= LONGEST_MS));
  for (const { camera, event, gapMs } of slow) say(`MISSED: ${camera} ${event}: ${gapMs} ms`);
  for (const line of [...result.shownTwice, ...result.lateShown, ...result.missing]) say(`MISSED: ${line}`);
  return slow.length + result.shownTwice.length + result.lateShown.length + result.missing.length === 0;
}

let good = true;
if (values.only !== 'server')
  good = judge('embedded PostgreSQL', await play({ cameras, pauseMs, readBack: cameras, say })) && good;
if (values.only !== 'embedded') {
  if (debianBinaries() === undefined) say('Not run on a PostgreSQL server: Debian’s is not installed.');
  else {
    const server = await startDebianPostgres();
    try {
      good =
        judge('PostgreSQL 15 server', await play({ cameras, pauseMs, readBack: cameras, say, database: server.url })) &&
        good;
    } finally {
      await server.stop();
    }
  }
}
process.exitCode = good ? 0 : 1;
