import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseFiles } from '../choose-files.ts';
import { holdingOf, minuteCount } from '../holding.ts';
import { apiServer } from './server.ts';
import { Coords, Devices, Events, FileLists, Me, RouteInfo, RouteList } from './shapes.ts';
import { goodUntil, signedFiles } from './signed-files.ts';

const COMMA = apiServer('comma');
/** As comma and asius send it, with what each of them says otherwise. */
const ROUTE = {
  fullname: 'a2a0ccea32023010|2023-07-27--13-01-19',
  url: 'https://store.example.org/a/b',
  maxqlog: 12,
  segment_numbers: [0, 1, 2],
  start_time_utc_millis: 1690488081496,
  start_time: '2023-07-27T20:01:21.496',
  end_time: null,
  is_public: true,
  length: 3.2,
  start_lat: 0,
  start_lng: 0,
};

test('times, minutes and places as every server writes them', () => {
  const info = RouteInfo.parse(ROUTE);
  assert.deepEqual(
    [info.dongle, info.logId, info.minutes, info.start, info.end],
    ['a2a0ccea32023010', '2023-07-27--13-01-19', 13, 1690488081496, null],
  );
  assert.equal(info.from, null, 'nobody drives at 0, 0');
  const { start_time_utc_millis: _, ...dated } = ROUTE;
  assert.equal(RouteInfo.parse(dated).start, 1690488081496, 'a date without a zone is UTC');
  assert.equal(RouteInfo.parse({ ...dated, start_time: 1690488081 }).start, 1690488081000);
  assert.equal(RouteInfo.parse({ fullname: ROUTE.fullname, maxqlog: 1e300 }).minutes, null);
  assert.equal(RouteList.parse([ROUTE, {}, 7, { ...ROUTE, fullname: 'x' }]).length, 1, 'what is no drive is left out');
  assert.equal(Me.parse({ id: 'x', email: null }).id, 'x');
  assert.ok(!Me.safeParse({ points: 3 }).success);
});

test('whatever a server sends is refused or read within bounds', () => {
  const anything = fc.jsonValue({ maxDepth: 4 });
  const changed = (good: Record<string, unknown>) =>
    fc
      .record({ key: fc.constantFrom(...Object.keys(good)), value: anything })
      .map(({ key, value }) => ({ ...good, [key]: value }));
  const lists = fc.dictionary(
    fc.constantFrom('logs', 'qlogs', 'cameras', 'qcameras', 'x'),
    fc.array(
      fc.oneof(
        anything,
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        fc
          .string()
          .map(
            (word) =>
              `https://store.example.org/a2a0ccea32023010/0000010a--a51155e496/${word}/rlog.zst?se=${word}&exp=${word}`,
          ),
      ),
    ),
  );
  fc.assert(
    fc.property(fc.oneof(anything, changed(ROUTE)), lists, anything, (route, files, other) => {
      const parsed = FileLists.safeParse(files);
      const held = parsed.success ? signedFiles(parsed.data, COMMA) : [];
      assert.ok(Number.isFinite(goodUntil(held, 1_700_000_000_000)));
      const info = RouteInfo.safeParse(route);
      const holding = holdingOf(null, null, held, info.success ? (info.data.minutes ?? 0) : 0);
      assert.ok(minuteCount(holding) <= 10_000);
      const need = {
        ranges: [{ start: 0, end: 600_000 }],
        cameras: [],
        log: 'none',
        preroll: 3,
        sound: true,
        quality: 'best',
      } as const;
      try {
        chooseFiles(holding, need, 'api');
      } catch (error) {
        assert.equal((error as Error).name, 'UserError');
      }
      for (const shape of [Events, Coords, Devices, RouteList, Me]) shape.safeParse(other);
    }),
    { numRuns: 1000 },
  );
});
