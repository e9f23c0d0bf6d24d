/** The 35 easings of storyboard commands, by their numbers (osu! wiki, “Storyboard scripting commands”; curves are Penner's). All go from 0 to 1. Pure. */

type Ease = (part: number) => number;

const { PI, cos, pow, sin, sqrt } = Math;
/** Of the elastic ones: how often they swing, and where. */
const SWING = (2 * PI) / 0.3;
const SHIFT = 0.3 / 4;
const BACK = 1.70158;
const BACK_BOTH = BACK * 1.525;
const BOUNCE = 1 / 2.75;
/** What Penner's exponential curves miss at their ends; it is laid over the length, so that they arrive. */
const EXPO_LEFT = 2 ** -10;
const elasticLeft = (part: number): number => EXPO_LEFT * sin((part - SHIFT) * SWING);
const ELASTIC_BOTH_LEFT = EXPO_LEFT * sin(((1 - SHIFT * 1.5) * SWING) / 1.5);

const power =
  (n: number): Ease =>
  (t) =>
    pow(t, n);
const sine: Ease = (t) => 1 - cos((t * PI) / 2);
const expo: Ease = (t) => pow(2, 10 * (t - 1)) + EXPO_LEFT * (t - 1);
const circ: Ease = (t) => 1 - sqrt(Math.max(0, 1 - t * t));
const back: Ease = (t) => t * t * ((BACK + 1) * t - BACK);
const backBoth: Ease = (t) => t * t * ((BACK_BOTH + 1) * t - BACK_BOTH);

/** @param slower 1, 0.5 or 0.25 of the swings */
const elasticOut =
  (slower: number): Ease =>
  (t) =>
    pow(2, -10 * t) * sin((slower * t - SHIFT) * SWING) + 1 - elasticLeft(slower) * t;

const elasticBoth: Ease = (t) => {
  const twice = 2 * t;
  if (twice < 1)
    return (
      -0.5 *
      (pow(2, -10 + 10 * twice) * sin(((1 - SHIFT * 1.5 - twice) * SWING) / 1.5) - ELASTIC_BOTH_LEFT * (1 - twice))
    );
  const rest = twice - 1;
  return 0.5 * (pow(2, -10 * rest) * sin(((rest - SHIFT * 1.5) * SWING) / 1.5) - ELASTIC_BOTH_LEFT * rest) + 1;
};

const bounceOut: Ease = (t) => {
  if (t < BOUNCE) return 7.5625 * t * t;
  const [from, least] =
    t < 2 * BOUNCE
      ? ([1.5 * BOUNCE, 0.75] as const)
      : t < 2.5 * BOUNCE
        ? ([2.25 * BOUNCE, 0.9375] as const)
        : ([2.625 * BOUNCE, 0.984375] as const);
  return 7.5625 * (t - from) * (t - from) + least;
};

const out =
  (ease: Ease): Ease =>
  (t) =>
    1 - ease(1 - t);
/** In up to the middle, out behind it. */
const both =
  (ease: Ease): Ease =>
  (t) =>
    t < 0.5 ? ease(2 * t) / 2 : 1 - ease(2 - 2 * t) / 2;
const all = (ease: Ease): readonly [Ease, Ease, Ease] => [ease, out(ease), both(ease)];

const EASINGS: readonly Ease[] = [
  (t) => t,
  out(power(2)),
  power(2),
  ...all(power(2)),
  ...all(power(3)),
  ...all(power(4)),
  ...all(power(5)),
  ...all(sine),
  ...all(expo),
  ...all(circ),
  out(elasticOut(1)),
  elasticOut(1),
  elasticOut(0.5),
  elasticOut(0.25),
  elasticBoth,
  back,
  out(back),
  both(backBoth),
  out(bounceOut),
  bounceOut,
  both(out(bounceOut)),
];

/** @param number of the easing; what is none of them is linear @param part 0 to 1 */
export function ease(number: number, part: number): number {
  return (EASINGS[number] ?? EASINGS[0])?.(part) ?? part;
}
