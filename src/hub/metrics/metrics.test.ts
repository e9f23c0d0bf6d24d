import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import type { TokenScope } from '../../contract/account.ts';
import type { CoverageSum } from '../../contract/outage.ts';
import type { Caller } from '../server/gate.ts';
import { createServer } from '../server/server.ts';
import { CameraCounts } from './counts.ts';
import { type MeasuredCamera, type MetricFacts, Metrics } from './metrics.ts';
import { countRequests, registerMetricRoutes } from './routes.ts';

const NOW = 1_700_000_000_000;
const door: MeasuredCamera = {
  id: 'door',
  name: 'Front "door"',
  enabled: true,
  state: {
    status: 'recording',
    since: new Date(NOW).toISOString(),
    reason: 'rtsp://somebody:secret@camera/',
    lastFrameAt: new Date(NOW - 20_000).toISOString(),
    fps: 15,
    bitrate: 3_000_000,
    alert: { since: new Date(NOW).toISOString(), reason: 'x' },
  },
  footageEnd: NOW - 1500,
  bytes: 5_000_000,
};

function facts(change: Partial<MetricFacts> = {}): MetricFacts {
  const today = new Map<string, CoverageSum>([
    ['door', { coveredMs: 90_000, missingMs: { frozen: 10_000 }, percent: 90 }],
  ]);
  return {
    version: '1.2.3',
    now: () => NOW,
    cameras: async () => [door, { ...door, id: 'shed', name: 'Shed', enabled: false }],
    pool: () => ({ recorders: 1, capacity: 64, loads: [{ id: 'r1', cameras: 1 }], enabled: 1, unheld: 0 }),
    counts: new CameraCounts(),
    today: () => today,
    jobs: async () => [{ type: 'render', state: 'waiting', count: 3 }],
    disk: () => ({ free: 100, total: 1000, floor: 50, paused: false }),
    libraryBytes: () => [{ library: 'library', bytes: 700 }],
    databaseUp: async () => true,
    viewers: () => 2,
    ...change,
  };
}

/** Names of the families in a text, without those of process and Node. */
const ours = (text: string): string[] =>
  [...text.matchAll(/^# TYPE (vidette_\w+) /gm)].map(([, name = '']) => name).sort();

test('docs/metrics.md names every metric, and no other', async () => {
  const page = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const described = [...page.matchAll(/^\| `(vidette_\w+)` \|/gm)].map(([, name = '']) => name);
  assert.deepEqual(ours(await new Metrics(facts()).text()), described.sort());
  const used = [...page.matchAll(/\b(vidette_\w+)\b/g)].map(([, name = '']) => name);
  for (const name of used) assert.ok(described.includes(name), `${name} is no metric`);
});

test('each camera has its figures, a disabled one has none, and nothing secret is in them', async () => {
  const counts = new CameraCounts();
  counts.segments([{ sourceId: 'door', frames: 900 }]);
  const lost = { id: 'o', sourceId: 'door', track: 'main', start: 0, end: null, cause: 'loss' as const };
  counts.outages([{ ...lost, frames: 3 }]);
  counts.outages([{ ...lost, frames: 5 }]);
  for (const run of ['a', 'a', 'b']) counts.extents([{ sourceId: 'door', track: 'main', run }]);
  const text = await new Metrics(facts({ counts })).text();
  for (const line of [
    'vidette_camera_last_frame_age_seconds{camera="Front \\"door\\""} 1.5',
    'vidette_camera_gap_seconds_today{camera="Front \\"door\\"",cause="frozen"} 10',
    'vidette_camera_coverage_today_percent{camera="Front \\"door\\""} 90',
    'vidette_camera_frames_stored_total{camera="Front \\"door\\""} 900',
    'vidette_camera_frames_lost_total{camera="Front \\"door\\""} 5',
    'vidette_camera_reconnects_total{camera="Front \\"door\\""} 1',
    'vidette_camera_alert{camera="Front \\"door\\""} 1',
    'vidette_cameras 2',
    'vidette_recorder_capacity 64',
    'vidette_jobs{type="render",state="waiting"} 3',
    'vidette_database_up 1',
    'vidette_live_viewers 2',
  ])
    assert.ok(text.includes(`${line}\n`), line);
  assert.doesNotMatch(text, /Shed|secret|rtsp:/);
});

test('without the database the last figures stay, and it says so; what is gone is gone', async () => {
  let up = true;
  let cameras = [door];
  const metrics = new Metrics(
    facts({
      databaseUp: async () => up,
      cameras: async () => {
        if (!up) throw new Error('the database is away');
        return cameras;
      },
    }),
  );
  await metrics.text();
  up = false;
  const text = await metrics.text();
  assert.match(text, /^vidette_database_up 0$/m);
  assert.match(text, /^vidette_camera_stored_bytes\{camera="Front \\"door\\""\} 5000000$/m);
  up = true;
  cameras = [];
  assert.doesNotMatch(await metrics.text(), /Front/);
});

test('who may read the metrics, and how the probes answer', async () => {
  for (const openMetrics of [false, true]) {
    let caller: Caller = { kind: 'nobody' };
    let database = true;
    const metrics = new Metrics(facts());
    const server = await createServer({
      settings: { url: undefined, host: '127.0.0.1', port: 0, trustProxy: false, tls: undefined, openMetrics },
      log: silentLog,
      gate: { identify: async () => caller },
      version: '1.2.3',
      webDist: tmpdir(),
    });
    countRequests(server.app, () => metrics);
    registerMetricRoutes(server.app, { metrics, version: '1.2.3', database: async () => database });
    const { url } = await server.listen();
    const status = async (path: string): Promise<number> => {
      const answer = await fetch(url + path);
      await answer.body?.cancel();
      return answer.status;
    };
    const program = (scope: TokenScope): Caller => ({ kind: 'token', token: { id: 't', name: scope, scope } });
    try {
      assert.equal(await status('/metrics'), openMetrics ? 200 : 401);
      for (const scope of ['metrics', 'api'] as const) {
        caller = program(scope);
        assert.equal(await status('/metrics'), 200);
      }
      caller = program('api-read');
      assert.equal(await status('/metrics'), openMetrics ? 200 : 403);
      assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 200]);
      database = false;
      assert.deepEqual([await status('/healthz'), await status('/readyz')], [200, 503]);
      const text = await (await fetch(`${url}/readyz/../nothing-${'x'.repeat(50)}`)).text();
      assert.ok(text.length > 0);
      caller = program('metrics');
      const figures = await (await fetch(`${url}/metrics`)).text();
      assert.match(
        figures,
        /vidette_http_request_duration_seconds_count\{method="GET",route="\/readyz",status="5xx"\} 1/,
      );
      assert.doesNotMatch(figures, /nothing-xxx/, 'a path that somebody made up is no label');
    } finally {
      await server.close();
    }
  }
});
