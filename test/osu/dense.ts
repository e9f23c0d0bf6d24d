/** A dense map, made up, and somebody who plays it: circles in streams and jumps, sliders of every kind. */
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { autoPlay } from './auto-play.ts';
import { writeMap } from './map-writer.ts';
import { writeReplay } from './replay-writer.ts';

/** Of a tempo of 190 beats a minute, in quarters. */
const STEP = 60_000 / 190 / 2;

export function denseMap(seconds: number): Buffer {
  const objects: string[] = [];
  let state = 12_345;
  const random = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  let time = 1000;
  for (let index = 0; time < seconds * 1000; index++) {
    const x = 40 + random(432);
    const y = 40 + random(304);
    const combo = index % 8 === 0 ? 4 : 0;
    const at = Math.round(time);
    if (index % 5 === 4) {
      const curve = `B|${40 + random(432)}:${40 + random(304)}|${40 + random(432)}:${40 + random(304)}`;
      objects.push(`${x},${y},${at},${2 | combo},0,${curve},${1 + random(2)},${120 + random(60)}`);
      time += STEP * 5;
    } else {
      objects.push(`${x},${y},${at},${1 | combo},${2 * random(8)},0:0:0:0:`);
      time += STEP * (1 + random(2) * 0.5);
    }
  }
  const timing = [`0,${60_000 / 190},4,2,0,60,1,0`, '0,-70,4,2,0,60,0,0'];
  return writeMap({ ar: 9, cs: 4, od: 8, sliderMultiplier: 1.8, tickRate: 2, timing, objects });
}

export function denseReplay(map: Uint8Array): Buffer {
  const play = preparePlay(readBeatmap(map, 'made up'), 0, 'made up');
  return writeReplay({ beatmap: map, frames: autoPlay(play) });
}
