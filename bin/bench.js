/**
 * `npm run bench`: figures beside a peer or a floor in the same run. `npm run bench -- size` or `-- recorder` runs one. `npm run soak`: twenty kills of each process; `npm run soak -- cameras`: half an hour of random faults (`--minutes=3` for less).
 */
import { checkMachine, ensureInstalled, ensurePage, step } from './bootstrap.js';

checkMachine();
ensureInstalled('all');
ensurePage();

const benches = {
  size: ['30 size targets', ['bench/size.ts']],
  recorder: ['16 cameras against 16 × ffmpeg -c copy', ['bench/recorder.ts']],
  cameras: ['64 cameras in a whole Vidette against 64 × ffmpeg -c copy', ['bench/cameras.ts']],
  export: ['an hour of footage as one MP4, against cp', ['bench/export.ts']],
  faults: ['everything that can go wrong, against ffmpeg -c copy', ['bench/faults.ts']],
  openpilot: ['clips of drives against ffmpeg without an overlay, and ten minutes of one', ['bench/openpilot.ts']],
  latest: ['the newest picture: cost, time, age, and a file that is never torn', ['bench/latest.ts']],
  index: ['100 cameras for a year: timelines, seeks, retention', ['bench/index.ts']],
  'openpilot-log': ['reading logs of openpilot against capnp-es', ['bench/openpilot-log.ts']],
  'osu-judge': ['real osu! replays judged against what the game counted', ['bench/osu-judge.ts']],
  'osu-fuzz': ['10,000 damaged files of each kind that a replay is made of', ['bench/osu-fuzz.ts']],
  pool: ['30 cameras on recorders that are killed, paused and joined by others', ['bench/pool.ts']],
  scene: ['drawing a drive, against reading back the same pixels', ['bench/scene.ts']],
  dashcam: [
    'drives of a dash cam: a scan of 64 GiB, 10,000 damaged images, a harvest against cp, sync and sha256sum',
    ['bench/dashcam.ts', 'bench/dashcam-harvest.ts'],
  ],
  'dashcam-clip': ['clips of a car’s cameras against ffmpeg without a bar', ['bench/dashcam-clip.ts']],
  car: ['a car that loses its power every five minutes, for two hours and 20 seeds', ['bench/dashcam-car.ts']],
  'drive-memory': [
    'memory of the drive in the car, with 4,000 clips, and after years',
    ['bench/drive-memory.ts', 'bench/drive-years.ts'],
  ],
  osu: ['a replay drawn and coded, against coding its frames alone', ['bench/osu.ts']],
  'osu-size': ['replays within a size: bytes, and how often chunks are coded', ['bench/osu-size.ts']],
  'osu-formats': ['a replay in all sizes and rates, as a finished file', ['bench/osu-formats.ts']],
  'osu-kills': ['a replay whose render is killed twenty times', ['bench/osu-kills.ts']],
  rtsp: ['reading RTSP against ffmpeg, and the test camera itself', ['bench/rtsp.ts']],
};
/** Takes half an hour and 40 GB of disk: only by name. */
const large = new Set(['index']);
const asked = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const options = process.argv.slice(2).filter((arg) => arg.startsWith('-'));

if (asked.includes('soak') && asked.includes('cameras')) {
  step('16 cameras while everything goes wrong: what grows', ['bench/soak.ts', ...options]);
} else if (asked.includes('soak')) {
  const env = { ...process.env, VIDETTE_KILLS: process.env.VIDETTE_KILLS ?? '20' };
  step(
    `${env.VIDETTE_KILLS} kills each of recorder, hub, PostgreSQL and everything`,
    ['--test', '--test-timeout=1800000', 'test/faults/kills.test.ts'],
    { env },
  );
} else {
  for (const [name, [title, args]] of Object.entries(benches))
    if ((asked.length === 0 && !large.has(name)) || asked.includes(name)) step(title, [...args, ...options]);
}
