/** The whole sound of a replay's clip: music at its speed, and what was hit. Inside of chunk processes. */
import type { ChunkSound } from '../../../media/chunks/serve-chunks.ts';
import { BadInput } from '../../../media/codec/input-file.ts';
import { breathe } from '../../../media/codec/native.ts';
import { SoundFile } from '../../../media/codec/sound-file.ts';
import type { SoundPlan } from '../../../media/size/sound.ts';
import { paceOf } from '../read/pace.ts';
import { MOD } from '../read/replay.ts';
import { PlayStates } from '../scene/hud/state.ts';
import { milestonesOf } from '../scene/interludes/milestones.ts';
import { sectionsOf } from '../scene/interludes/sections.ts';
import type { PlayedMap, PlaySpan } from '../scene/play-scene.ts';
import { type HitSound, type LoopSound, type SampleName, withoutLayers } from './hit-sounds.ts';
import { type Interludes, interludeSounds } from './interlude-sounds.ts';
import { mixInto, type Voice } from './mixer.ts';
import { softenEdges } from './soft-edges.ts';
import { soundsOfPlay } from './sounds-of-play.ts';
import { PITCH_EVERY } from './spinner-sounds.ts';
import { storySounds } from './story-sounds.ts';
import { isLoop, SYNTH_RATE, synthesise } from './synth.ts';
import { stretched } from './time-stretch.ts';

export interface SoundOptions {
  /** 0 to 1. */
  readonly musicVolume: number;
  readonly hitVolume: number;
  /** Ms: positive moves the music back. */
  readonly offset: number;
  /** Sounds of the map come before those of the skin. */
  readonly mapSounds: boolean;
}

/** Where sounds of a map and a skin lie on disk: the path of a file by its name without ending, or undefined. */
export interface SampleFiles {
  readonly music: string | undefined;
  /** Of the map. */
  ofMap(name: string): string | undefined;
  ofSkin(name: string): string | undefined;
}

/** A sound of a map may be this long, seconds; more is cut. */
const LONGEST_SAMPLE = 20;
/** Samples of all sounds together that are held: 200 MB. */
const MOST_SAMPLES = 50_000_000;

export function playSound(played: PlayedMap, span: PlaySpan, files: SampleFiles, options: SoundOptions): ChunkSound {
  const { pitch } = paceOf(played.replay);
  return {
    channels: 2,
    sampleRate: SYNTH_RATE,
    write: async (plan, sink, beat) => {
      const { channels, sampleRate } = plan;
      const toSample = (time: number): number => Math.round(((time - span.from) / span.rate / 1000) * sampleRate);
      const bank = new SampleBank(files, plan, options.mapSounds);
      const { hits: all, loops } = soundsOfPlay(played);
      const hits = played.skin?.settings.layeredHitSounds === false ? withoutLayers(all) : all;
      const ofStory = played.story ? storySounds(played.story.storyboard.samples, played.story.passChanges) : [];
      const length = Math.round(span.seconds * sampleRate);
      const voiceOf = (hit: HitSound): Voice[] => {
        const start = toSample(hit.time);
        const samples = start < length ? bank.get(hit.sample) : undefined;
        return samples ? [{ start, samples, volume: hit.volume * options.hitVolume, pan: hit.pan }] : [];
      };
      const between = interludeSounds(interludesOf(played, span), (name) => bank.has(name));
      const rises = played.skin?.settings.spinnerFrequencyModulate !== false;
      const every = (PITCH_EVERY / span.rate / 1000) * sampleRate;
      const loopOf = (loop: LoopSound): Voice[] =>
        voiceOf(loop).map((voice) => ({
          ...voice,
          stop: toSample(loop.until),
          ...(rises && loop.pitches ? { positions: { every, at: positionsOf(loop.pitches, every) } } : {}),
        }));
      const voices = [...[...hits, ...ofStory, ...between].flatMap(voiceOf), ...loops.flatMap(loopOf)].toSorted(
        (a, b) => a.start - b.start,
      );
      let written = 0;
      const soften = (block: Float32Array): void => {
        if (span.soft) softenEdges(block, written, length, { channels, sampleRate });
        written += block.length / channels;
        sink(block);
      };
      const music = openMusic(files.music, plan, pitch);
      const inTime = stretched(() => music?.read(), { channels, sampleRate }, span.rate / pitch);
      try {
        await mixInto(
          {
            plan: { channels, sampleRate },
            length,
            musicStart: toSample(options.offset * span.rate - played.map.audioAhead),
            music: inTime,
            musicVolume: options.musicVolume,
            voices,
          },
          soften,
          async () => {
            beat();
            await breathe();
          },
        );
      } finally {
        music?.close();
      }
    },
  };
}

/** @param every samples of a pitch @returns one place more than pitches: where the last one ends */
function positionsOf(pitches: readonly number[], every: number): Float64Array {
  let place = 0;
  return Float64Array.from([0, ...pitches], (pitch) => (place += pitch * every));
}

function interludesOf({ map, timeline, skin, replay }: PlayedMap, span: PlaySpan): Interludes {
  const states = new PlayStates(timeline);
  const { failedAt, unjudged } = timeline;
  const hasFailed = failedAt !== null && unjudged > 0 && (replay.header.mods & MOD.NF) === 0;
  const counts = skin?.settings.comboBurstSounds;
  return {
    countdown: span.countdown,
    sections: sectionsOf(map.breaks, (time) => states.at(time).hp),
    milestones: milestonesOf(states.events, counts && ((combo) => counts.has(combo))),
    failedAt: hasFailed ? failedAt : undefined,
    applauseAt: hasFailed ? undefined : span.over,
  };
}

function openMusic(path: string | undefined, plan: SoundPlan, record: number): SoundFile | undefined {
  if (path === undefined) return undefined;
  const { channels, sampleRate } = plan;
  return new SoundFile({ name: 'the music of the map', path }, { channels, sampleRate, record });
}

/** Sounds in the shape of the plan, each read once. */
class SampleBank {
  private readonly files: SampleFiles;
  private readonly plan: SoundPlan;
  private readonly held = new Map<string, Float32Array | undefined>();
  private readonly ofMap: boolean;
  private samples = 0;

  constructor(files: SampleFiles, plan: SoundPlan, ofMap: boolean) {
    this.files = files;
    this.plan = plan;
    this.ofMap = ofMap;
  }

  /** Whether map or skin have it: the built-in sounds do not count. */
  has(name: string): boolean {
    return ((this.ofMap ? this.files.ofMap(name) : undefined) ?? this.files.ofSkin(name)) !== undefined;
  }

  get({ name, index, file }: SampleName): Float32Array | undefined {
    const key = `${name} ${index} ${file ?? ''}`;
    if (this.held.has(key)) return this.held.get(key);
    const found = this.samples < MOST_SAMPLES ? this.find(name, index, file) : undefined;
    this.samples += found?.length ?? 0;
    this.held.set(key, found);
    return found;
  }

  private find(name: string, index: number, file: string | undefined): Float32Array | undefined {
    // What a storyboard plays has no other name.
    if (file !== undefined && (this.ofMap || name === '')) {
      const own = this.read(this.files.ofMap(file.replace(/\.[^.]*$/, '')));
      if (own) return own;
    }
    const ofMap =
      this.ofMap && index > 0 ? this.read(this.files.ofMap(index === 1 ? name : `${name}${index}`)) : undefined;
    return ofMap ?? this.read(this.files.ofSkin(name)) ?? this.builtIn(name);
  }

  /** @returns undefined when there is none, or when it cannot be read: then the next one is taken */
  private read(path: string | undefined): Float32Array | undefined {
    if (path === undefined) return undefined;
    const { channels, sampleRate } = this.plan;
    try {
      const file = new SoundFile({ name: 'a sound of the map', path }, { channels, sampleRate });
      try {
        const parts: Float32Array[] = [];
        let count = 0;
        for (let part = file.read(); part && count < LONGEST_SAMPLE * sampleRate * channels; part = file.read()) {
          parts.push(part);
          count += part.length;
        }
        return join(parts, count);
      } finally {
        file.close();
      }
    } catch (error) {
      // A file without any sound is how maps silence the skin's.
      if (error instanceof BadInput) return new Float32Array(0);
      throw error;
    }
  }

  private builtIn(name: string): Float32Array | undefined {
    const mono = synthesise(name);
    if (!mono) return undefined;
    const { channels, sampleRate } = this.plan;
    const step = SYNTH_RATE / sampleRate;
    const count = Math.floor(mono.length / step);
    const out = new Float32Array(count * channels);
    for (let index = 0; index < count; index++)
      out.fill(mono[Math.floor(index * step)] ?? 0, index * channels, (index + 1) * channels);
    return isLoop(name) || out.length > 0 ? out : undefined;
  }
}

function join(parts: readonly Float32Array[], count: number): Float32Array {
  const whole = new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
