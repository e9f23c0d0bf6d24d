import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPlay } from '../../../../test/osu/scene/generated-play.ts';
import { paceOf } from '../read/pace.ts';
import { MOD } from '../read/replay.ts';
import { nightcoreBeats, soundsOf, withoutLayers } from './hit-sounds.ts';
import { type Mix, mixInto, type Voice } from './mixer.ts';
import { softenEdges } from './soft-edges.ts';
import { storySounds } from './story-sounds.ts';
import { isLoop, SYNTH_RATE, synthesise } from './synth.ts';

function heard(mods = 0, play: Parameters<typeof generatedPlay>[1] = {}) {
  const played = generatedPlay(mods, play);
  return soundsOf({
    map: played.map,
    objects: played.play.objects,
    timeline: played.timeline,
    nightcore: paceOf(played.replay).nightcore,
  });
}

test('sounds come when it was clicked, from the sets that object, timing point and map say', () => {
  const { hits } = heard(0, { late: 20 });
  const at = (time: number): string[] => hits.filter((hit) => hit.time === time).map(({ sample }) => sample.name);
  // The timing point says soft; whistle, clap and finish lie over the normal sound.
  assert.deepEqual(at(1220), ['soft-hitnormal']);
  assert.deepEqual(at(1620), ['soft-hitnormal', 'soft-hitwhistle']);
  assert.deepEqual(at(2020), ['soft-hitnormal', 'soft-hitclap']);
  assert.deepEqual(at(2420), ['soft-hitnormal', 'soft-hitfinish']);
  // From 5000 ms on drums.
  assert.deepEqual(at(6420), ['drum-hitnormal']);
  assert.ok(hits.every(({ volume }) => volume > 0 && volume <= 1));
  const circle = hits.find(({ time }) => time === 1220);
  assert.ok(Math.abs((circle?.volume ?? 0) - 0.7 * 0.8) < 1e-9 && (circle?.pan ?? 0) < -0.1);
});

test('a slider is heard at its head, its turns and its end, each with its own sound, and slides in between', () => {
  const { hits, loops } = heard();
  const turns = hits.filter(({ time }) => time >= 4600 && time <= 6100);
  // 400 ms a way; the turn at 5000 ms is the first moment of the drums.
  assert.deepEqual(
    turns.map(({ time, sample }) => `${time} ${sample.name}`),
    [
      '4600 soft-hitnormal',
      '4800 soft-slidertick',
      '5000 drum-hitnormal',
      '5000 drum-hitwhistle',
      '5200 drum-slidertick',
      '5400 drum-hitnormal',
      '5600 drum-slidertick',
      '5800 drum-hitnormal',
      '5800 drum-hitclap',
    ],
  );
  const first = loops.filter(({ time }) => time < 4000).map(({ sample }) => sample.name);
  assert.deepEqual(first, ['soft-sliderslide', 'soft-sliderwhistle']);
  for (const { time, until } of loops) assert.ok(until > time);
});

test('what is missed is silent, a long combo is heard breaking, and Nightcore has its drums', () => {
  const missed = heard(0, { misses: [1] });
  assert.ok(missed.hits.every(({ time }) => time < 1500 || time > 1990));
  const broken = heard(0, { misses: [10] }).hits.filter(({ sample }) => sample.name === 'combobreak');
  assert.equal(broken.length, 1);
  const beats = heard(MOD.DT | MOD.NC).hits.filter(({ sample }) => sample.name.startsWith('nightcore'));
  assert.deepEqual(
    beats.slice(0, 5).map(({ time, sample }) => [time, sample.name]),
    [
      [0, 'nightcore-finish'],
      [0, 'nightcore-kick'],
      [200, 'nightcore-hat'],
      [400, 'nightcore-clap'],
      [600, 'nightcore-hat'],
    ],
  );
  // Four bars of four beats of 400 ms.
  assert.deepEqual(
    beats.flatMap(({ time, sample }) => (sample.name.endsWith('finish') ? [time] : [])),
    [0, 6400],
  );
});

test('a skin without layers leaves the plain sound of a hit with additions out', () => {
  const { hits } = heard();
  const at = (time: number): string[] =>
    withoutLayers(hits)
      .filter((hit) => hit.time === time)
      .map(({ sample }) => sample.name);
  assert.deepEqual(at(1200), ['soft-hitnormal']);
  assert.deepEqual(at(1600), ['soft-hitwhistle']);
  assert.deepEqual(at(4800), ['soft-slidertick']);
});

test('sounds of a storyboard: in the layers of passing and failing, in their state alone', () => {
  const sample = (time: number, layer: 'background' | 'fail' | 'pass') => ({
    time,
    layer,
    file: `${layer}.wav`,
    volume: 0.5,
  });
  const changes = [
    { time: Number.NEGATIVE_INFINITY, passing: true },
    { time: 1000, passing: false },
  ];
  const sounds = storySounds(
    [sample(500, 'pass'), sample(600, 'fail'), sample(1500, 'pass'), sample(1600, 'fail'), sample(1700, 'background')],
    changes,
  );
  assert.deepEqual(
    sounds.map(({ time, sample: { file }, volume }) => [time, file, volume]),
    [
      [500, 'pass.wav', 0.5],
      [1600, 'fail.wav', 0.5],
      [1700, 'background.wav', 0.5],
    ],
  );
});

test('Nightcore in three has a kick with each bar and a clap in its middle; in five it has none', () => {
  const beatsIn = (meter: number): string[] => {
    const { map, play } = generatedPlay();
    const [point] = map.timing;
    assert.ok(point);
    return nightcoreBeats({ ...map, timing: [{ ...point, meter }] }, play.objects)
      .slice(0, 8)
      .map(({ time, sample }) => `${time} ${sample.name.slice(10)}`);
  };
  assert.deepEqual(beatsIn(3), [
    '0 finish',
    '0 kick',
    '200 hat',
    '400 hat',
    '600 clap',
    '800 hat',
    '1000 hat',
    '1200 kick',
  ]);
  assert.deepEqual(beatsIn(5), []);
});

test('every sound that a rule can name is built in, is heard, and does not clip; loops join without a step', () => {
  const names = ['normal', 'soft', 'drum'].flatMap((set) =>
    ['hitnormal', 'hitwhistle', 'hitfinish', 'hitclap', 'slidertick', 'sliderslide', 'sliderwhistle'].map(
      (name) => `${set}-${name}`,
    ),
  );
  const others = [
    'combobreak',
    'spinnerspin',
    'spinnerbonus',
    'nightcore-kick',
    'nightcore-clap',
    'nightcore-hat',
    'nightcore-finish',
  ];
  for (const name of [...names, ...others]) {
    const samples = synthesise(name);
    assert.ok(samples, name);
    const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(peak > 0.02 && peak <= 1, `${name}: ${peak}`);
    assert.deepEqual(synthesise(name), samples);
    if (isLoop(name)) continue;
    assert.ok(Math.abs(samples.at(-1) ?? 1) < 0.02, `${name} ends in a click`);
  }
  assert.equal(synthesise('unknown'), undefined);
});

async function mixed(mix: Partial<Mix>): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const whole: Mix = {
    plan: { channels: 1, sampleRate: SYNTH_RATE },
    length: 20_000,
    musicStart: 0,
    music: () => undefined,
    musicVolume: 1,
    voices: [],
    ...mix,
  };
  await mixInto(
    whole,
    (samples) => parts.push(samples),
    () => undefined,
  );
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

test('each sound begins at its very sample, over the borders of blocks; a loop goes on until it stops', async () => {
  const click = Float32Array.from({ length: 100 }, () => 0.5);
  const voice = (start: number): Voice => ({ start, samples: click, volume: 1, pan: 0 });
  const out = await mixed({ voices: [voice(-50), voice(4000), voice(4090), voice(19_990)] });
  assert.equal(out.length, 20_000);
  assert.deepEqual([out[0], out[49], out[50]], [0.5, 0.5, 0]);
  assert.deepEqual([out[3999], out[4000], out[4189], out[4190]], [0, 0.5, 0.5, 0]);
  assert.deepEqual([out[19_989], out[19_990], out[19_999]], [0, 0.5, 0.5]);
  const loop = await mixed({ voices: [{ ...voice(1000), stop: 9000 }] });
  assert.deepEqual([loop[999], loop[1000], loop[7000], loop[9000]], [0, 0.5, 0.5, 0]);
  assert.ok((loop[8990] ?? 1) < 0.05, 'it fades at its end');
});

test('a loop whose pitch changes goes through its samples as fast as it says, and round again', async () => {
  const ramp = Float32Array.from({ length: 400 }, (_, index) => index / 1000);
  // The first hundred samples at half of its speed, then at twice that of its own.
  const positions = { every: 100, at: Float64Array.of(0, 50, 250, 450) };
  const voice: Voice = { start: 0, samples: ramp, volume: 1, pan: 0, stop: 5000, positions };
  const out = await mixed({ voices: [voice] });
  const seen = [0, 50, 100, 150, 199, 299, 300].map((at) => Math.round((out[at] ?? 0) * 1000));
  assert.deepEqual(seen, [0, 25, 50, 150, 248, 48, 50]);
});

test('music begins where it should, also before the clip, and what is too loud is bent and not cut', async () => {
  const source = (): Mix['music'] => {
    let at = 0;
    return () =>
      at >= 30 ? undefined : Float32Array.from({ length: 1000 }, (_, index) => at++ * 0 + (index % 2 ? 0.25 : 0.5));
  };
  const late = await mixed({ musicStart: 300, music: source() });
  assert.deepEqual([late[299], late[300], late[301]], [0, 0.5, 0.25]);
  const early = await mixed({ musicStart: -301, music: source() });
  assert.deepEqual([early[0], early[1]], [0.25, 0.5]);
  const loud = Float32Array.from({ length: 10 }, () => 3);
  const bent = await mixed({ voices: [{ start: 0, samples: loud, volume: 1, pan: 0 }] });
  assert.ok((bent[0] ?? 0) > 0.9 && (bent[0] ?? 2) <= 1);
});

test('the sound of a part comes in and goes out softly, in whatever blocks it is made', () => {
  const plan = { channels: 2, sampleRate: 1000 };
  const whole = new Float32Array(2 * 2000).fill(1);
  softenEdges(whole, 0, 2000, plan);
  // 50 ms in, 350 ms out.
  assert.deepEqual(
    [0, 25, 50, 1000, 1650, 1825].map((at) => Number(whole[2 * at]?.toFixed(3))),
    [0, 0.5, 1, 1, 1, 0.5],
  );
  const inBlocks = [0, 300, 600, 1900].flatMap((from, index, starts) => {
    const block = new Float32Array(2 * ((starts[index + 1] ?? 2000) - from)).fill(1);
    softenEdges(block, from, 2000, plan);
    return [...block];
  });
  assert.deepEqual(inBlocks, [...whole]);
});
