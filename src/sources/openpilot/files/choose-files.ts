/**
 * Which files a clip is made of: the best of what is there, minute by minute; or which file of which minute is missing, and what would
 * work without it. Pure.
 */
import { UserError } from '../../../base/errors.ts';
import { SEGMENT_SECONDS } from '../names/route-request.ts';
import { type FileKind, fileKinds, kindFacts } from './file-kind.ts';
import { type HeldFile, type MinuteHolding, minuteCount, type RouteHolding } from './holding.ts';
import { type Camera, type FilesNeed, neededMinutes } from './need.ts';

export interface MinutePlan {
  readonly segment: number;
  /** False: only its log is read, for the state at the start of the clip. */
  readonly shown: boolean;
  readonly log: HeldFile | null;
  readonly pictures: Partial<Readonly<Record<Camera, HeldFile>>>;
  readonly sound: HeldFile | null;
}

export interface FilePlan {
  readonly minutes: readonly MinutePlan[];
  /** Each file once. */
  readonly files: readonly HeldFile[];
  /** `full`: full log and full resolution everywhere; `low`: nowhere; `mixed`: between. */
  readonly tier: 'full' | 'mixed' | 'low';
  /** What the clip is made of, and what would make it better; whole sentences for the person. */
  readonly notes: readonly string[];
}

/** How a missing file can be had, by where the drive was looked for. */
export type Keeper = 'api' | 'folder' | 'device';

const ADVICE: Readonly<Record<Keeper, string>> = {
  api: 'Open the drive in connect, press “Files” and choose what to upload; the device has to be switched on and online.',
  folder: 'Copy it from the device (/data/media/0/realdata) into the folder.',
  device: 'The device has not recorded it, or has deleted it to make room.',
};

const FULL: Readonly<Record<Camera, FileKind>> = { road: 'fcamera', wide: 'ecamera', driver: 'dcamera' };

/** @throws UserError that names the file and the minute, and says what would still work */
export function chooseFiles(holding: RouteHolding, need: FilesNeed, keeper: Keeper): FilePlan {
  const count = minuteCount(holding);
  const minutes = neededMinutes(need).filter(({ shown, segment }) => shown || holding.minutes.has(segment));
  const beyond = minutes.find(({ segment }) => segment >= count);
  if (beyond !== undefined)
    throw new UserError(
      `${minuteWords(beyond.segment)} is not there: ${count === 0 ? 'nothing of this drive is' : `what is there of this drive ends at ${clock(count * SEGMENT_SECONDS)}`}.`,
      keeper === 'api'
        ? 'Choose seconds within the drive; what the device has not uploaded yet comes when it is online.'
        : 'Choose seconds within the drive.',
      { code: 'missing' },
    );
  const plans: MinutePlan[] = [];
  const misses: Miss[] = [];
  for (const { segment, shown } of minutes) {
    const held = holding.minutes.get(segment) ?? {};
    const log = chooseLog(held, need);
    if (need.log === 'drawn' && shown && log === null)
      misses.push({ segment, kinds: need.quality === 'full' ? ['rlog'] : ['rlog', 'qlog'] });
    const pictures: Partial<Record<Camera, HeldFile>> = {};
    if (shown)
      for (const camera of [...need.cameras, ...(need.alsoCameras ?? [])]) {
        const file = choosePicture(held, camera, need.quality);
        if (file !== null) pictures[camera] = file;
        else if (need.cameras.includes(camera)) misses.push({ segment, kinds: pictureKinds(camera, need.quality) });
      }
    plans.push({ segment, shown, log, pictures, sound: shown && need.sound ? (held.qcamera ?? null) : null });
  }
  if (misses.length > 0) throw missing(misses, holding, need, keeper);
  return { minutes: plans, files: filesOf(plans), tier: tierOf(plans, need), notes: notesOf(plans, need, keeper) };
}

function chooseLog(held: MinuteHolding, { log, quality }: Pick<FilesNeed, 'log' | 'quality'>): HeldFile | null {
  if (log === 'none') return null;
  // Which pictures belong together, the small log tells as well.
  if (log === 'pairing') return held.qlog ?? held.rlog ?? null;
  if (quality === 'full') return held.rlog ?? null;
  return (quality === 'best' ? (held.rlog ?? held.qlog) : (held.qlog ?? held.rlog)) ?? null;
}

function choosePicture(held: MinuteHolding, camera: Camera, quality: FilesNeed['quality']): HeldFile | null {
  for (const kind of pictureKinds(camera, quality)) {
    const file = held[kind];
    if (file !== undefined) return file;
  }
  return null;
}

/** The best first. Only the road has a small video. */
function pictureKinds(camera: Camera, quality: FilesNeed['quality']): readonly FileKind[] {
  if (camera !== 'road' || quality === 'full') return [FULL[camera]];
  return quality === 'best' ? ['fcamera', 'qcamera'] : ['qcamera', 'fcamera'];
}

function filesOf(plans: readonly MinutePlan[]): HeldFile[] {
  const files = new Set<HeldFile>();
  for (const { log, pictures, sound } of plans)
    for (const file of [log, ...Object.values(pictures), sound])
      if (file !== null && file !== undefined) files.add(file);
  return [...files];
}

function tierOf(plans: readonly MinutePlan[], need: FilesNeed): FilePlan['tier'] {
  let full = 0;
  let low = 0;
  for (const { shown, log, pictures } of plans) {
    if (!shown) continue;
    for (const file of [need.log === 'drawn' ? log : null, ...Object.values(pictures)])
      if (file?.kind === 'qlog' || file?.kind === 'qcamera') low++;
      else if (file !== null && file !== undefined) full++;
  }
  return low === 0 ? 'full' : full === 0 ? 'low' : 'mixed';
}

function notesOf(plans: readonly MinutePlan[], need: FilesNeed, keeper: Keeper): string[] {
  const shown = plans.filter((plan) => plan.shown);
  const drawn = (plan: MinutePlan): HeldFile[] =>
    [need.log === 'drawn' ? plan.log : null, ...Object.values(plan.pictures)].filter((file) => file != null);
  const using = (kind: FileKind): number[] =>
    shown.filter((plan) => drawn(plan).some((file) => file.kind === kind)).map(({ segment }) => segment);
  const notes: string[] = [];
  if (tierOf(plans, need) === 'full') {
    const used = fileKinds.filter((kind) => using(kind).length > 0).map((kind) => `the ${kindFacts[kind].words}`);
    notes.push(`It is made of ${listed(used)}.`);
  }
  const part = (minutes: readonly number[]): string =>
    minutes.length === shown.length ? '' : ` in ${minuteList(minutes)}`;
  const [small, reduced] = [using('qcamera'), using('qlog')];
  if (small.length > 0) notes.push(`The small road video (526×330) is used${part(small)}.`);
  if (reduced.length > 0)
    notes.push(`The reduced log is used${part(reduced)}: the overlay is drawn from few models a second.`);
  if (need.quality !== 'low') {
    const better = [...(small.length > 0 ? ['fcamera'] : []), ...(reduced.length > 0 ? ['rlog'] : [])];
    if (better.length > 0)
      notes.push(
        `${better.join(' and ')} of ${minuteList([...new Set([...small, ...reduced])])} would make it better. ${ADVICE[keeper]}`,
      );
  }
  const silent = need.sound ? shown.filter(({ sound }) => sound === null).map(({ segment }) => segment) : [];
  if (silent.length > 0) notes.push(`There is no sound${part(silent)}: it comes from qcamera.ts, which is not there.`);
  const open = plans
    .flatMap(({ log, pictures }) => [log, ...Object.values(pictures)])
    .some((file) => file?.open === true);
  if (open) notes.push('The device is still writing some of these files; the clip may end early.');
  return notes;
}

interface Miss {
  readonly segment: number;
  /** Any of these would do. */
  readonly kinds: readonly FileKind[];
}

function missing(misses: readonly Miss[], holding: RouteHolding, need: FilesNeed, keeper: Keeper): UserError {
  const groups = new Map<string, { kinds: readonly FileKind[]; minutes: number[] }>();
  for (const { segment, kinds } of misses) {
    const group = groups.get(kinds.join()) ?? { kinds, minutes: [] };
    group.minutes.push(segment);
    groups.set(kinds.join(), group);
  }
  const where = keeper === 'api' ? 'uploaded' : 'there';
  const sentences = [...groups.values()].map(({ kinds, minutes }) => {
    const files = kinds.map((kind) => `${kindFacts[kind].usual} (${kindFacts[kind].words})`);
    const subject = files.length === 1 ? `${files[0]} is not ${where}` : `Neither ${files.join(' nor ')} is ${where}`;
    return `${subject} for ${minuteList(minutes)}.`;
  });
  const still = alternatives(misses, holding, need);
  return new UserError(sentences.join(' '), [...still, ADVICE[keeper]].join(' '), { code: 'missing' });
}

/** What would work with what is there. */
function alternatives(misses: readonly Miss[], holding: RouteHolding, need: FilesNeed): string[] {
  const answers: string[] = [];
  const without: FilesNeed = { ...need, quality: 'best' };
  if (need.quality === 'full' && fits(holding, without))
    answers.push('The small files are there: without --files full they are used.');
  else answers.push(...otherModes(holding, need));
  const missed = new Set(misses.map(({ segment }) => segment));
  const whole = [...holding.minutes.keys()].filter((segment) =>
    fits(holding, { ...need, ranges: [minuteRange(segment)], preroll: 0 }),
  );
  const others = whole.filter((segment) => !missed.has(segment));
  if (answers.length === 0 && others.length > 0) answers.push(`It would work for ${minuteList(others)}.`);
  return answers;
}

/** Modes that show the road camera, as far as there would be a clip. */
function otherModes(holding: RouteHolding, need: FilesNeed): string[] {
  const road: FilesNeed = { ...need, cameras: ['road'], alsoCameras: [] };
  const only = need.cameras.every((camera) => camera === 'road');
  for (const quality of need.quality === 'full' ? (['full', 'best'] as const) : [need.quality]) {
    const without = quality === need.quality ? '' : ' without --files full';
    const screen = !only && fits(holding, { ...road, quality, log: 'drawn' });
    const alone = fits(holding, { ...road, quality, log: 'none' });
    if (screen) return [`The road camera is there for all of it: use --mode ui or --mode forward${without}.`];
    if (alone)
      return [
        `The road camera is there for all of it: use --mode forward${without}, which needs no log (without --details).`,
      ];
  }
  return [];
}

/** Whether there is a clip for this need. */
function fits(holding: RouteHolding, need: FilesNeed): boolean {
  return neededMinutes(need).every(({ segment, shown }) => {
    const held = holding.minutes.get(segment) ?? {};
    if (!shown) return true;
    if (need.log === 'drawn' && chooseLog(held, need) === null) return false;
    return need.cameras.every((camera) => choosePicture(held, camera, need.quality) !== null);
  });
}

const listed = (words: readonly string[]): string =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? 'nothing');

const minuteRange = (segment: number) => ({ start: segment * SEGMENT_SECONDS, end: (segment + 1) * SEGMENT_SECONDS });

/** `minute 3 (3:00 to 4:00)`. */
function minuteWords(segment: number): string {
  return `Minute ${segment} (${clock(segment * SEGMENT_SECONDS)} to ${clock((segment + 1) * SEGMENT_SECONDS)})`;
}

/** `minute 3 (3:00 to 4:00)`, or `minutes 3 to 5 and 9`. */
export function minuteList(minutes: readonly number[]): string {
  const [first, ...rest] = [...new Set(minutes)].sort((a, b) => a - b);
  if (first === undefined) return 'no minute';
  if (rest.length === 0) return minuteWords(first).replace('Minute', 'minute');
  const runs: [number, number][] = [[first, first]];
  for (const minute of rest) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === minute - 1) last[1] = minute;
    else runs.push([minute, minute]);
  }
  const words = runs.flatMap(([from, to]) =>
    to - from > 1 ? [`${from} to ${to}`] : from === to ? [`${from}`] : [`${from}`, `${to}`],
  );
  const shown = words.length > 8 ? [...words.slice(0, 8), `${words.length - 8} more`] : words;
  const end = shown.length > 1 ? ` and ${shown.at(-1)}` : '';
  return `minutes ${shown.length > 1 ? shown.slice(0, -1).join(', ') + end : shown[0]}`;
}

function clock(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}
