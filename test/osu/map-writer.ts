/** Makes `.osu` files. */

export interface MadeMap {
  readonly version?: number;
  readonly mode?: number;
  readonly hp?: number;
  readonly cs?: number;
  readonly od?: number;
  readonly ar?: number;
  readonly sliderMultiplier?: number;
  readonly tickRate?: number;
  readonly stackLeniency?: number;
  /** Lines of the file. */
  readonly timing?: readonly string[];
  readonly breaks?: readonly (readonly [number, number])[];
  readonly objects: readonly string[];
  readonly lineEnd?: string;
}

/** A tempo of 60 beats a minute, difficulty 5 in all, unless said otherwise. */
export function writeMap(map: MadeMap): Buffer {
  const { version = 14, mode = 0, hp = 5, cs = 5, od = 5, ar = 5, sliderMultiplier = 1, tickRate = 1 } = map;
  const lines = [
    `osu file format v${version}`,
    '',
    '[General]',
    'AudioFilename: audio.mp3',
    `StackLeniency: ${map.stackLeniency ?? 0.7}`,
    `Mode: ${mode}`,
    '',
    '[Metadata]',
    'Title:Generated',
    'Artist:Vidette',
    'Creator:nobody',
    'Version:test',
    '',
    '[Difficulty]',
    `HPDrainRate:${hp}`,
    `CircleSize:${cs}`,
    `OverallDifficulty:${od}`,
    `ApproachRate:${ar}`,
    `SliderMultiplier:${sliderMultiplier}`,
    `SliderTickRate:${tickRate}`,
    '',
    '[Events]',
    ...(map.breaks ?? []).map(([start, end]) => `2,${start},${end}`),
    '',
    '[TimingPoints]',
    ...(map.timing ?? ['0,1000,4,2,0,100,1,0']),
    '',
    '[HitObjects]',
    ...map.objects,
    '',
  ];
  return Buffer.from(lines.join(map.lineEnd ?? '\r\n'));
}
