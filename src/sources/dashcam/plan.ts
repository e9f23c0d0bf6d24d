/**
 * What a request for a clip of a car means: which cameras stand where, and which of its files are needed. Pure; the command line and the hub say what is there.
 */
import { UserError } from '../../base/errors.ts';
import type { DashcamRenderParams } from '../../contract/worker.ts';
import { cameraName, LAYOUT_CAMERAS } from './clip/camera-names.ts';

/** A file of the car's that is there. */
export interface PlanClip {
  /** What the job calls it. */
  readonly input: string;
  readonly camera: string;
  /** UTC ms; the end is a guess where the file does not say it. */
  readonly start: number;
  readonly end: number;
  /** Minutes east of Greenwich. */
  readonly zone: number | null;
  /** False: it is cut or damaged, and is repaired before it is shown. */
  readonly complete: boolean;
}

export interface PlanCar<Clip extends PlanClip = PlanClip> {
  readonly clips: readonly Clip[];
  /** What made the car keep the footage; undefined: not known. `at` is UTC ms. */
  readonly trigger?: { readonly at: number; readonly camera: string | undefined } | undefined;
  readonly city?: string | undefined;
  readonly street?: string | undefined;
}

export interface CarWish {
  /** UTC ms. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** One of {@link CAR_LAYOUTS}, or the name of a camera. */
  readonly layout: string;
  /** Of the layout `single`. */
  readonly camera?: string | undefined;
  readonly units: DashcamRenderParams['units'];
  readonly telemetry: boolean;
  readonly stamp: boolean;
  /** Neither coordinates nor city nor street. */
  readonly stripPlace: boolean;
  readonly title: string;
  readonly sound: DashcamRenderParams['sound'];
  readonly speed: number;
}

export interface CarPlan<Clip extends PlanClip = PlanClip> {
  readonly params: DashcamRenderParams;
  /** The files that are needed. */
  readonly inputs: readonly Clip[];
  /** Of the clip. */
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** `main` is what shows all that there is. A camera's name is a layout too. */
export const CAR_LAYOUTS = ['main', 'single', 'front+repeaters', '2x2', 'six', 'trigger'] as const;

/** Files begin in whole seconds, so that one beside the range may reach into it, ms. */
const BESIDE = 2500;
const LONGEST_MS = 2 * 3_600_000;
const SHORTEST_MS = 100;
const MOST_LIKES = 20;

/** @throws UserError that names what cannot be */
export function planCar<Clip extends PlanClip>(wish: CarWish, car: PlanCar<Clip>): CarPlan<Clip> {
  const notes: string[] = [];
  const shown = camerasOf(wish, car, notes);
  const mine = car.clips
    .filter((clip) => shown.cameras.includes(clip.camera))
    .sort((one, other) => one.start - other.start);
  const ranges = within(wish.ranges, mine, notes);
  const inputs = mine.filter((clip) =>
    ranges.some(({ start, end }) => clip.start - BESIDE < end && clip.end + BESIDE > start),
  );
  const likes = likesOf(inputs, car.clips);
  const { units, telemetry, stamp, stripPlace, title, sound, speed } = wish;
  const place = [car.street, car.city].filter((part) => part !== undefined && part !== '').join(', ');
  return {
    params: {
      clips: inputs.map(({ input, camera, start, zone }) => ({ input, camera, start, zone })),
      likes: likes.map(({ input }) => input),
      ranges,
      ...shown,
      units,
      telemetry,
      stamp,
      place: stripPlace ? '' : place.slice(0, 200),
      coordinates: !stripPlace,
      title,
      sound,
      speed,
    },
    inputs: [...inputs, ...likes],
    seconds: ranges.reduce((sum, { start, end }) => sum + end - start, 0) / 1000 / speed,
    notes,
  };
}

/** For each damaged file a whole one of its camera, or else of another; none where one is shown anyway. */
function likesOf<Clip extends PlanClip>(inputs: readonly Clip[], clips: readonly Clip[]): Clip[] {
  const likes = new Set<Clip>();
  for (const damaged of inputs) {
    if (damaged.complete) continue;
    const like = (from: readonly Clip[], camera: string): Clip | undefined =>
      from
        .filter((clip) => clip.complete && clip.camera === camera)
        .sort((one, other) => Math.abs(one.start - damaged.start) - Math.abs(other.start - damaged.start))[0];
    if (like(inputs, damaged.camera)) continue;
    const found =
      like(clips, damaged.camera) ?? inputs.find(({ complete }) => complete) ?? clips.find((one) => one.complete);
    if (found && !inputs.includes(found)) likes.add(found);
  }
  return [...likes].slice(0, MOST_LIKES);
}

type Shown = Pick<DashcamRenderParams, 'layout' | 'cameras' | 'switchAt'>;

function camerasOf(wish: CarWish, car: PlanCar, notes: string[]): Shown {
  const has = new Set(car.clips.map(({ camera }) => camera));
  const pillars = has.has('left_pillar') || has.has('right_pillar');
  const first = has.has('front') ? 'front' : ([...has][0] ?? 'front');
  const single = (camera: string): Shown => ({ layout: 'single', cameras: [camera], switchAt: null });
  const several = (layout: keyof typeof LAYOUT_CAMERAS): Shown => ({
    layout,
    // Cars of 2018 call it otherwise.
    cameras: LAYOUT_CAMERAS[layout].map((camera) =>
      camera === 'back' && !has.has('back') && has.has('rear_view') ? 'rear_view' : camera,
    ),
    switchAt: null,
  });
  const { layout, camera } = wish;
  if (camera !== undefined && layout !== 'single' && layout !== 'main')
    throw wrong('layout', 'A camera can be chosen in the layout “single” only.', 'Leave out one of the two.');
  switch (layout) {
    case 'main':
      if (camera !== undefined) return single(known(camera, has));
      if (pillars) return several('six');
      return has.size > 1 ? several('2x2') : single(first);
    case 'single':
      return single(camera === undefined ? first : known(camera, has));
    case 'six':
      if (pillars) return several('six');
      notes.push('This car has no cameras in its pillars, so the layout is 2x2.');
      return several('2x2');
    case '2x2':
    case 'front+repeaters':
      return several(layout);
    case 'trigger':
      return ofTrigger(car, has, first, notes);
    default:
      return single(known(layout, has));
  }
}

function known(camera: string, has: ReadonlySet<string>): string {
  if (has.has(camera)) return camera;
  const there = [...has].sort().join(', ');
  throw wrong(
    'layout',
    `There is no layout or camera “${camera}”.`,
    `Use ${CAR_LAYOUTS.join(', ')}${there === '' ? '' : `, or one of the cameras that have footage: ${there}`}.`,
  );
}

function ofTrigger(car: PlanCar, has: ReadonlySet<string>, first: string, notes: string[]): Shown {
  const { trigger } = car;
  if (!trigger)
    throw wrong(
      'layout',
      'It is not known what triggered this footage, so no camera can be switched to.',
      'Choose another layout.',
    );
  const alone: Shown = { layout: 'single', cameras: [first], switchAt: null };
  if (trigger.camera === undefined || !has.has(trigger.camera)) {
    const which = trigger.camera === undefined ? 'it is not known' : cameraName(trigger.camera);
    notes.push(`There is no footage of the camera that triggered this event (${which}), so only one is shown.`);
    return alone;
  }
  if (trigger.camera === first) {
    notes.push(`${cameraName(first)} itself triggered this event, so only that camera is shown.`);
    return alone;
  }
  return { layout: 'trigger', cameras: [first, trigger.camera], switchAt: trigger.at };
}

/** The ranges as far as there is footage; gaps inside of them stay. */
function within(ranges: CarWish['ranges'], clips: readonly PlanClip[], notes: string[]): DashcamRenderParams['ranges'] {
  const first = clips[0]?.start ?? Number.NaN;
  const last = clips.reduce((latest, { end }) => Math.max(latest, end), Number.NEGATIVE_INFINITY);
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (total > LONGEST_MS)
    throw wrong('ranges', 'The clip would be longer than two hours.', 'Choose shorter ranges, or make several clips.');
  return ranges.map((range, at) => {
    const name = ranges.length === 1 ? 'The range' : `Range ${at + 1}`;
    if (range.end - range.start < SHORTEST_MS)
      throw wrong('ranges', `${name} is shorter than a few pictures.`, 'Choose more.');
    const near = clips.some(({ start, end }) => start < range.end && end > range.start);
    if (!near) throw noFootage(name, range, clips);
    const start = Math.max(range.start, first);
    const end = Math.min(range.end, last);
    if (start - range.start >= 500)
      notes.push(`The footage begins ${((start - range.start) / 1000).toFixed(1)} s later than was asked for.`);
    if (range.end - end >= 500) notes.push(`The footage ends ${((end - start) / 1000).toFixed(1)} s after its start.`);
    return { start, end: Math.max(end, start + SHORTEST_MS) };
  });
}

function noFootage(name: string, range: { start: number; end: number }, clips: readonly PlanClip[]): UserError {
  let nearest: PlanClip | undefined;
  for (const clip of clips)
    if (!nearest || Math.abs(clip.start - range.start) < Math.abs(nearest.start - range.start)) nearest = clip;
  if (!nearest)
    return new UserError('There is no footage of these cameras.', 'Choose another layout.', { code: 'no-footage' });
  const local = new Date(nearest.start + (nearest.zone ?? 0) * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  return new UserError(
    `${name} has no footage of these cameras. The nearest begins at ${local}${nearest.zone === null ? ' UTC' : ''}.`,
    'Choose another time.',
    { code: 'no-footage', fields: { ranges: 'has no footage' } },
  );
}

function wrong(field: string, what: string, remedy: string): UserError {
  return new UserError(what, remedy, { code: 'invalid', fields: { [field]: what } });
}

/** Around what happened: two thirds before it, one after, as far as there is footage. @param length ms */
export function aroundTrigger(
  trigger: number | undefined,
  clips: readonly PlanClip[],
  length: number,
): { start: number; end: number } {
  const first = clips.reduce((earliest, { start }) => Math.min(earliest, start), Number.POSITIVE_INFINITY);
  const last = clips.reduce((latest, { end }) => Math.max(latest, end), Number.NEGATIVE_INFINITY);
  const wanted = trigger === undefined ? first : trigger - (length * 2) / 3;
  const start = Math.max(first, Math.min(wanted, last - length));
  return { start, end: start + length };
}
