/** Music and sounds into one row of samples. Pure: what is mixed comes in as samples. */
import type { SoundPlan } from '../../../media/size/sound.ts';

/** A sound that is ready: interleaved in the shape of the plan. */
export interface Voice {
  /** Samples from the beginning of the clip; negative where it began before. */
  readonly start: number;
  readonly samples: Float32Array;
  readonly volume: number;
  /** -1 left to 1 right. */
  readonly pan: number;
  /** Of a loop: where it stops. Otherwise it is played once. */
  readonly stop?: number;
  /** Where in its samples it is, of each `every` samples from its start; absent: it goes at its own speed. */
  readonly positions?: { readonly every: number; readonly at: Float64Array };
}

/** Gives the next samples of the music, in the shape of the plan; undefined at its end. */
export type MusicSource = () => Float32Array | undefined;

export interface Mix {
  readonly plan: Pick<SoundPlan, 'channels' | 'sampleRate'>;
  /** Samples of the clip. */
  readonly length: number;
  /** Where the music begins, in samples of the clip; negative: so much of it has passed. */
  readonly musicStart: number;
  readonly music: MusicSource;
  readonly musicVolume: number;
  /** By start. */
  readonly voices: readonly Voice[];
}

/** Samples mixed at a time. */
const BLOCK = 4096;

export async function mixInto(
  mix: Mix,
  sink: (samples: Float32Array) => void,
  beat: () => void | Promise<void>,
): Promise<void> {
  const { plan, length, voices } = mix;
  const music = new MusicReader(mix);
  let next = 0;
  let playing: Voice[] = [];
  for (let from = 0; from < length; from += BLOCK) {
    const count = Math.min(BLOCK, length - from);
    const block = new Float32Array(count * plan.channels);
    music.add(block, from);
    for (let voice = voices[next]; voice && voice.start < from + count; voice = voices[next]) {
      playing.push(voice);
      next++;
    }
    playing = playing.filter((voice) => addVoice(block, from, count, voice, plan.channels));
    for (let index = 0; index < block.length; index++) block[index] = soft(block[index] ?? 0);
    sink(block);
    if ((from / BLOCK) % 16 === 0) await beat();
  }
}

/** @returns whether there is more of it behind the block */
function addVoice(block: Float32Array, from: number, count: number, voice: Voice, channels: number): boolean {
  const { start, samples, volume, pan, stop } = voice;
  const total = samples.length / channels;
  if (total === 0) return false;
  const end = stop ?? start + total;
  const left = volume * Math.min(1, 1 - pan);
  const right = volume * Math.min(1, 1 + pan);
  for (let at = Math.max(0, start - from); at < count && from + at < end; at++) {
    const inside = placeOf(voice, from + at - start) % total;
    // A loop that stops does not click.
    const fade = stop === undefined ? 1 : Math.min(1, (end - from - at) / 480);
    if (channels === 1) block[at] = (block[at] ?? 0) + (samples[inside] ?? 0) * volume * fade;
    else {
      block[2 * at] = (block[2 * at] ?? 0) + (samples[2 * inside] ?? 0) * left * fade;
      block[2 * at + 1] = (block[2 * at + 1] ?? 0) + (samples[2 * inside + 1] ?? 0) * right * fade;
    }
  }
  return end > from + count;
}

/** @param passed samples since its start @returns a whole number, which may be behind its end */
function placeOf({ positions }: Voice, passed: number): number {
  if (!positions) return passed;
  const { every, at } = positions;
  const step = Math.min(Math.floor(passed / every), at.length - 2);
  const [begin, next] = [at[step] ?? 0, at[step + 1] ?? 0];
  return Math.floor(begin + ((next - begin) * (passed - step * every)) / every);
}

/** Loud places are bent instead of cut. */
function soft(value: number): number {
  const size = Math.abs(value);
  if (size <= 0.8) return value;
  return Math.sign(value) * (0.8 + 0.2 * Math.tanh((size - 0.8) / 0.2));
}

class MusicReader {
  private readonly mix: Mix;
  private held: Float32Array = new Float32Array(0);
  /** Sample of the clip at which what is held begins. */
  private at: number;
  private ended = false;

  constructor(mix: Mix) {
    this.mix = mix;
    this.at = mix.musicStart;
  }

  add(block: Float32Array, from: number): void {
    const { channels } = this.mix.plan;
    const count = block.length / channels;
    while (!this.ended && this.at < from + count) {
      if (this.held.length === 0) {
        const more = this.mix.music();
        if (!more) {
          this.ended = true;
          return;
        }
        this.held = more;
      }
      const samples = this.held.length / channels;
      const first = Math.max(this.at, from);
      const last = Math.min(this.at + samples, from + count);
      for (let sample = first; sample < last; sample++)
        for (let channel = 0; channel < channels; channel++) {
          const to = (sample - from) * channels + channel;
          block[to] =
            (block[to] ?? 0) + (this.held[(sample - this.at) * channels + channel] ?? 0) * this.mix.musicVolume;
        }
      const used = Math.max(0, Math.min(samples, from + count - this.at));
      this.held = this.held.subarray(used * channels);
      this.at += used;
    }
  }
}
