/**
 * Makes the file of an overlay clip, inside a codec process: one cheap pass to learn where the bits are needed, one to spend them,
 * and another only where the size was missed.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FileWriter } from '../codec/file-writer.ts';
import { breathe } from '../codec/native.ts';
import type { Size } from '../codec/plan.ts';
import { LimitTooSmall, type Report } from '../codec/report.ts';
import type { SoundPackets } from '../codec/sound-encoder.ts';
import { FirstPass, type RateControl, TooFewBits, type VideoCoding } from '../codec/video-encoder.ts';
import { ladder, type Rung } from '../size/ladder.ts';
import { leastBits } from '../size/least-bits.ts';
import type { SoundPlan } from '../size/sound.ts';
import { afterTries, firstPassSize, fitsEasily, type SizeTask, type Try } from '../size/two-pass.ts';
import { OverlayComposer } from './overlay-composer.ts';
import type { OverlayPlan, OverlayResult } from './overlay-plan.ts';
import type { OverlayScene } from './overlay-scene.ts';
import { prepareSound } from './overlay-sound.ts';
import { Shrink } from './shrink.ts';
import { SphereFilter } from './sphere-filter.ts';

const DEFAULT_CRF = 18;
/** Of the first pass: in the middle of what limits lead to. */
const FIRST_CRF = 23;
const PRESET = 'veryfast';
/** Of H.264. */
const WORST_QP = 51;
/** The first pass is this part of the work. */
const FIRST_PART = 0.15;
/** The lossless master is this part of the work, where one is wanted. */
const MASTER_PART = 0.35;
/** x264 may need this much more than its statistics say. */
const SURE = 1.5;
/** A finished file that is not the last is kept on disk beside the next only up to this size. */
const MOST_SPARE_BYTES = 60_000_000;

interface Work {
  readonly scene: OverlayScene;
  readonly plan: OverlayPlan;
  readonly sound: { readonly plan: SoundPlan; readonly packets: SoundPackets } | undefined;
  readonly seconds: number;
  readonly report: Report;
}

interface Made extends Try {
  readonly path: string;
  readonly finished: boolean;
  readonly missing: number;
}

/** @throws BadInput for the input that is at fault, LimitTooSmall */
export async function renderOverlay(scene: OverlayScene, plan: OverlayPlan, report: Report): Promise<OverlayResult> {
  const notes: string[] = [];
  const { num, den } = scene.rate;
  const seconds = (scene.frames * den) / num;
  report(0, 'Encoding the sound');
  const sound = await prepareSound(plan, seconds, notes, () => report(0, 'Encoding the sound'));
  let work: Work = { scene, plan, sound, seconds, report };
  if (plan.master !== undefined) {
    await writeMaster({ ...work, report: partOf(report, 0, MASTER_PART) }, plan.master);
    work = { ...work, report: partOf(report, MASTER_PART, 1) };
  }
  const full = wholeOf(scene);
  const { maxBytes } = plan.limits;
  const result =
    maxBytes === undefined ? await byQuality(work, full, notes) : await bySize(work, maxBytes, full, notes);
  report(1, 'Done');
  return result;
}

/** A report whose work is from here to there of the whole. */
function partOf(report: Report, from: number, to: number): Report {
  return (part, stage) => report(from + (to - from) * part, stage);
}

async function byQuality(work: Work, full: Rung, notes: string[]): Promise<OverlayResult> {
  const crf = work.plan.limits.quality ?? DEFAULT_CRF;
  const made = await encode(work, full, { crf }, 1, Number.POSITIVE_INFINITY, (part) => work.report(part, 'Encoding'));
  return finish(work, made, full, full, 1, null, notes);
}

async function bySize(work: Work, limit: number, full: Rung, notes: string[]): Promise<OverlayResult> {
  const { scene, plan, sound, seconds, report } = work;
  const rungs = ladder(shownSize(scene), scene.rate);
  let passes = 0;
  let first: { bytes: number; size: Size; step: number } | undefined;
  for (let index = 0; ; ) {
    const rung = rungs[index];
    if (!rung) throw new LimitTooSmall(tooSmall(limit, seconds));
    const step = stepOf(rung, full);
    const frames = Math.ceil(scene.frames / step);
    const task: SizeTask = { limit, sound: sound?.packets.bytes ?? 0, frames, seconds };
    if (first?.step !== step) first = await firstPass(work, step);
    const crf = plan.limits.quality ?? DEFAULT_CRF;
    if (index === 0 && passes === 0) {
      const area = (first.size.width * first.size.height) / (full.width * full.height);
      if (fitsEasily(task, first.bytes, FIRST_CRF, area, crf)) {
        const easy = await encode(work, full, { crf }, ++passes, limit, progress(report, passes));
        if (easy.finished && easy.bytes <= limit) return finish(work, easy, full, full, passes, first.size, notes);
        rmSync(easy.path, { force: true });
      }
    }
    const tries: Made[] = [];
    let best: Made | undefined;
    for (;;) {
      const next = afterTries(task, tries);
      if ('smaller' in next && index < rungs.length - 1) {
        if (best) rmSync(best.path, { force: true });
        best = undefined;
        index = smallerRung(rungs, index, next.smaller);
        break;
      }
      if (!('bitrate' in next) || next.bitrate <= 0) {
        if (!best) throw new LimitTooSmall(tooSmall(limit, seconds));
        break;
      }
      if (best && best.bytes > MOST_SPARE_BYTES) {
        rmSync(best.path, { force: true });
        best = undefined;
      }
      const rate: RateControl = { bitrate: next.bitrate, pass: 2, stats: statistics(plan) };
      const made = await encode(work, rung, rate, ++passes, limit, progress(report, passes));
      tries.push(made);
      if (made.finished && made.bytes <= limit && (!best || made.bytes > best.bytes)) {
        if (best) rmSync(best.path, { force: true });
        best = made;
      } else rmSync(made.path, { force: true });
    }
    if (best) return finish(work, best, rung, full, passes, first.size, notes);
  }
}

/** The first pass: the pictures alone, small. */
async function firstPass(
  { scene, plan, report }: Work,
  step: number,
): Promise<{ bytes: number; size: Size; step: number }> {
  const size = firstPassSize(shownSize(scene), Math.ceil(scene.frames / step));
  const canvas = scene.sphere ? firstPassSize(scene.size, scene.frames) : size;
  const composer = new OverlayComposer(plan.inputs, { canvas: scene.size, size: canvas, drawn: false });
  const sphere = scene.sphere && new SphereFilter(canvas, size, scene.sphere);
  const coding: VideoCoding = {
    codec: 'h264',
    rate: { crf: FIRST_CRF, pass: 1, stats: statistics(plan) },
    preset: PRESET,
  };
  let pass: FirstPass | undefined;
  try {
    let n = 0;
    for await (const frame of scene.play()) {
      const index = n++;
      if (index % step !== 0) continue;
      const composed = await composer.compose(frame);
      const sample = sphere ? sphere.apply(composed) : composed;
      pass ??= new FirstPass({ size, rate: { num: scene.rate.num, den: scene.rate.den * step }, coding, sample });
      pass.write(sample);
      report((FIRST_PART * index) / scene.frames, 'Looking where the bits are needed');
      if (index % 8 === 0) await breathe();
    }
    pass?.finish();
    return { bytes: pass?.bytes ?? 0, size, step };
  } catch (error) {
    pass?.close();
    throw error;
  } finally {
    sphere?.close();
    composer.close();
  }
}

async function encode(
  work: Work,
  rung: Rung,
  rate: RateControl,
  pass: number,
  limit: number,
  progress: (part: number) => void,
): Promise<Made> {
  const path = join(work.plan.scratch, `pass-${pass}.mp4`);
  const coding: VideoCoding = { codec: 'h264', rate, preset: PRESET };
  const fixed = work.sound?.packets.bytes ?? 0;
  let ran: Ran;
  try {
    ran = await run(work, rung, coding, path, (bytes, part) => bytes + fixed * part <= limit, progress);
  } catch (error) {
    if (!(error instanceof TooFewBits && 'bitrate' in rate)) throw error;
    if (!isTooFew(work, rung, rate.bitrate)) throw error.cause;
    return {
      path,
      bytes: limit + 1,
      pictures: limit,
      bitrate: rate.bitrate,
      qp: WORST_QP,
      finished: false,
      missing: 0,
    };
  }
  const bytes = ran.finished ? statSync(path).size : Math.max(limit + 1, ran.pictures / ran.part + fixed);
  return {
    ...ran,
    path,
    bytes,
    pictures: ran.finished ? ran.pictures : ran.pictures / ran.part,
    bitrate: 'bitrate' in rate ? rate.bitrate : (ran.pictures * 8) / work.seconds,
  };
}

/** Whether that is why x264 does not open: it may have other reasons. */
function isTooFew({ plan, seconds }: Work, rung: Rung, bitrate: number): boolean {
  if (!existsSync(statistics(plan))) return false;
  const least = leastBits(readFileSync(statistics(plan), 'latin1'), rung);
  return least !== null && bitrate * seconds < least * SURE;
}

async function writeMaster(work: Work, path: string): Promise<void> {
  const full: Rung = { ...work.scene.size, rate: work.scene.rate, cost: 1 };
  await run(
    { ...work, sound: undefined },
    full,
    { codec: 'ffv1' },
    path,
    () => true,
    (part) => work.report(part, 'Writing the lossless master'),
  );
}

interface Ran {
  readonly finished: boolean;
  /** Bytes of pictures. */
  readonly pictures: number;
  readonly part: number;
  readonly qp: number;
  readonly missing: number;
}

/** One run over all frames into a file, unless `goOn` (bytes of pictures so far, part of the frames) says stop. */
async function run(
  work: Work,
  rung: Rung,
  coding: VideoCoding,
  path: string,
  goOn: (bytes: number, part: number) => boolean,
  progress: (part: number) => void,
): Promise<Ran> {
  const { scene, plan, sound } = work;
  const whole = wholeOf(scene);
  const step = stepOf(rung, whole);
  const frames = Math.ceil(scene.frames / step);
  const composer = new OverlayComposer(plan.inputs, { canvas: scene.size, size: scene.size, drawn: true });
  const shrink = rung.width === whole.width && rung.height === whole.height ? undefined : new Shrink(rung);
  const sphere = scene.sphere && new SphereFilter(scene.size, whole, scene.sphere);
  let writer: FileWriter | undefined;
  const ran = (finished: boolean, file: FileWriter): Ran => ({
    finished,
    pictures: file.videoBytes,
    part: Math.max(1e-6, file.coded / frames),
    qp: file.qpSum / Math.max(1, file.coded),
    missing: composer.missing,
  });
  try {
    let n = 0;
    for await (const frame of scene.play()) {
      const index = n++;
      if (index % step !== 0) continue;
      const composed = await composer.compose(frame);
      const around = sphere ? sphere.apply(composed) : composed;
      const picture = shrink ? shrink.shrink(around) : around;
      writer ??= new FileWriter({
        path,
        size: rung,
        rate: rung.rate,
        coding,
        sound: sound?.packets,
        metadata: plan.metadata,
        sample: picture,
        ...(sphere ? { spherical: true } : {}),
      });
      writer.write(picture);
      if (writer.coded > 0 && !goOn(writer.videoBytes, writer.coded / frames)) {
        const stopped = ran(false, writer);
        writer.close();
        writer = undefined;
        return stopped;
      }
      progress(index / scene.frames);
      // Drawn pictures are only given back when the event loop turns.
      await breathe();
    }
    if (!writer) throw new Error('the scene has no frames');
    const file = writer;
    writer = undefined;
    file.finish();
    return ran(true, file);
  } finally {
    writer?.close();
    shrink?.close();
    sphere?.close();
    composer.close();
  }
}

function finish(
  { scene, plan, sound, seconds }: Work,
  made: Made,
  rung: Rung,
  full: Rung,
  passes: number,
  firstPass: Size | null,
  notes: string[],
): OverlayResult {
  renameSync(made.path, plan.output);
  const fps = rung.rate.num / rung.rate.den;
  if (rung.width !== full.width || rung.rate.den !== full.rate.den)
    notes.push(
      `To meet the size limit the picture is ${rung.width}×${rung.height} at ${round(fps)} a second instead of ${full.width}×${full.height} at ${round(full.rate.num / full.rate.den)}.`,
    );
  if (made.missing > 0)
    notes.push(
      `${made.missing} of ${scene.frames} pictures are missing or damaged in the footage; the one before is shown instead.`,
    );
  return {
    bytes: made.bytes,
    duration: seconds,
    width: rung.width,
    height: rung.height,
    fps,
    frames: Math.ceil(scene.frames / stepOf(rung, full)),
    qp: made.qp,
    passes,
    bitrate: (made.pictures * 8) / seconds,
    firstPass,
    sound: sound?.plan ?? null,
    notes,
  };
}

const shownSize = (scene: OverlayScene): Size => scene.sphere?.size ?? scene.size;
const wholeOf = (scene: OverlayScene): Rung => ({ ...shownSize(scene), rate: scene.rate, cost: 1 });
const statistics = (plan: OverlayPlan): string => join(plan.scratch, 'first-pass.log');
const stepOf = (rung: Rung, full: Rung): number => Math.max(1, Math.round(rung.rate.den / full.rate.den));
const round = (value: number): number => Math.round(value * 100) / 100;

/** The next rung, or one further down that needs only `part` of the bits that this one needs. */
function smallerRung(rungs: readonly Rung[], index: number, part: number): number {
  const now = rungs[index]?.cost ?? 1;
  let next = index + 1;
  while (next < rungs.length - 1 && (rungs[next]?.cost ?? 0) > now * part) next++;
  return next;
}

/** Nobody knows how many passes there will be: each takes its part of what is left. */
function progress(report: Report, pass: number): (part: number) => void {
  const before = 1 - 0.15 ** (pass - 1);
  return (part) =>
    report(
      FIRST_PART + (1 - FIRST_PART) * (before + (1 - before) * 0.85 * part),
      pass === 1 ? 'Encoding' : `Fitting the size (pass ${pass})`,
    );
}

function tooSmall(limit: number, seconds: number): string {
  return `${(limit / 1_000_000).toFixed(2)} MB is too small for ${Math.round(seconds)} s of this footage`;
}
