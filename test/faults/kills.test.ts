/**
 * `kill -9` of the recorder alone, the hub alone, PostgreSQL alone, and everything at once, while two cameras are recorded whose frames are numbered.
 * VIDETTE_KILLS says how often each (3 here; `npm run soak` asks for 20).
 */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from 'mediabunny';
import { silentLog } from '../../src/base/log.ts';
import { systemDisk } from '../../src/blobs/disk.ts';
import { openCatalog } from '../../src/catalog/connection.ts';
import type { Client } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { startPostgres } from '../../src/hub/postgres/server.ts';
import { readIndex, sha256Of } from '../../src/sources/camera/segments/file-reader.ts';
import { startTestCamera, type TestCamera } from '../rtsp/camera.ts';
import { type FrameMark, readFrameMark } from '../rtsp/frame-number.ts';
import { freePort } from '../system/free-port.ts';
import { allProcessesOf, type Role, type System, startVidette, untilFound } from '../system/vidette.ts';
import { filesBelow } from './library.ts';

const KILLS = Number(process.env.VIDETTE_KILLS ?? 3);
const CAMERAS = 2;
/** A fragment is at most one second; what is read but not yet written when the process dies is lost with it. */
const FRAGMENT_MS = 1000;
/** Time between the camera's timer and the recorder's hands, and for a write to be done. */
const TRANSIT_MS = 400;

interface Kill {
  readonly what: 'recorder' | 'hub' | 'postgres' | 'everything';
  /** UTC ms of the signal. */
  readonly at: number;
  /** When footage grew and the catalog answered again. */
  readonly back: number;
}

interface Row {
  readonly key: string;
  readonly sha256: string;
  readonly state: string;
  readonly shown_from: number;
  readonly shown_to: number;
  readonly track_id: number;
}

describe(`${KILLS} kills each of recorder, hub, PostgreSQL and everything at once, while recording`, () => {
  let camera: TestCamera;
  let system: System;
  let api: Client;
  const kills: Kill[] = [];
  /** Segments that the hub has acknowledged, with their hash then. */
  const acknowledged = new Map<string, string>();
  let rows: readonly Row[] = [];

  before(async () => {
    camera = await startTestCamera({ fixture: 'h264-360p', cameras: CAMERAS, stagger: true });
    system = await startVidette({
      port: await freePort(),
      env: { VIDETTE_SEGMENT_SECONDS: '5', VIDETTE_FLOOR_BYTES: '1000000' },
    });
    api = await system.api();
    for (let number = 0; number < CAMERAS; number++)
      await api.call(routes.createCamera, { body: { name: `cam${number}`, url: camera.url(number) } });
    await recording(await pulse());
  });
  after(async () => {
    await system?.[Symbol.asyncDispose]();
    await camera?.close();
  });

  for (const what of ['recorder', 'hub', 'postgres', 'everything'] as const)
    test(`${what}: killed ${KILLS} times, recording again by itself each time`, async () => {
      for (let number = 0; number < KILLS; number++) {
        // A different moment of fragment, segment and heartbeat each time.
        await sleep(800 + ((number * 377) % 2000));
        await noteAcknowledged();
        const before = await pulse();
        const at = Date.now();
        await kill(what);
        const back = await recording(before, what);
        kills.push({ what, at, back });
      }
      const seconds = kills.filter((kill) => kill.what === what).map((kill) => (kill.back - kill.at) / 1000);
      process.stdout.write(`${what}: back after ${seconds.map((value) => value.toFixed(1)).join(', ')} s\n`);
    });

  test('every gap has its cause: the recorder’s death, or that nothing ran', async () => {
    const from = new Date((kills[0]?.at ?? 0) - 1000).toISOString();
    for (let number = 0; number < CAMERAS; number++) {
      const params = { id: `cam${number}` };
      const { gaps } = await untilFound(async () => {
        const query = { from, to: new Date().toISOString() };
        const answer = await api.call(routes.gaps, { params, query });
        return answer.gaps.some(({ cause }) => cause === 'unknown') ? undefined : answer;
      }, 20_000);
      const causes = new Set(gaps.map(({ cause }) => cause));
      assert.ok(causes.has('recorder'), 'a killed recorder leaves a gap');
      assert.deepEqual(
        [...causes].filter((cause) => cause !== 'recorder' && cause !== 'no-recorder'),
        [],
      );
      const coverage = await api.call(routes.coverage, { params, query: { from, to: new Date().toISOString() } });
      assert.ok((coverage.total.missingMs.recorder ?? 0) > 0 && (coverage.total.percent ?? 100) < 100);
      // Whatever was killed is back within this, and the first picture needs a key frame.
      for (const { start, end } of gaps) assert.ok(Date.parse(end) - Date.parse(start) < 30_000, `${start} to ${end}`);
    }
  });

  test('the figures say the same', async () => {
    const stats = await api.call(routes.stats, {});
    assert.deepEqual([stats.cameras.total, stats.cameras.recording, stats.recorders.count], [CAMERAS, CAMERAS, 1]);
    assert.equal(stats.orphaned.cameras, 0);
    assert.ok((stats.coverage.today.missingMs.recorder ?? 0) > 0);
    assert.equal((await fetch(`${system.url}/metrics`)).status, 401);
    const headers = { authorization: `Bearer ${await system.token()}` };
    const text = await (await fetch(`${system.url}/metrics`, { headers })).text();
    assert.match(text, /^vidette_camera_gap_seconds_today\{camera="cam0",cause="recorder"\} [1-9]/m);
    assert.match(text, /^vidette_cameras_recording 2$/m);
    assert.equal((await fetch(`${system.url}/readyz`)).status, 200);
  });

  test('invariants 2 and 6: nothing acknowledged is lost; every row has its file and every file its row, whole and with its hash', async () => {
    await sleep(1500);
    await noteAcknowledged();
    await system.stop();
    rows = await readRows(join(system.data, 'postgres'));
    const library = join(system.data, 'library');
    const files = (await filesBelow(library)).filter((name) => !name.startsWith('spool/') && name.endsWith('.mp4'));
    const byKey = new Map(rows.map((row) => [row.key, row]));
    for (const [key, hash] of acknowledged) assert.equal(byKey.get(key)?.sha256, hash, `${key} was acknowledged`);
    assert.deepEqual(
      files.filter((key) => !byKey.has(key)),
      [],
      'files without a row',
    );
    for (const row of rows) {
      assert.equal(await sha256Of(systemDisk, join(library, row.key)), row.sha256, row.key);
      assert.equal((await readIndex(systemDisk, join(library, row.key))).complete, true, `${row.key} has its index`);
    }
    const waiting = (await filesBelow(join(library, 'spool'))).filter((name) => name.endsWith('.part'));
    assert.deepEqual(waiting, [], 'nothing waits in the spool after an orderly stop');
    process.stdout.write(
      `${acknowledged.size} segments acknowledged before a kill, ${rows.length} rows, ${files.length} files\n`,
    );
  });

  test('invariant 5: no moment is published twice', () => {
    for (const track of new Set(rows.map((row) => row.track_id))) {
      const shown = rows
        .filter((row) => row.track_id === track && row.state === 'published')
        .sort((a, b) => a.shown_from - b.shown_from);
      for (const [index, row] of shown.entries()) {
        const next = shown[index + 1];
        if (next)
          assert.ok(
            row.shown_to <= next.shown_from,
            `${row.key} and ${next.key} overlap by ${row.shown_to - next.shown_from} ms`,
          );
      }
    }
  });

  test('invariant 6: a frame is missing only around a kill of the recorder; of what it had read at most one fragment is lost', async () => {
    const deaths = kills.filter((kill) => kill.what === 'recorder' || kill.what === 'everything');
    let missing = 0;
    let gaps = 0;
    for (let number = 0; number < CAMERAS; number++) {
      const marks = await framesOf(`cam${number}`);
      for (const [index, mark] of marks.entries()) {
        const next = marks[index + 1];
        if (!next) continue;
        const step = Number(next.number - mark.number);
        assert.notEqual(step, 0, `frame ${mark.number} stands twice in published footage`);
        if (step === 1) continue;
        gaps++;
        missing += step - 1;
        const death = deaths.find((kill) => kill.at >= mark.wallMs - TRANSIT_MS && kill.at <= next.wallMs);
        assert.ok(
          death,
          `frames ${mark.number + 1n}–${next.number - 1n} of camera ${number} are missing although the recorder lived`,
        );
        const lostBefore = death.at - mark.wallMs;
        assert.ok(
          lostBefore <= FRAGMENT_MS + TRANSIT_MS,
          `${lostBefore} ms before the kill are lost: more than one fragment`,
        );
      }
    }
    assert.ok(gaps <= deaths.length * CAMERAS);
    process.stdout.write(
      `${gaps} gaps, ${missing} frames, all at a death of the recorder (${deaths.length} deaths, ${CAMERAS} cameras); none at the ${kills.length - deaths.length} kills of hub and PostgreSQL\n`,
    );
  });

  async function kill(what: Kill['what']): Promise<void> {
    const pids = await system.pids();
    const roles: Role[] = what === 'everything' ? ['hub', 'recorder', 'worker', 'postgres'] : [what];
    const targets = roles.flatMap((role) => pids[role] ?? []);
    assert.equal(targets.length, roles.length, `${what} is running: ${JSON.stringify(pids)}`);
    for (const pid of what === 'everything' ? await allProcessesOf(targets) : targets) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
  }

  /** How much has been recorded of each camera, as the hub says. */
  async function pulse(): Promise<readonly string[]> {
    const cameras = await api.call(routes.listCameras, {});
    return cameras.map((one) => one.footage.to ?? '');
  }

  /** Waits until every camera's footage has grown, the catalog answers and the killed process is another one. */
  async function recording(since: readonly string[], what?: string): Promise<number> {
    return untilFound(
      async () => {
        try {
          const health = await api.call(routes.health, {});
          const now = await pulse();
          const grown = now.length === CAMERAS && now.every((to, index) => to > (since[index] ?? ''));
          const cameras = await api.call(routes.listCameras, {});
          return health.database === 'ok' && grown && cameras.every((one) => one.state.status === 'recording')
            ? Date.now()
            : undefined;
        } catch (error) {
          // The hub is away, as it should be.
          if (error instanceof Error && (error.name === 'Unavailable' || error.name === 'UserError')) return undefined;
          throw error;
        }
      },
      60_000,
      () =>
        assert.equal(
          system.supervisor.exitCode,
          null,
          `the supervisor has ended (${what}): ${system.output().slice(-2000)}`,
        ),
    ).catch((error: unknown) => {
      throw new Error(`not recording again after a kill of ${what}; it said:\n${system.output().slice(-3000)}`, {
        cause: error,
      });
    });
  }

  /** A published file whose spool entry is gone has been acknowledged. */
  async function noteAcknowledged(): Promise<void> {
    const library = join(system.data, 'library');
    for (const key of await filesBelow(library)) {
      if (!key.endsWith('.mp4') || key.startsWith('spool/') || acknowledged.has(key)) continue;
      if ((await stat(join(library, key))).nlink > 1) continue;
      acknowledged.set(key, await sha256Of(systemDisk, join(library, key)));
    }
  }

  async function framesOf(folder: string): Promise<FrameMark[]> {
    const marks: FrameMark[] = [];
    const published = rows
      .filter((row) => row.state === 'published' && row.key.startsWith(`${folder}/`))
      .sort((a, b) => a.shown_from - b.shown_from);
    for (const row of published) {
      const input = new Input({
        source: new FilePathSource(join(system.data, 'library', row.key)),
        formats: ALL_FORMATS,
      });
      try {
        const track = await input.getPrimaryVideoTrack();
        assert.ok(track, row.key);
        for await (const packet of new EncodedPacketSink(track).packets()) {
          const mark = readFrameMark('h264', packet.data);
          assert.ok(mark, `${row.key}: a frame without its number`);
          marks.push(mark);
        }
      } finally {
        input.dispose();
      }
    }
    return marks;
  }
});

/** What the catalog says, read from the stopped system's own database. */
async function readRows(dataDir: string): Promise<readonly Row[]> {
  const server = await startPostgres({ dataDir, log: silentLog, logFile: join(dataDir, 'test.log') });
  try {
    await using catalog = openCatalog({ connection: server.url, log: silentLog });
    const found =
      await sql<Row>`select key, encode(sha256, 'hex') as sha256, state, shown_from, shown_to, track_id from segments`.execute(
        catalog.db,
      );
    return found.rows;
  } finally {
    await server.stop();
  }
}
