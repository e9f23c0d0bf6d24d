import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modNames, rateInNames } from './mods.ts';
import { paceOf } from './pace.ts';
import { MOD, type NamedMod } from './replay.ts';

const named = (...mods: (string | [string, Record<string, unknown>])[]): NamedMod[] =>
  mods.map((mod) => (typeof mod === 'string' ? { acronym: mod, settings: {} } : { acronym: mod[0], settings: mod[1] }));
const of = (mods: number, lazerMods: NamedMod[] = []) => ({ header: { mods }, lazerMods });

test('stable has three speeds; Nightcore alone is higher', () => {
  const [plain, double, night, half] = [0, MOD.DT, MOD.DT | MOD.NC, MOD.HT].map((mods) => paceOf(of(mods)));
  assert.deepEqual(plain, { rate: 1, pitch: 1, nightcore: false });
  assert.deepEqual(double, { rate: 1.5, pitch: 1, nightcore: false });
  assert.deepEqual(night, { rate: 1.5, pitch: 1.5, nightcore: true });
  assert.deepEqual(half, { rate: 0.75, pitch: 1, nightcore: false });
});

test('osu!(lazer) has any; Nightcore and Daycore keep their pitch, others change it where that was switched on', () => {
  const at = (mod: string, settings: Record<string, unknown>) => paceOf(of(0, named('CL', [mod, settings])));
  assert.deepEqual(at('DT', { speed_change: 1.3 }), { rate: 1.3, pitch: 1, nightcore: false });
  assert.deepEqual(at('DT', { speed_change: 1.3, adjust_pitch: true }), { rate: 1.3, pitch: 1.3, nightcore: false });
  assert.deepEqual(at('NC', { speed_change: 1.2 }), { rate: 1.2, pitch: 1.5, nightcore: true });
  assert.deepEqual(at('DC', { speed_change: 0.6 }), { rate: 0.6, pitch: 0.75, nightcore: false });
  assert.deepEqual(at('HT', {}), { rate: 0.75, pitch: 1, nightcore: false });
});

test('a speed that no game has is none: the usual one holds, and two mods together stay within bounds', () => {
  for (const speed of [0, 7, Number.NaN, '1.2', null])
    assert.equal(paceOf(of(0, named(['DT', { speed_change: speed }]))).rate, 1.5);
  assert.equal(paceOf(of(0, named('DT', 'NC'))).rate, 2);
});

test('mods are named with the speed that is their own', () => {
  assert.deepEqual(modNames(of(MOD.HD | MOD.DT | MOD.NC | MOD.SD | MOD.PF)), ['HD', 'PF', 'NC']);
  assert.deepEqual(modNames(of(MOD.DT, named('CL', ['DT', { speed_change: 1.3 }], 'HD', 'DA'))), [
    'HD',
    'DT1.3x',
    'DA',
  ]);
  assert.deepEqual(modNames(of(MOD.HT, named('DC'))), ['DC']);
  for (const replay of [
    of(0),
    of(MOD.HD | MOD.HR),
    of(MOD.DT | MOD.NC | MOD.HD),
    of(MOD.HT | MOD.K4),
    of(0, named('HD', ['DT', { speed_change: 1.37 }], 'FL')),
    of(0, named(['DC', { speed_change: 0.55 }], '4K')),
  ])
    assert.equal(rateInNames(modNames(replay).join('')), paceOf(replay).rate, modNames(replay).join());
});
