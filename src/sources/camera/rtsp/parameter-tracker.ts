/** Which parameter sets hold now, and when they change. */
import { InputError } from '../../../base/errors.ts';
import type { VideoConfig } from '../../../media/access-unit.ts';
import { nalRole, nalType, type VideoCodec } from '../../../media/bitstream/nal.ts';
import { parameterSetId, parseSps, videoConfig } from '../../../media/bitstream/video-config.ts';
import { LIMITS } from './limits.ts';
import type { ParameterSet, ParameterSetRole } from './video-depacketizer.ts';

export class ParameterTracker {
  readonly codec: VideoCodec;
  readonly #sets: Record<ParameterSetRole, Map<number, Uint8Array>> = {
    vps: new Map(),
    sps: new Map(),
    pps: new Map(),
  };
  #changed = true;
  #config: VideoConfig | undefined;
  #reorder: number | undefined;
  #fps: number | undefined;

  constructor(codec: VideoCodec) {
    this.codec = codec;
  }

  /** Takes the sets of the stream's description; broken ones are left out, for the stream repeats them. */
  offerDescription(units: readonly Uint8Array[]): void {
    for (const nal of units) {
      const role = nalRole(this.codec, nalType(this.codec, nal[0] ?? 0));
      if (role === 'vps' || role === 'sps' || role === 'pps') this.offer({ role, nal });
    }
  }

  /** True when the set is new or differs from the one of its id. A broken one is not. */
  offer(set: ParameterSet): boolean {
    if (set.nal.length > LIMITS.parameterSet) return false;
    const known = this.#sets[set.role];
    for (const nal of known.values()) if (equal(nal, set.nal)) return false;
    try {
      known.set(parameterSetId(this.codec, set.role, set.nal), set.nal);
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
    this.#changed = true;
    return true;
  }

  /** The config by the sets that hold now; undefined as long as one is missing or they do not fit together. */
  config(): VideoConfig | undefined {
    if (!this.#changed) return this.#config;
    const { vps, sps, pps } = this.#sets;
    if (sps.size === 0 || pps.size === 0 || (this.codec === 'h265' && vps.size === 0)) return undefined;
    this.#changed = false;
    const sets = { vps: [...vps.values()], sps: [...sps.values()], pps: [...pps.values()] };
    this.#config = videoConfig(this.codec, sets);
    const info = sets.sps[0] && parseSps(this.codec, sets.sps[0]);
    this.#reorder = info?.maxReorder;
    this.#fps = info?.fps;
    return this.#config;
  }

  /** All that hold now. */
  get units(): Uint8Array[] {
    return Object.values(this.#sets).flatMap((sets) => [...sets.values()]);
  }

  /** Pictures a second, by the SPS of `config()`; undefined when not said. */
  get fps(): number | undefined {
    return this.#fps;
  }

  /** How many pictures may be reordered, by the SPS of `config()`; undefined when not said. */
  get reorder(): number | undefined {
    return this.#reorder;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
