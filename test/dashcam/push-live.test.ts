/** Near real time: a finished minute is at the hub within 90 s of its end, on a simulated clock and a good link, also behind a backlog. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  chain,
  type LineOf,
  type ManifestLine,
  NOTHING_BEFORE,
} from '../../src/sources/dashcam/harvest/manifest-line.ts';
import type { HubLine } from '../../src/sources/dashcam/push/hub-line.ts';
import { SpoolIndex } from '../../src/sources/dashcam/role/spool-index.ts';
import { CAMERAS } from './car.ts';
import { startPusher } from './pushing.ts';
import { VirtualTime } from './virtual-time.ts';

const START = Date.parse('2026-03-02T01:00:00Z');
/** HW4, bytes a minute; and what a good link carries in a second. */
const SIZES = [78e6, 38e6, 38e6, 38e6, 38e6, 38e6];
const LINK = 10e6;
/** From the end of a minute until the harvest has it: two looks 20 s apart, each 10 s, and the copy. */
const HARVEST = 45_000;
const MINUTES = 40;
const CUT = { from: START + 20 * 60_000, to: START + 24 * 60_000 };

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
function fileLine(start: number, camera: number, at: number): LineOf<'file'> {
  const track = CAMERAS[camera] ?? 'front';
  const local = new Date(start - 8 * 3_600_000).toISOString().slice(0, 19);
  const name = `${local.replace('T', '_').replaceAll(':', '-')}-${track}.mp4`;
  return {
    kind: 'file',
    at: new Date(at).toISOString(),
    key: `car/${track}/${start}.mp4`,
    sha256: hashOf(`${start}/${camera}`),
    bytes: SIZES[camera] ?? 0,
    track,
    start: new Date(start).toISOString(),
    startBy: 'video',
    local,
    zone: -480,
    seconds: 60,
    complete: true,
    encrypted: false,
    ring: 'recent',
    event: null,
    role: 'clip',
    from: { drive: 'cam', path: `TeslaCam/RecentClips/${name}`, print: 'x', state: 'whole', found: 'entry' },
  };
}

test('a finished minute is at the hub within 90 s of its end', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vidette-live-'));
  try {
    await mkdir(join(root, 'car'));
    const manifest = join(root, 'car', 'manifest.jsonl');
    let head = NOTHING_BEFORE;
    const append = async (lines: readonly ManifestLine[]): Promise<void> => {
      const chained = chain(head, lines);
      head = chained.head;
      await appendFile(manifest, chained.text);
    };
    await append([
      { kind: 'manifest', version: 1, library: hashOf('library'), source: 'car', at: new Date(START).toISOString() },
    ]);
    // A day away from home: an hour of minutes that the hub has not got.
    for (let minute = 60; minute > 0; minute -= 1)
      await append(CAMERAS.map((_, camera) => fileLine(START - 86_400_000 + minute * 60_000, camera, START)));

    const time = new VirtualTime(START);
    const whole = new Map<string, number>();
    const recorded = new Map<string, number>();
    const away = (): boolean => time.now >= CUT.from && time.now < CUT.to;
    const car = 'b3c7a6c2-6f0a-4c8e-9d8e-0f9f3a0a7e11';
    const hub: HubLine = {
      hello: async () => {
        await time.wait(50);
        if (away()) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
        return { car, name: 'car', partBytes: 8 << 20, lines: 64, accepts: true };
      },
      missing: async (_car, files) => {
        await time.wait(50);
        return files
          .map(({ sha256 }) => ({ sha256, received: whole.get(sha256) ?? 0 }))
          .filter(({ sha256, received }) => received < (files.find((one) => one.sha256 === sha256)?.bytes ?? 0));
      },
      part: async (_car, { sha256, offset, length }, take) => {
        await take(length);
        await time.wait((length / LINK) * 1000 + 20);
        if (away()) throw new Error('away');
        whole.set(sha256, offset + length);
        return offset + length;
      },
      record: async (_car, lines) => {
        await time.wait(200);
        for (const line of lines) if (line.kind === 'file') recorded.set(line.sha256, time.now);
        return { recorded: lines.length, refused: [] };
      },
    };
    const index = new SpoolIndex({ root, source: 'car' });
    const pushing = await startPusher({
      root,
      index,
      hub,
      url: 'http://hub.test',
      stateFile: join(root, 'push.json'),
      over: { clock: time.clock, wait: time.wait, random: () => 0.5 },
    });
    // The car, and the harvest behind it.
    let driving = true;
    const drive = (async () => {
      for (let minute = 0; minute < MINUTES; minute += 1) {
        const start = START + minute * 60_000;
        await time.wait(start + 60_000 + HARVEST - time.now);
        await append(CAMERAS.map((_, camera) => fileLine(start, camera, time.now)));
        pushing.pusher.poke();
      }
      driving = false;
    })();
    await time.run(START + (MINUTES + 60) * 60_000, () => time.waiting >= (driving ? 2 : 1));
    await drive;
    let stopped = false;
    const stopping = pushing.stop().then(() => {
      stopped = true;
    });
    while (!stopped) await time.run(time.now + 1000, () => stopped || time.waiting > 0);
    await stopping;

    const late: string[] = [];
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const end = START + (minute + 1) * 60_000;
      // While the link is away nothing can come.
      const cut = end + 90_000 >= CUT.from && end + HARVEST < CUT.to;
      for (const camera of CAMERAS.keys()) {
        const at = recorded.get(hashOf(`${end - 60_000}/${camera}`)) ?? Number.POSITIVE_INFINITY;
        if (!cut && at > end + 90_000) late.push(`minute ${minute}, camera ${camera}: ${(at - end) / 1000} s`);
      }
    }
    assert.deepEqual(late, []);
    assert.equal(recorded.size, (MINUTES + 60) * CAMERAS.length, 'and in the end everything has come');
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
