/**
 * Makes the file of a plan, inside the codec process.
 */
import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chooseRung, ladder, type Rung } from '../size/ladder.ts';
import { type Attempt, nextStep } from '../size/search.ts';
import { planSound, type SoundPlan } from '../size/sound.ts';
import { Composer } from './composer.ts';
import { FileWriter } from './file-writer.ts';
import { BadInput } from './input-file.ts';
import { clipSize } from './layout.ts';
import type { Measure } from './measure.ts';
import { breathe } from './native.ts';
import type { RenderPlan, RenderResult } from './plan.ts';
import { readableOf } from './readable.ts';
import { LimitTooSmall, type Report } from './report.ts';
import { SoundEncoder, type SoundPackets } from './sound-encoder.ts';
import { readSound } from './sound-track.ts';
import { chooseRate, composeTimeline, frameCount, type Timeline } from './timeline.ts';
import type { VideoCoding } from './video-encoder.ts';

const DEFAULT_CRF = 18;
/** From here on a smaller picture is tried before more blur. */
const SMEARED_CRF = 40;
const HOPELESS_CRF = 46;
/** What a container needs for each picture and for itself, about; only for estimates, the file itself is measured. */
const FRAME_OVERHEAD = 14;
const FILE_OVERHEAD = 2000;

interface Work {
  readonly plan: RenderPlan;
  readonly measures: readonly (Measure | undefined)[];
  readonly timeline: Timeline;
  readonly report: Report;
}

/** The largest file so far that fits. */
interface Best {
  readonly crf: number;
  readonly bytes: number;
  readonly path: string;
  /** Packets that could not be decoded. */
  readonly damaged: number;
  /** Frames without a picture. */
  readonly blind: number;
}

export async function renderPlan(asked: RenderPlan, report: Report): Promise<RenderResult> {
  report(0, 'Reading the footage');
  const readable = await readableOf(asked, () => report(0, 'Reading the footage'));
  const { measures } = readable;
  const plan = { ...asked, sources: readable.sources };
  const timeline = composeTimeline(plan.sources);
  if (timeline.duration <= 0) throw new BadInput('footage', 'there is none in the range that was asked for');
  const firstOf = plan.sources.map((source) => measures[source.pieces[0]?.input ?? -1]);
  const shapes = firstOf.flatMap((measure) => (measure ? [measure.shape] : []));
  const rate = chooseRate(Math.max(...measures.map((measure) => measure?.rate ?? 0)), plan.limits.fps);
  const size = clipSize(plan.layout, shapes, plan.limits);
  const work: Work = { plan, measures, timeline, report };
  const notes = [...readable.notes];
  const seconds = (frameCount(timeline.duration, rate) * rate.den) / rate.num;

  const sound = await prepareSound(work, seconds, notes);
  if (plan.master) await writeMaster(work, { ...size, rate, cost: 1 }, sound?.plan, plan.master);
  const result = await search(work, ladder(size, rate), sound, notes);
  report(1, 'Done');
  return result;
}

async function prepareSound(
  { plan, measures, timeline, report }: Work,
  seconds: number,
  notes: string[],
): Promise<{ plan: SoundPlan; packets: SoundPackets } | undefined> {
  const source = measures.find((measure) => measure?.sound)?.sound;
  if (plan.sound === 'mute' || !source) return undefined;
  const chosen = planSound(plan.limits.maxBytes, seconds, source);
  if (!chosen) {
    notes.push('The size limit leaves no room for sound, so there is none.');
    return undefined;
  }
  report(0.01, 'Encoding the sound');
  const encoder = new SoundEncoder('aac', chosen, join(plan.scratch, 'sound.packets'));
  const damaged = await readSound(plan, measures, timeline, chosen, seconds, (samples) => {
    encoder.write(samples);
    report(0.01, 'Encoding the sound');
  });
  if (damaged > 0) notes.push('Some of the sound was damaged and is silent.');
  return { plan: chosen, packets: encoder.finish() };
}

async function writeMaster(work: Work, rung: Rung, sound: SoundPlan | undefined, path: string): Promise<void> {
  let packets: SoundPackets | undefined;
  const seconds = (frameCount(work.timeline.duration, rung.rate) * rung.rate.den) / rung.rate.num;
  if (sound) {
    const encoder = new SoundEncoder('flac', sound, join(work.plan.scratch, 'master.packets'));
    await readSound(work.plan, work.measures, work.timeline, sound, seconds, (samples) => {
      encoder.write(samples);
      work.report(0.01, 'Writing the lossless master');
    });
    packets = encoder.finish();
  }
  await encode(
    work,
    rung,
    { codec: 'ffv1' },
    packets,
    path,
    () => true,
    (part) => work.report(part * 0.1, 'Writing the lossless master'),
  );
}

/** Tries until the file fits and is full enough; keeps the best. */
async function search(
  work: Work,
  rungs: readonly Rung[],
  sound: { plan: SoundPlan; packets: SoundPackets } | undefined,
  notes: string[],
): Promise<RenderResult> {
  const { plan } = work;
  const limit = plan.limits.maxBytes ?? Number.POSITIVE_INFINITY;
  const wish = plan.limits.quality ?? DEFAULT_CRF;
  const soundBytes = sound?.packets.bytes ?? 0;
  let index = 0;
  let first: Attempt | undefined;
  let passes = 0;
  let best: Best | undefined;

  for (;;) {
    const rung = rungs[index];
    if (!rung) throw new LimitTooSmall(tooSmall(limit, work.timeline.duration));
    const frames = frameCount(work.timeline.duration, rung.rate);
    const attempts: Attempt[] = index === 0 && first ? [first] : [];
    const floor = index === 0 ? wish : 1;
    // What the first try says of this smaller picture.
    const hint = first && index > 0 ? { ...first, bytes: first.bytes * rung.cost, exact: false } : undefined;
    for (;;) {
      const step = nextStep(attempts, limit, floor, hint);
      if ('done' in step) break;
      if ('fail' in step) {
        index++;
        break;
      }
      const crf = step.try;
      passes++;
      const path = join(plan.scratch, `attempt-${passes}.mp4`);
      const fixed = soundBytes + frames * FRAME_OVERHEAD + FILE_OVERHEAD;
      const probing = !first;
      const goOn = (bytes: number, part: number): boolean => {
        const now = bytes + fixed * part;
        return probing ? now <= limit || (part < 0.2 && now <= 4 * limit) : now <= limit * 1.25;
      };
      const coding: VideoCoding = { codec: 'h264', rate: { crf }, preset: presetFor(rung, frames) };
      const tried = await encode(work, rung, coding, sound?.packets, path, goOn, (part) =>
        work.report(progressOf(passes, part, plan.limits.maxBytes !== undefined), stageOf(passes)),
      );
      const bytes = tried.finished ? statSync(path).size : Math.max(limit + 1, tried.bytes / tried.part + fixed);
      const attempt: Attempt = { crf, bytes, exact: tried.finished };
      attempts.push(attempt);
      if (tried.finished && bytes <= limit && (!best || bytes > best.bytes)) {
        if (best) rmSync(best.path, { force: true });
        best = { crf, bytes, path, damaged: tried.damaged, blind: tried.blind };
      } else rmSync(path, { force: true });
      if (!first) {
        first = attempt;
        if (bytes > limit) {
          const chosen = chooseRung(rungs, excess(attempt, limit), crf);
          if (chosen.index > 0) {
            index = chosen.index;
            break;
          }
        }
      }
      // Smeared: fewer pixels look better, even where it would fit like this.
      else if (rungs[index + 1] && (crf >= HOPELESS_CRF || (crf >= SMEARED_CRF && bytes > limit && !best))) {
        if (best) rmSync(best.path, { force: true });
        best = undefined;
        const rest = rungs.slice(index).map((one) => ({ ...one, cost: one.cost / rung.cost }));
        index += Math.max(1, chooseRung(rest, excess(attempt, limit), crf).index);
        break;
      }
    }
    if (best) return finish(work, best, rung, rungs[0], frames, passes, sound?.plan, notes);
  }
}

function finish(
  { plan }: Work,
  best: Best,
  rung: Rung,
  full: Rung | undefined,
  frames: number,
  passes: number,
  sound: SoundPlan | undefined,
  notes: string[],
): RenderResult {
  renameSync(best.path, plan.output);
  const fps = rung.rate.num / rung.rate.den;
  if (full && (full.width !== rung.width || full.rate.den !== rung.rate.den))
    notes.push(
      `To meet the size limit the picture is ${rung.width}×${rung.height} at ${round(fps)} a second instead of ${full.width}×${full.height} at ${round(full.rate.num / full.rate.den)}.`,
    );
  if (best.damaged > 0) notes.push(`${best.damaged} damaged parts of the footage could not be decoded.`);
  if (best.blind > 0) notes.push(`For ${round(best.blind / fps)} s no picture could be decoded: it is black there.`);
  return {
    bytes: best.bytes,
    duration: frames / fps,
    width: rung.width,
    height: rung.height,
    fps,
    frames,
    crf: best.crf,
    passes,
    sound: sound ?? null,
    notes,
  };
}

/** One run of the encoder over all frames, unless `goOn` (bytes of pictures so far, part of the frames) says stop. */
async function encode(
  work: Work,
  rung: Rung,
  coding: VideoCoding,
  sound: SoundPackets | undefined,
  path: string,
  goOn: (bytes: number, part: number) => boolean,
  progress: (part: number) => void,
): Promise<{ finished: boolean; bytes: number; part: number; damaged: number; blind: number }> {
  const { plan, measures, timeline } = work;
  const frames = frameCount(timeline.duration, rung.rate);
  const words = plan.overlay.clock || (plan.overlay.title ?? '') !== '';
  // The canvas is only loaded where something is drawn.
  const overlay = words
    ? new (await import('../scene/camera-overlay.ts')).CameraOverlay(rung, plan.overlay)
    : undefined;
  const composer = new Composer(plan, measures, timeline, { size: rung, rate: rung.rate }, overlay);
  let writer: FileWriter | undefined;
  try {
    for (let index = 0; index < frames; index++) {
      const frame = composer.frame(index);
      writer ??= new FileWriter({
        path,
        size: rung,
        rate: rung.rate,
        coding,
        sound,
        metadata: plan.metadata,
        sample: frame,
      });
      writer.write(frame);
      const part = writer.coded / frames;
      if (writer.coded > 0 && !goOn(writer.videoBytes, part)) {
        writer.close();
        return { finished: false, bytes: writer.videoBytes, part, damaged: composer.damaged, blind: composer.blind };
      }
      if (index % 4 === 0) {
        progress(index / frames);
        await breathe();
      }
    }
    writer?.finish();
    return {
      finished: true,
      bytes: writer?.videoBytes ?? 0,
      part: 1,
      damaged: composer.damaged,
      blind: composer.blind,
    };
  } finally {
    composer.close();
  }
}

const excess = (attempt: Attempt, limit: number): number => attempt.bytes / limit;
const round = (value: number): number => Math.round(value * 100) / 100;

/** Slower presets look better at the same size; long or large clips cannot wait for them. */
function presetFor(rung: Rung, frames: number): string {
  const pixels = rung.width * rung.height * frames;
  if (pixels < 1.5e8) return 'medium';
  if (pixels < 4e8) return 'fast';
  return pixels < 6e9 ? 'veryfast' : 'superfast';
}

/** Nobody knows how many passes there will be: each takes its part of what is left. */
function progressOf(pass: number, part: number, limited: boolean): number {
  if (!limited) return 0.02 + 0.97 * part;
  const before = 1 - 0.6 ** (pass - 1);
  return 0.02 + 0.96 * (before + (1 - before) * 0.4 * part);
}

const stageOf = (pass: number): string => (pass === 1 ? 'Encoding' : `Fitting the size (pass ${pass})`);

function tooSmall(limit: number, seconds: number): string {
  return `${(limit / 1_000_000).toFixed(2)} MB is too small for ${Math.round(seconds)} s of this footage`;
}
