import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { believable, isMisnamed, utcOf, zoneOf } from './clip-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const local = Date.UTC(2026, 2, 1, 17, 3, 5);
const at = (localMs: number, zoneHours: number): { readonly local: number; readonly utc: number } => ({
  local: localMs,
  utc: localMs - zoneHours * HOUR,
});

describe('when a clip was', () => {
  test('the video’s own time is the truth, and the zone follows from the name', () => {
    assert.deepEqual(utcOf(local, local + 8 * HOUR + 1700, []), {
      utc: local + 8 * HOUR + 1700,
      by: 'video',
      zone: -480,
    });
    assert.deepEqual(utcOf(local, local - 345 * MINUTE, []), { utc: local - 345 * MINUTE, by: 'video', zone: 345 });
  });

  test('a car’s clock that is off by hours does not move a clip', () => {
    const utc = local + 19 * HOUR + 7 * MINUTE;
    assert.deepEqual(utcOf(local, utc, []), { utc, by: 'video', zone: undefined });
    assert.deepEqual(utcOf(local + MINUTE, undefined, [{ local, utc }]), {
      utc: utc + MINUTE,
      by: 'name',
      zone: undefined,
    });
  });

  test('without a time of its own it has the zone of the clips around it', () => {
    assert.deepEqual(utcOf(local, undefined, [at(local - 5 * MINUTE, -8)]), {
      utc: local + 8 * HOUR,
      by: 'name',
      zone: -480,
    });
    assert.equal(utcOf(local, undefined, [at(local - 72 * HOUR, -8)]), undefined);
    assert.equal(utcOf(local, undefined, []), undefined);
    assert.equal(utcOf(undefined, undefined, [at(local, -8)]), undefined);
  });

  describe('in the hour that comes twice', () => {
    // 2026-11-01: clocks go from 02:00 (UTC-7) back to 01:00 (UTC-8).
    const fold = Date.UTC(2026, 10, 1, 1, 0, 0);
    const summer = Array.from({ length: 120 }, (_, minute) => at(fold + (minute - 60) * MINUTE + 5000, -7));
    const winter = Array.from({ length: 120 }, (_, minute) => at(fold + minute * MINUTE + 35_000, -8));
    const known = [...summer, ...winter];

    test('two clips with one name have the times of their videos', () => {
      const times = [7, 8].map((hours) => utcOf(fold + 30 * MINUTE, fold + 30 * MINUTE + hours * HOUR, known));
      assert.deepEqual(
        times.map((time) => time?.zone),
        [-420, -480],
      );
      assert.equal((times[1]?.utc ?? 0) - (times[0]?.utc ?? 0), HOUR);
    });

    test('a clip without a time has that of the cameras of its minute', () => {
      assert.equal(utcOf(fold + 30 * MINUTE + 6000, undefined, known)?.zone, -420);
      assert.equal(utcOf(fold + 30 * MINUTE + 34_000, undefined, known)?.zone, -480);
    });

    test('and none where both hours may be meant', () => {
      assert.equal(utcOf(fold + 30 * MINUTE + 20_000, undefined, known), undefined);
    });

    test('outside of it there is no doubt', () => {
      assert.equal(utcOf(fold - 10 * MINUTE, undefined, summer)?.zone, -420);
      assert.equal(utcOf(fold + 119 * MINUTE, undefined, winter)?.zone, -480);
    });
  });

  test('a zone is a whole number of quarters, and what differs by no zone has none', () => {
    fc.assert(
      fc.property(fc.integer({ min: -48, max: 56 }), fc.integer({ min: -170_000, max: 170_000 }), (quarters, drift) => {
        assert.equal(zoneOf({ local: local + quarters * 15 * MINUTE + drift, utc: local }), quarters * 15);
      }),
    );
    assert.equal(zoneOf({ local: local + 7 * MINUTE, utc: local }), undefined);
  });

  test('times that cannot be are not believed', () => {
    const now = Date.UTC(2026, 10, 29);
    for (const utc of [0, Date.UTC(1904, 0, 1), Date.UTC(2016, 11, 31), now + 2 * 24 * HOUR, undefined])
      assert.equal(believable(utc, now), undefined);
    assert.equal(believable(now, now), now);
  });

  test('a name that is minutes from its video, against those of the clips around it, is none of its own', () => {
    // The car's clock is 100 s ahead of its videos; it crosses into another zone.
    const others = [-3, -2, -1, 1, 2, 3].map((minutes) => at(local + minutes * MINUTE, minutes > 0 ? -7 : -8));
    const ahead = others.map(({ local, utc }) => ({ local: local + 100_000, utc }));
    const own = { local: local + 100_000, utc: local + 8 * HOUR };
    assert.equal(isMisnamed(own, ahead), false);
    assert.equal(isMisnamed({ ...own, local: own.local + HOUR }, ahead), false, 'a zone is no other moment');
    assert.equal(isMisnamed({ ...own, local: own.local + 20_000 }, ahead), false, 'some seconds');
    assert.equal(isMisnamed({ ...own, local: own.local - MINUTE }, ahead), true, 'the minute before');
    assert.equal(isMisnamed({ ...own, local: own.local - MINUTE }, ahead.slice(2)), false, 'too few to say so');
    const long = ahead.map(({ local, utc }) => ({ local: local - 72 * HOUR, utc: utc - 72 * HOUR }));
    assert.equal(isMisnamed({ ...own, local: own.local - MINUTE }, long), false, 'clips of three days ago say nothing');
  });
});
