import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../base/errors.ts';
import { aroundTrigger, type CarWish, type PlanCar, planCar } from './plan.ts';

const START = Date.UTC(2026, 2, 2, 1, 3, 5);
const SIX = ['front', 'back', 'left_repeater', 'right_repeater', 'left_pillar', 'right_pillar'];
const FOUR = SIX.slice(0, 4);

function carOf(cameras: readonly string[], more: Partial<PlanCar> = {}): PlanCar {
  const clips = [0, 66, 131].flatMap((second) =>
    cameras.map((camera) => {
      const start = START + second * 1000;
      return { input: `${second}-${camera}`, camera, start, end: start + 62_000, zone: -480, complete: true };
    }),
  );
  const trigger = { at: START + 70_000, camera: 'left_repeater' };
  return { clips, trigger, city: 'Springfield', street: 'Evergreen Terrace', ...more };
}

const wishFor = (more: Partial<CarWish> = {}): CarWish => ({
  ranges: [{ start: START + 50_000, end: START + 80_000 }],
  layout: 'main',
  units: 'metric',
  telemetry: true,
  stamp: true,
  stripPlace: false,
  title: '',
  sound: 'keep',
  speed: 1,
  ...more,
});
const inputs = (wish: Partial<CarWish>, car = carOf(SIX)): string[] =>
  planCar(wishFor(wish), car).inputs.map(({ input }) => input);

test('only the files that the layout and the range need', () => {
  assert.deepEqual(inputs({ layout: 'single', camera: 'back' }), ['0-back', '66-back']);
  assert.deepEqual(inputs({ layout: 'right_pillar', ranges: [{ start: START, end: START + 10_000 }] }), [
    '0-right_pillar',
  ]);
  assert.equal(inputs({}).length, 12);
  assert.equal(inputs({ layout: 'front+repeaters' }).length, 6);
});

test('the layout is what the car has cameras for, and the plan says when it differs', () => {
  const of = (layout: string, cameras: readonly string[]) => planCar(wishFor({ layout }), carOf(cameras));
  assert.equal(of('main', SIX).params.layout, 'six');
  assert.equal(of('main', FOUR).params.layout, '2x2');
  assert.equal(of('main', ['back']).params.layout, 'single');
  assert.deepEqual(of('main', ['back']).params.cameras, ['back']);
  const six = of('six', FOUR);
  assert.equal(six.params.layout, '2x2');
  assert.match(six.notes.join(' '), /no cameras in its pillars/);
  assert.deepEqual(of('2x2', ['front', 'rear_view']).params.cameras, [
    'front',
    'rear_view',
    'left_repeater',
    'right_repeater',
  ]);
});

test('trigger: front, then the camera that triggered it; honest where that cannot be', () => {
  const { params } = planCar(wishFor({ layout: 'trigger' }), carOf(SIX));
  assert.deepEqual(
    [params.layout, params.cameras, params.switchAt],
    ['trigger', ['front', 'left_repeater'], START + 70_000],
  );
  for (const camera of ['front', 'cabin', undefined]) {
    const plan = planCar(wishFor({ layout: 'trigger' }), carOf(SIX, { trigger: { at: START, camera } }));
    assert.deepEqual([plan.params.layout, plan.params.cameras], ['single', ['front']]);
    assert.match(plan.notes.join(' '), /triggered this event/);
  }
  assert.throws(() => planCar(wishFor({ layout: 'trigger' }), carOf(SIX, { trigger: undefined })), UserError);
});

test('a range is cut at the first and last footage, never at a gap, and told', () => {
  const plan = planCar(wishFor({ ranges: [{ start: START - 5000, end: START + 400_000 }] }), carOf(SIX));
  assert.deepEqual(plan.params.ranges, [{ start: START, end: START + 193_000 }]);
  assert.equal(plan.notes.length, 2);
  assert.equal(plan.seconds, 193);
  assert.equal(planCar(wishFor({ speed: 4 }), carOf(SIX)).seconds, 7.5);
  const gap = { start: START + 62_500, end: START + 65_500 };
  assert.throws(
    () => planCar(wishFor({ ranges: [gap] }), carOf(SIX)),
    (error: unknown) => error instanceof UserError && /nearest begins at 2026-03-01 17:04:11/.test(error.message),
  );
  assert.throws(() => planCar(wishFor({ ranges: [{ start: START, end: START + 8e6 }] }), carOf(SIX)), /two hours/);
  assert.throws(() => planCar(wishFor({ ranges: [{ start: START, end: START }] }), carOf(SIX)), /shorter/);
});

test('a damaged file comes with a whole one of its camera, or else of another', () => {
  const { clips } = carOf(FOUR);
  const cut = (...names: string[]): PlanCar => ({
    clips: clips.map((clip) => (names.includes(clip.input) ? { ...clip, complete: false } : clip)),
  });
  const start = { ranges: [{ start: START, end: START + 10_000 }], layout: 'back' };
  const likes = (car: PlanCar): string[] => planCar(wishFor(start), car).params.likes;
  assert.deepEqual(likes(cut()), []);
  assert.deepEqual(likes(cut('0-back')), ['66-back']);
  assert.deepEqual(likes(cut('0-back', '66-back')), ['131-back']);
  assert.deepEqual(likes(cut('0-back', '66-back', '131-back')), ['0-front']);
  const plan = planCar(wishFor(start), cut('0-back'));
  assert.deepEqual([plan.params.clips.length, plan.inputs.length], [1, 2]);
  // One that is shown anyway is enough.
  assert.deepEqual(planCar(wishFor({ layout: 'back' }), cut('0-back')).params.likes, []);
});

test('without the place nothing of it is in the job', () => {
  assert.equal(planCar(wishFor(), carOf(SIX)).params.place, 'Evergreen Terrace, Springfield');
  const { params } = planCar(wishFor({ stripPlace: true }), carOf(SIX));
  assert.equal(params.coordinates, false);
  assert.doesNotMatch(JSON.stringify(params), /Springfield|Evergreen/);
});

test('a camera or layout that is not there is refused, with what is', () => {
  for (const wish of [{ layout: 'roof' }, { layout: 'single', camera: 'left_pillar' }, { layout: 'left_pillar' }])
    assert.throws(
      () => planCar(wishFor(wish), carOf(FOUR)),
      (error: unknown) => error instanceof UserError && /back, front, left_repeater/.test(error.remedy),
    );
  assert.throws(() => planCar(wishFor({ layout: 'six', camera: 'back' }), carOf(SIX)), /single/);
});

test('around the trigger: two thirds before, as far as there is footage', () => {
  const { clips } = carOf(SIX);
  assert.deepEqual(aroundTrigger(START + 70_000, clips, 30_000), { start: START + 50_000, end: START + 80_000 });
  assert.deepEqual(aroundTrigger(START + 5000, clips, 30_000), { start: START, end: START + 30_000 });
  assert.deepEqual(aroundTrigger(START + 190_000, clips, 30_000), { start: START + 163_000, end: START + 193_000 });
  assert.deepEqual(aroundTrigger(undefined, clips, 30_000), { start: START, end: START + 30_000 });
});
