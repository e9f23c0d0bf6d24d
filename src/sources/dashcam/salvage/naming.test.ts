import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAMERAS, formatClipName } from '../layout/clip-name.ts';
import { type KnownClip, type NamelessClip, nameClips, SALVAGED, type Situation } from './naming.ts';

const RECENT = 'TeslaCam/RecentClips';
const HOUR = 3_600_000;
const utcOf = (minute: number): number => Date.UTC(2026, 2, 2, 1, minute, 5);
const localOf = (minute: number): number => utcOf(minute) - 8 * HOUR;
const nameOf = (minute: number, camera: string): string => formatClipName({ local: localOf(minute), camera });

function known(minute: number, camera: string, more: Partial<KnownClip> = {}): KnownClip {
  const path = `${RECENT}/${nameOf(minute, camera)}`;
  const size = { width: 1280, height: 960 };
  return { path, local: localOf(minute), camera, utc: utcOf(minute), sequence: 1000 * minute, ...size, ...more };
}

function nameless(id: number, minute: number, more: Partial<NamelessClip> = {}): NamelessClip {
  return {
    id,
    utc: utcOf(minute),
    sequence: undefined,
    width: 1280,
    height: 960,
    bytes: 5000 + id,
    deleted: undefined,
    same: [],
    twins: [],
    likeness: new Map(),
    ...more,
  };
}

/** Four minutes of six cameras, without those that are named. */
function minutes(...missing: (readonly [number, string])[]): KnownClip[] {
  return [0, 1, 2, 3].flatMap((minute) =>
    CAMERAS.filter((camera) => !missing.some(([at, which]) => at === minute && which === camera)).map((camera) =>
      known(minute, camera),
    ),
  );
}

const situation = (clips: readonly KnownClip[], more: Partial<Situation> = {}): Situation => ({
  known: clips,
  emptied: [],
  events: [],
  recent: RECENT,
  ...more,
});
const path = (names: ReturnType<typeof nameClips>, id: number): string | undefined => names.get(id)?.path;

describe('a clip without a name gets the one that it had', () => {
  test('when its camera is the only one that its minute lacks', () => {
    const names = nameClips([nameless(1, 2)], situation(minutes([2, 'left_pillar'])));
    assert.deepEqual(names.get(1), { path: `${RECENT}/${nameOf(2, 'left_pillar')}`, proof: 'only-one-missing' });
  });

  test('when only one camera has pictures of its size', () => {
    const clips = minutes([2, 'front'], [2, 'back']).map((clip) =>
      clip.camera === 'front' ? { ...clip, width: 2896, height: 1876 } : clip,
    );
    const names = nameClips([nameless(1, 2), nameless(2, 2, { width: 2896, height: 1876 })], situation(clips));
    assert.equal(path(names, 2), `${RECENT}/${nameOf(2, 'front')}`);
    assert.equal(path(names, 1), `${RECENT}/${nameOf(2, 'back')}`);
  });

  test('when it is clearly like one camera’s neighbouring minutes', () => {
    const likeness = new Map([
      ['front', 0.2],
      ['back', 0.97],
      ['left_pillar', 0.5],
    ]);
    const clips = minutes([2, 'front'], [2, 'back']);
    assert.equal(
      path(nameClips([nameless(1, 2, { likeness })], situation(clips)), 1),
      `${RECENT}/${nameOf(2, 'back')}`,
    );
  });

  test('when an entry of its length has lost its data', () => {
    const emptied = [{ path: `${RECENT}/${nameOf(2, 'back')}`, local: localOf(2), camera: 'back', bytes: 5001 }];
    const names = nameClips([nameless(1, 2)], situation(minutes([2, 'front'], [2, 'back']), { emptied }));
    assert.deepEqual(names.get(1), { path: emptied[0]?.path, proof: 'lost-entry' });
  });

  test('when a deleted entry begins where it begins, and is of its time', () => {
    const deleted = { path: `${RECENT}/${nameOf(2, 'back')}`, local: localOf(2), bytes: 5001 };
    const gaps = minutes([2, 'front'], [2, 'back']);
    assert.equal(path(nameClips([nameless(1, 2, { deleted })], situation(gaps)), 1), deleted.path);
    const stale = { ...deleted, local: localOf(0) };
    assert.match(path(nameClips([nameless(1, 2, { deleted: stale })], situation(gaps)), 1) ?? '', /camera-unknown-1/);
  });

  test('when it is the copy of another: in the event whose time it is', () => {
    const event = {
      path: 'TeslaCam/SentryClips/2026-03-01_17-02-44',
      local: localOf(2) + 39_000,
      damaged: true,
      names: new Set<string>(),
    };
    const same = [`${RECENT}/${nameOf(1, 'back')}`];
    const names = nameClips([nameless(1, 1, { same })], situation(minutes(), { events: [event] }));
    assert.deepEqual(names.get(1), { path: `${event.path}/${nameOf(1, 'back')}`, proof: 'same-contents' });
  });

  test('by the sequence numbers of its siblings when its own time is lost', () => {
    const names = nameClips([nameless(1, 0, { utc: undefined, sequence: 2003 })], situation(minutes([2, 'back'])));
    assert.equal(path(names, 1), `${RECENT}/${nameOf(2, 'back')}`);
  });
});

describe('a name that is not proven is not given', () => {
  test('two cameras are missing, and one clip is there', () => {
    const names = nameClips([nameless(1, 2)], situation(minutes([2, 'front'], [2, 'back'])));
    assert.deepEqual(names.get(1), { path: `${RECENT}/2026-03-01_17-02-05-camera-unknown-1.mp4`, proof: 'none' });
  });

  test('two clips of one minute get numbers', () => {
    const names = nameClips([nameless(1, 2), nameless(2, 2)], situation(minutes([2, 'front'], [2, 'back'])));
    assert.deepEqual(
      [path(names, 1), path(names, 2)],
      [1, 2].map((number) => `${RECENT}/2026-03-01_17-02-05-camera-unknown-${number}.mp4`),
    );
  });

  test('a likeness that another camera nearly has, or that is that of a camera that is there', () => {
    const clips = minutes([2, 'front'], [2, 'back']);
    for (const likeness of [
      new Map([
        ['front', 0.95],
        ['back', 0.97],
      ]),
      new Map([
        ['left_pillar', 0.99],
        ['back', 0.91],
      ]),
      new Map([['back', 0.5]]),
    ])
      assert.match(path(nameClips([nameless(1, 2, { likeness })], situation(clips)), 1) ?? '', /camera-unknown-1/);
  });

  test('one camera is missing, but its pictures have another size', () => {
    const clips = minutes([2, 'front']).map((clip) =>
      clip.camera === 'front' ? { ...clip, width: 2896, height: 1876 } : clip,
    );
    assert.match(path(nameClips([nameless(1, 2)], situation(clips)), 1) ?? '', /camera-unknown-1/);
  });

  test('nothing tells the time', () => {
    const names = nameClips([nameless(77, 2, { utc: undefined })], situation(minutes([2, 'back'])));
    assert.equal(path(names, 77), `${SALVAGED}/unknown-time-77-camera-unknown-1.mp4`);
  });

  test('no other clip is there to tell the zone', () => {
    assert.equal(
      path(nameClips([nameless(1, 2)], situation([])), 1),
      `${SALVAGED}/2026-03-02_01-02-05-utc-camera-unknown-1.mp4`,
    );
  });
});
