import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packReplay, writeReplay } from '../../../../test/osu/replay-writer.ts';
import { modsText } from './mods.ts';
import { readReplay } from './read-replay.ts';
import { MOD } from './replay.ts';

const frames = [
  { time: 100, x: 256, y: 192, keys: 0 },
  { time: 116, x: 257.5, y: 190.25, keys: 5 },
  { time: 133, x: 258, y: 189, keys: 10 },
];

test('header and frames of a stable replay', () => {
  const replay = readReplay(writeReplay({ frames, mods: MOD.HD | MOD.DT | MOD.NC }), 'a.osr');
  const { header, frames: read, notes } = replay;
  assert.deepEqual(
    { mode: header.mode, version: header.version, player: header.player, lazer: header.lazer, id: header.onlineId },
    { mode: 0, version: 20_200_427, player: 'vidette', lazer: false, id: '42' },
  );
  assert.equal(modsText(replay), 'HDNC');
  assert.deepEqual(header.life, [
    { time: 0, hp: 1 },
    { time: 1000, hp: 0.5 },
  ]);
  assert.equal(header.playedAt, '2019-11-22T06:13:20.000Z');
  assert.deepEqual([...read.time], [100, 116, 133]);
  assert.deepEqual([...read.x], [256, 257.5, 258]);
  assert.deepEqual([...read.y], [192, 190.25, 189]);
  assert.deepEqual([...read.keys], [0, 5, 10]);
  assert.deepEqual(notes, []);
});

test('every generation of the header: no online id, one of 32 bits, one of 64', () => {
  for (const [version, idBits, id] of [
    [20_110_101, 0, null],
    [20_130_101, 32, '42'],
    [20_140_720, 32, '42'],
    [20_140_721, 64, '42'],
  ] as const)
    assert.equal(readReplay(writeReplay({ frames, version, idBits }), 'a.osr').header.onlineId, id, String(version));
});

test('what osu!(lazer) adds: mods with settings', () => {
  const scoreInfo = { mods: [{ acronym: 'DT', settings: { speed_change: 1.3 } }, { acronym: 'CL' }] };
  const replay = readReplay(writeReplay({ frames, version: 30_000_012, scoreInfo }), 'a.osr');
  assert.ok(replay.header.lazer);
  assert.deepEqual(replay.lazerMods, [
    { acronym: 'DT', settings: { speed_change: 1.3 } },
    { acronym: 'CL', settings: {} },
  ]);
  const odd = readReplay(writeReplay({ frames, version: 30_000_012, scoreInfo: { mods: 7 } }), 'a.osr');
  assert.deepEqual(odd.lazerMods, []);
  assert.match(odd.notes.join(), /score info .* cannot be read/);
});

test('a small step back in time keeps its buttons, a large one is passed over; both count', () => {
  const read = (back: number) =>
    readReplay(
      writeReplay({
        frames: [
          { time: 50, x: 1, y: 1, keys: 0 },
          { time: 70, x: 2, y: 2, keys: 0 },
          { time: 100, x: 3, y: 3, keys: 0 },
          { time: 100 - back, x: 4, y: 4, keys: 5 },
          { time: 120, x: 5, y: 5, keys: 5 },
        ],
      }),
      'a.osr',
    ).frames;
  assert.deepEqual([...read(1).time], [50, 70, 100, 100, 120]);
  assert.deepEqual([...read(1).keys], [0, 0, 0, 5, 5]);
  assert.deepEqual([...read(20).time], [50, 70, 100, 100, 120]);
  assert.deepEqual([...read(21).time], [50, 70, 100, 120]);
});

test('the frames before a skipped intro, and the step back from there, are none of the play', () => {
  const { frames: read } = readReplay(
    packReplay({}, Buffer.from('0|256|-500|0,4639|256|-500|0,-4638|316|167|1,0|316|167|1,16|317|166|1,-12345|0|0|7,')),
    'a.osr',
  );
  assert.deepEqual([...read.time], [1, 17]);
});

test('a replay that ends too soon is refused with what was asked for and where', () => {
  const whole = writeReplay({ frames });
  assert.throws(
    () => readReplay(whole.subarray(0, 3), 'a.osr'),
    /^InputError: a\.osr at byte 1: game version: 4 bytes are asked for and the file has 2 more/,
  );
  assert.throws(() => readReplay(whole.subarray(0, 60), 'a.osr'), /a\.osr at byte \d+: MD5 of the replay/);
  assert.throws(() => readReplay(Buffer.from([9, 1, 2, 3, 4]), 'a.osr'), /game mode: 9 is none/);
  const text = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 0x0b, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])]);
  assert.throws(() => readReplay(text, 'a.osr'), /MD5 of the map: its length has no end/);
});
