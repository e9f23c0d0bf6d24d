/** `vidette clip replay.osr --beatmap set.osz`: from files to a video. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { SoundFile } from '../../src/media/codec/sound-file.ts';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { MOD } from '../../src/sources/osu/read/replay.ts';
import { vidette } from '../cli/run.ts';
import { lookAt } from '../media/footage.ts';
import { autoPlay } from './auto-play.ts';
import { writeReplay } from './replay-writer.ts';
import { generatedMania, maniaMap } from './scene/generated-mania.ts';
import { MAP_TEXT } from './scene/generated-play.ts';
import { writeZip } from './zip-writer.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-clip-'));
  const map = Buffer.from(MAP_TEXT);
  const background = createCanvas(320, 180);
  background.getContext('2d').fillRect(0, 0, 320, 180);
  // Music that is silent: what is heard are the hits.
  const set = writeZip({
    'made up.osu': map,
    'music.wav': wav(new Int16Array(48_000 * 14)),
    'background.png': background.toBuffer('image/png'),
  });
  await writeFile(join(folder, 'set.osz'), set);
  for (const [name, mods] of [
    ['plain', 0],
    ['fast', MOD.DT | MOD.HD],
  ] as const) {
    const frames = autoPlay(preparePlay(readBeatmap(map, 'made up'), mods, 'made up'));
    await writeFile(join(folder, `${name}.osr`), writeReplay({ beatmap: map, mods, frames }));
  }
  // Four columns: their keys stand where other games have the cursor.
  const notes = maniaMap();
  await writeFile(join(folder, 'mania.osz'), writeZip({ 'keys.osu': notes }));
  const { replay } = generatedMania();
  const frames = Array.from(replay.frames.time, (time, frame) => ({
    time,
    x: replay.frames.x[frame] ?? 0,
    y: 0,
    keys: 0,
  }));
  await writeFile(join(folder, 'mania.osr'), writeReplay({ mode: 3, beatmap: notes, frames }));
});
after(() => rm(folder, { recursive: true, force: true }));

function wav(samples: Int16Array): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(48_000, 24);
  head.writeUInt32LE(96_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

/** Seconds at which sound begins after silence. */
function onsets(path: string): number[] {
  const file = new SoundFile({ name: 'the clip', path }, { channels: 1, sampleRate: 48_000 });
  const found: number[] = [];
  let at = 0;
  let quiet = 0;
  for (let part = file.read(); part; part = file.read())
    for (const value of part) {
      if (Math.abs(value) > 0.02) {
        if (quiet > 4800) found.push(at / 48_000);
        quiet = 0;
      } else quiet++;
      at++;
    }
  file.close();
  return found;
}

/** Hertz of a tone, from one second to another. */
function crossings(path: string, from: number, to: number): number {
  const file = new SoundFile({ name: 'the clip', path }, { channels: 1, sampleRate: 48_000 });
  let [at, count, last] = [0, 0, 0];
  for (let part = file.read(); part; part = file.read())
    for (const value of part) {
      if (at >= from * 48_000 && at < to * 48_000 && last < 0 && value >= 0) count++;
      last = value;
      at++;
    }
  file.close();
  return count / (to - from);
}

test('a replay becomes a video of the right length, heard when it was hit', async () => {
  const out = join(folder, 'plain.mp4');
  const args = ['--beatmap', join(folder, 'set.osz'), '--size', '640x360', '--fps', '30', '--preset', 'draft'];
  const ran = await vidette(['clip', join(folder, 'plain.osr'), ...args, '-o', out, '--json'], { cwd: folder });
  assert.equal(ran.code, 0, ran.err);
  const made = JSON.parse(ran.out) as { duration: number; width: number; bytes: number; notes: string[] };
  // From 0.75 s before the music (1.2 s before anything is seen) to the last object at 11.4 s, a second and a half, and the panel of five.
  assert.ok(Math.abs(made.duration - 18.65) < 0.04, ran.out);
  assert.deepEqual([made.width, made.bytes, made.notes], [640, (await stat(out)).size, []]);
  const { frames } = await lookAt(out);
  assert.equal(frames.length, 560);
  const heard = onsets(out);
  for (const expected of [1.2, 1.6, 2.0, 2.4])
    assert.ok(
      heard.some((time) => Math.abs(time - expected - 0.75) < 0.03),
      `${expected} in ${heard.map((time) => time.toFixed(3))}`,
    );
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.vidette')),
    [],
  );
});

test('a replay of osu!mania becomes a video, each note heard when it was pressed', async () => {
  const out = join(folder, 'mania.mp4');
  const args = ['--beatmap', join(folder, 'mania.osz'), '--size', '320x240', '--fps', '30', '--preset', 'draft'];
  const ran = await vidette(['clip', join(folder, 'mania.osr'), ...args, '-l', '3', '-o', out, '--json'], {
    cwd: folder,
  });
  assert.equal(ran.code, 0, ran.err);
  const made = JSON.parse(ran.out) as { duration: number; notes: string[] };
  assert.ok(Math.abs(made.duration - 3) < 0.04, ran.out);
  // Notes need 574 ms to the line; the clip begins 1.2 s before the first, of 1 s, is seen: 774 ms before the music.
  const [first = 0] = onsets(out);
  assert.ok(Math.abs(first - 1.774) < 0.03, `${first}`);
});

test('at a speed of osu!(lazer) of its own: length, sounds and the music, which Nightcore keeps at its own pitch', async () => {
  const map = Buffer.from(MAP_TEXT);
  const frames = autoPlay(preparePlay(readBeatmap(map, 'made up'), MOD.DT, 'made up'));
  const settings = { speed_change: 1.25 };
  const scoreInfo = { mods: [{ acronym: 'NC', settings }] };
  const replay = join(folder, 'own.osr');
  await writeFile(replay, writeReplay({ beatmap: map, version: 30_000_016, mods: MOD.NC, frames, scoreInfo }));
  // A tone from the second second of the music on, and nothing before.
  const tone = Int16Array.from({ length: 48_000 * 14 }, (_, n) =>
    n < 48_000 ? 0 : 9000 * Math.sin((2 * Math.PI * 440 * n) / 48_000),
  );
  const set = join(folder, 'tone.osz');
  await writeFile(set, writeZip({ 'made up.osu': map, 'music.wav': wav(tone) }));
  const out = join(folder, 'own.mp4');
  const args = ['--beatmap', set, '--size', '320x180', '--fps', '30', '--preset', 'draft', '--hit-volume', '0'];
  const ran = await vidette(['clip', replay, ...args, '-o', out, '--json'], { cwd: folder });
  assert.equal(ran.code, 0, ran.err);
  const made = JSON.parse(ran.out) as { duration: number };
  // First seen at 450 ms, 1.2 s of real time after the beginning; the last object at 11.4 s; a second and a half, and the panel of five.
  const before = (1.2 * 1.25 - 0.45) / 1.25;
  assert.ok(Math.abs(made.duration - (before + 11.4 / 1.25 + 6.5)) < 0.04, ran.out);
  const [first = 0] = onsets(out);
  // Pieces of 40 ms are laid over each other.
  assert.ok(Math.abs(first - (before + 1 / 1.25)) < 0.03, `${first}`);
  // One and a half times as high, however fast.
  const [heard, least, most] = [crossings(out, 4, 6), 655, 665];
  assert.ok(heard > least && heard < most, `${heard} Hz`);
});

test('with Double Time it is faster; a part of it under a size; what is wrong is said', async () => {
  const out = join(folder, 'fast.mp4');
  const base = ['clip', join(folder, 'fast.osr'), '--size', '640x360', '--fps', '30', '--preset', 'draft', '-o', out];
  const set = ['--beatmap', join(folder, 'set.osz')];
  const ran = await vidette([...base, ...set, '-s', '0', '-l', '4', '-m', '0.2', '--json', '--hide', 'keys,counter'], {
    cwd: folder,
  });
  assert.equal(ran.code, 0, ran.err);
  const made = JSON.parse(ran.out) as { duration: number; bytes: number };
  assert.ok(Math.abs(made.duration - 4) < 0.04 && made.bytes <= 200_000, ran.out);
  // The first object is at 1.2 s of the map, the clip begins 1.35 s before it, and all goes one and a half times as fast.
  const [first = 0] = onsets(out);
  assert.ok(Math.abs(first - 1.7) < 0.03, `${first}`);
  const best = join(folder, 'best.mp4');
  const found = await vidette([...base.slice(0, -1), best, ...set, '--highlight', '10', '--json'], { cwd: folder });
  assert.equal(found.code, 0, found.err);
  // The play lasts 8.6 s of real time from first sight on, with what comes behind the last object: all of it.
  const { duration } = JSON.parse(found.out) as { duration: number };
  assert.ok(duration > 7 && duration <= 10, found.out);
  const again = await vidette([...base, ...set], { cwd: folder });
  assert.match(again.err, /there already|exists/);
  for (const [args, words] of [
    [[...base, '--force', ...set, '--highlight', '5'], /not between 10 and 60/],
    [[...base, '--force', ...set, '--highlight', '20', '-l', '5'], /finds its part itself/],
    [[...base, '--force', ...set, '-s', '90', '-l', '5'], /15\.0 s long/],
    [[...base, '--force'], /Which map was played/],
    [[...base, '--force', ...set, '--hide', 'nothing'], /there is no “nothing”/],
    [[...base, '--force', ...set, '--size', 'large'], /no size for a replay/],
    [[...base, '--force', '--beatmap', join(folder, 'plain.osr')], /cannot|not/],
  ] as const) {
    const wrong = await vidette([...args], { cwd: folder });
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.err, words);
  }
});

test('of two that make the same clip at once, the second is refused, and the first is not harmed', async () => {
  const out = join(folder, 'twice.mp4');
  const args = [
    '--beatmap',
    join(folder, 'set.osz'),
    '--size',
    '256x144',
    '--fps',
    '30',
    '-l',
    '6',
    '-o',
    out,
    '--json',
  ];
  const both = await Promise.all(
    [0, 1].map(() => vidette(['clip', join(folder, 'plain.osr'), ...args], { cwd: folder })),
  );
  const [made, refused] = both.sort((a, b) => Number(a.code) - Number(b.code));
  assert.equal(made?.code, 0, made?.err);
  assert.equal(refused?.code, 1, refused?.err);
  assert.match(refused?.err ?? '', /Another vidette is making this clip/);
  const { frames, loudness } = await lookAt(out);
  assert.equal(frames.length, 180);
  assert.ok(loudness.length >= 29, `${loudness.length} tenths of a second or more of sound`);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.')),
    [],
  );
});
