/** The sound of an overlay clip, ready for the container before the pictures are coded. */
import { join } from 'node:path';
import { type Measure, measureInput } from '../codec/measure.ts';
import { SoundEncoder, type SoundPackets } from '../codec/sound-encoder.ts';
import { readSound } from '../codec/sound-track.ts';
import type { Timeline } from '../codec/timeline.ts';
import { planSound, type SoundPlan } from '../size/sound.ts';
import { pictureTimes } from './container-pictures.ts';
import type { OverlayPlan } from './overlay-plan.ts';

/**
 * @param seconds length of the clip
 * @param beat called often
 * @returns undefined where there is none, or no room for any; `notes` gets a sentence then
 */
export async function prepareSound(
  plan: OverlayPlan,
  seconds: number,
  notes: string[],
  beat: () => void,
): Promise<{ plan: SoundPlan; packets: SoundPackets } | undefined> {
  const measures: (Measure | undefined)[] = [];
  const times = new Map<number, number[]>();
  for (const { input } of plan.sound) {
    const file = plan.inputs[input];
    if (file?.format !== 'container' || measures[input]) continue;
    measures[input] = measureInput(file, 0, 1);
    times.set(input, pictureTimes(file));
    beat();
  }
  const source = measures.find((measure) => measure?.sound)?.sound;
  if (!source) return undefined;
  const chosen = planSound(plan.limits.maxBytes, seconds, source);
  if (!chosen) {
    notes.push('The size limit leaves no room for sound, so there is none.');
    return undefined;
  }
  const spans = plan.sound.map(({ input, start, length, picture }) => ({
    start,
    length,
    wallStart: 0,
    shows: [{ input, from: times.get(input)?.[picture] ?? 0 }],
  }));
  const timeline: Timeline = { duration: seconds, spans };
  const pieces = plan.sound.map(({ input }) => ({ input, from: 0, to: 0, wallStart: 0 }));
  const encoder = new SoundEncoder('aac', chosen, join(plan.scratch, 'sound.packets'));
  const sources = [{ name: 'sound', pieces }];
  const write = (samples: Float32Array): void => {
    encoder.write(samples);
    beat();
  };
  const tracks = { inputs: plan.inputs, sources };
  const damaged = await readSound(tracks, measures, timeline, chosen, seconds, write, plan.soundSpeed);
  if (damaged > 0) notes.push('Some of the sound was damaged and is silent.');
  return { plan: chosen, packets: encoder.finish() };
}
