/**
 * Records one short segment on the real disk and has it acknowledged, for the test of the order of calls. Argument: an empty folder.
 */
import fs from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { mediaTime, wallMs } from '../../src/base/units.ts';
import { systemDisk } from '../../src/blobs/disk.ts';
import { acknowledge } from '../../src/sources/camera/segments/publish.ts';
import { TrackWriter } from '../../src/sources/camera/segments/track-writer.ts';

const libraryDir = process.argv[2];
if (libraryDir === undefined) throw new Error('which folder?');
let acknowledged: Promise<void> | undefined;
const writer = new TrackWriter({
  disk: systemDisk,
  clock: systemClock,
  log: silentLog,
  libraryDir,
  source: { id: '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60', folder: 'front-door' },
  track: 'main',
  library: null,
  token: 1,
  run: '0123456789abcdef',
  segmentMs: 60_000,
  fragmentMs: 1000,
  syncEveryMs: 5000,
  publish: 'link',
  onExtent: () => undefined,
  onFinished: (_report, spool) => {
    fs.writeFileSync(`${libraryDir}/report`, 'reported');
    acknowledged = acknowledge(systemDisk, spool);
  },
});
writer.start({
  video: {
    codec: 'h264',
    codecString: 'avc1.64001f',
    width: 16,
    height: 16,
    description: Buffer.from('0164001f', 'hex'),
  },
});
for (let index = 0; index < 40; index++) {
  const at = mediaTime(index * 9000);
  const data = [Buffer.alloc(5000, index)];
  const arrival = wallMs(1_795_284_300_000 + index * 100);
  writer.push({ kind: 'video', key: index % 10 === 0, data, size: 5000, pts: at, dts: at, arrival });
}
await writer.end('stop');
await acknowledged;
