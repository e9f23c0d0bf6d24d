/** The built-in sounds, made by arithmetic: nothing of anybody else's is needed. Pure; the same samples each time. */

/** Hertz of everything here. */
export const SYNTH_RATE = 48_000;

/** Mono, from -1 to 1; undefined: there is no such sound. */
export function synthesise(name: string): Float32Array | undefined {
  if (name.startsWith('taiko-')) return drum(name.slice('taiko-'.length));
  const [set, sound] = name.includes('-') ? name.split('-', 2) : ['', name];
  const low = set === 'drum' ? 0.62 : set === 'soft' ? 1.15 : 1;
  const loud = set === 'soft' ? 0.6 : 1;
  switch (sound) {
    case 'hitnormal':
      return set === 'drum'
        ? mix(0.16, (t, n) => 0.8 * sweep(t, 210, 70, 0.06) * decay(t, 0.05) + 0.25 * n * decay(t, 0.012))
        : mix(0.12, (t, n) => loud * (0.5 * sine(t, 1450 * low) * decay(t, 0.012) + 0.45 * n * decay(t, 0.008)));
    case 'hitwhistle':
      return mix(
        0.32,
        (t) => loud * 0.4 * (sine(t, 1850 * low) + 0.5 * sine(t, 2790 * low)) * attack(t, 0.006) * decay(t, 0.09),
      );
    case 'hitfinish':
      return mix(0.9, (t, n) => loud * (0.4 * n + 0.16 * sine(t, 5200 * low) * sine(t, 331)) * decay(t, 0.22));
    case 'hitclap':
      return mix(
        0.22,
        (t, n) => loud * 0.75 * n * (decay(t, 0.012) + 0.7 * burst(t, 0.012) + 0.7 * burst(t, 0.024)) * decay(t, 0.06),
      );
    case 'slidertick':
      return mix(0.05, (t) => loud * 0.5 * sine(t, 2100 * low) * decay(t, 0.01));
    case 'sliderslide':
      return looped(0.5, (t, n) => loud * 0.05 * (n * 0.6 + sine(t, 180)));
    case 'sliderwhistle':
      return looped(0.5, (t) => loud * 0.1 * sine(t, 940) * (0.8 + 0.2 * sine(t, 8)));
    case 'spinnerspin':
      return looped(0.5, (t) => 0.09 * (sine(t, 220) + 0.5 * sine(t, 330)) * (0.7 + 0.3 * sine(t, 6)));
    case 'spinnerbonus':
      return mix(0.5, (t) => 0.35 * (sine(t, 1320) + 0.7 * sine(t, 1980) + 0.4 * sine(t, 2640)) * decay(t, 0.12));
    case 'combobreak':
      return mix(0.5, (t, n) => 0.5 * sweep(t, 420, 90, 0.25) * decay(t, 0.16) + 0.12 * n * decay(t, 0.05));
    case 'count':
      return mix(0.12, (t) => 0.4 * (sine(t, 1046) + 0.4 * sine(t, 2093)) * attack(t, 0.002) * decay(t, 0.03));
    case 'kick':
      return mix(0.25, (t) => 0.9 * sweep(t, 160, 45, 0.08) * decay(t, 0.09));
    case 'clap':
      return mix(0.2, (t, n) => 0.55 * n * (decay(t, 0.01) + 0.7 * burst(t, 0.013)) * decay(t, 0.06));
    case 'hat':
      return mix(0.08, (t, n) => 0.3 * n * decay(t, 0.018));
    case 'finish':
      return mix(1.2, (t, n) => 0.45 * n * decay(t, 0.35));
    default:
      return undefined;
  }
}

/** The drum of osu!taiko: its skin, its rim, and both struck with two sticks. */
function drum(name: string): Float32Array | undefined {
  const [set, sound] = name.split('-', 2);
  const tone = set === 'drum' ? 0.8 : set === 'soft' ? 1.1 : 1;
  const loud = set === 'soft' ? 0.75 : 1;
  switch (sound) {
    case 'hitnormal':
      return mix(
        0.28,
        (t, n) => loud * (0.8 * sweep(t, 190 * tone, 92 * tone, 0.05) * decay(t, 0.075) + 0.2 * n * decay(t, 0.006)),
      );
    case 'hitfinish':
      return mix(
        0.5,
        (t, n) => loud * (0.85 * sweep(t, 160 * tone, 70 * tone, 0.08) * decay(t, 0.13) + 0.25 * n * decay(t, 0.01)),
      );
    case 'hitclap':
      return mix(
        0.12,
        (t, n) => loud * (0.4 * sine(t, 1180 * tone) + 0.25 * sine(t, 1760 * tone) + 0.3 * n) * decay(t, 0.018),
      );
    case 'hitwhistle':
      return mix(
        0.22,
        (t, n) => loud * (0.42 * sine(t, 980 * tone) + 0.28 * sine(t, 1520 * tone) + 0.3 * n) * decay(t, 0.035),
      );
    default:
      return undefined;
  }
}

/** Plays again and again. */
export const isLoop = (name: string): boolean => /slide$|sliderwhistle$|spinnerspin$/.test(name);

const sine = (t: number, hertz: number): number => Math.sin(2 * Math.PI * hertz * t);
const decay = (t: number, seconds: number): number => Math.exp(-t / seconds);
const attack = (t: number, seconds: number): number => Math.min(1, t / seconds);
const burst = (t: number, at: number): number => (t < at ? 0 : Math.exp(-(t - at) / 0.012));

/** From one pitch down to another. */
function sweep(t: number, from: number, to: number, seconds: number): number {
  const k = Math.log(to / from) / seconds;
  const u = Math.min(t, seconds);
  const phase = (from * (Math.exp(k * u) - 1)) / k + Math.max(0, t - seconds) * to;
  return Math.sin(2 * Math.PI * phase);
}

function mix(seconds: number, at: (t: number, noise: number) => number): Float32Array {
  const count = Math.round(seconds * SYNTH_RATE);
  let state = 0x9e3779b9;
  const out = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const fade = Math.min(1, (count - index) / 240);
    out[index] = Math.max(-1, Math.min(1, at(index / SYNTH_RATE, state / 2_147_483_648 - 1) * fade));
  }
  return out;
}

/** Its end goes over into its beginning without a click. */
function looped(seconds: number, at: (t: number, noise: number) => number): Float32Array {
  const overlap = 0.05;
  const long = mix(seconds + overlap, at);
  const count = Math.round(seconds * SYNTH_RATE);
  const out = long.slice(0, count);
  const over = Math.round(overlap * SYNTH_RATE);
  for (let index = 0; index < over; index++) {
    const part = index / over;
    out[index] = (long[index] ?? 0) * part + (long[count + index] ?? 0) * (1 - part);
  }
  return out;
}
