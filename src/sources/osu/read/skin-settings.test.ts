import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSkinIni } from './read-skin.ts';
import { skinSettings } from './skin-settings.ts';

const read = (text: string) => skinSettings(parseSkinIni(text));

test('what a skin does not say is as the game has it', () => {
  const none = skinSettings(undefined);
  assert.equal(none.version, 2.7, 'without a file it is of the newest version');
  assert.equal(read('[General]\nName: x').version, 1, 'with one that says nothing, of the first');
  assert.equal(read('[General]\nVersion: latest').version, 2.7);
  assert.deepEqual(
    { ...none, version: 0 },
    {
      version: 0,
      framerate: undefined,
      allowSliderBallTint: false,
      sliderBallFlip: true,
      cursorCentre: true,
      cursorExpand: true,
      cursorRotate: true,
      cursorTrailRotate: true,
      overlayAboveNumber: true,
      layeredHitSounds: true,
      spinnerFadePlayfield: false,
      spinnerNoBlink: false,
      comboBurstRandom: false,
      comboBurstSounds: undefined,
      spinnerFrequencyModulate: true,
      comboColours: [],
      sliderBorder: undefined,
      sliderTrack: undefined,
      sliderBall: undefined,
      inputText: { r: 0, g: 0, b: 0 },
      spinnerBackground: { r: 100, g: 100, b: 100 },
      hyperDash: { r: 255, g: 0, b: 0 },
      hyperDashFruit: { r: 255, g: 0, b: 0 },
      hyperDashAfterImage: { r: 255, g: 0, b: 0 },
      hitCircleFont: { prefix: 'default', overlap: -2 },
      scoreFont: { prefix: 'score', overlap: 0 },
      comboFont: { prefix: 'score', overlap: 0 },
    },
  );
});

test('colours of hyper dashes are those of the dash where they are not said', () => {
  const own = read('[CatchTheBeat]\nHyperDash: 0,10,20\nHyperDashFruit: 1,2,3');
  assert.deepEqual(
    [own.hyperDash, own.hyperDashFruit, own.hyperDashAfterImage],
    [
      { r: 0, g: 10, b: 20 },
      { r: 1, g: 2, b: 3 },
      { r: 0, g: 10, b: 20 },
    ],
  );
});

test('combos that are heard are whole numbers', () => {
  const counts = read(
    '[General]\nCustomComboBurstSounds: 30, 50,x,-4, 100\nComboBurstRandom: 1\nSpinnerFrequencyModulate: 0',
  );
  assert.deepEqual([...(counts.comboBurstSounds ?? [])], [30, 50, 100]);
  assert.deepEqual([counts.comboBurstRandom, counts.spinnerFrequencyModulate], [true, false]);
});

test('all that it may say', () => {
  const settings = read(`[General]
Name: Somebody's // with a comment
Version: 2.5
AnimationFramerate: 30
AllowSliderBallTint: 1
SliderBallFlip: 0
CursorCentre: 0
CursorExpand: 0
CursorRotate: 0
CursorTrailRotate: 0
HitCircleOverlayAboveNumer: 0
LayeredHitSounds: 0
SpinnerFadePlayfield: 1
SpinnerNoBlink: 1

[Colours]
Combo1 : 255,192,0
Combo3:  1 , 2 ,3
SliderBorder: 10,20,30,255
SliderTrackOverride: 0,0,0
SliderBall: 300,0,0
InputOverlayText: 255,255,255
SpinnerBackground: 50,60,70

[Fonts]
HitCirclePrefix: Fonts\\Circle\\num
HitCircleOverlap: 7
ScorePrefix: big
ScoreOverlap: -3
ComboPrefix: combo
ComboOverlap: 2
`);
  assert.equal(settings.version, 2.5);
  assert.equal(settings.framerate, 30);
  assert.deepEqual(
    [
      settings.allowSliderBallTint,
      settings.sliderBallFlip,
      settings.cursorCentre,
      settings.cursorExpand,
      settings.cursorRotate,
      settings.cursorTrailRotate,
      settings.overlayAboveNumber,
      settings.layeredHitSounds,
      settings.spinnerFadePlayfield,
      settings.spinnerNoBlink,
    ],
    [true, false, false, false, false, false, false, false, true, true],
  );
  assert.deepEqual(settings.comboColours, [
    { r: 255, g: 192, b: 0 },
    { r: 1, g: 2, b: 3 },
  ]);
  assert.deepEqual(settings.sliderBorder, { r: 10, g: 20, b: 30 });
  assert.deepEqual(settings.sliderTrack, { r: 0, g: 0, b: 0 });
  assert.equal(settings.sliderBall, undefined, 'what is no colour is none');
  assert.deepEqual(settings.inputText, { r: 255, g: 255, b: 255 });
  assert.deepEqual(settings.spinnerBackground, { r: 50, g: 60, b: 70 });
  assert.deepEqual(settings.hitCircleFont, { prefix: 'fonts/circle/num', overlap: 7 });
  assert.deepEqual(settings.scoreFont, { prefix: 'big', overlap: -3 });
  assert.deepEqual(settings.comboFont, { prefix: 'combo', overlap: 2 });
});

test('whatever stands there, it is within bounds', () => {
  const keys = [
    'General.Version',
    'General.AnimationFramerate',
    'Fonts.HitCircleOverlap',
    'Fonts.ScorePrefix',
    'Colours.Combo1',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.string({ maxLength: 30 }), (key, value) => {
      const [section, name] = key.split('.');
      const settings = read(`[${section}]\n${name}: ${value}\n`);
      assert.ok(Number.isFinite(settings.version));
      assert.ok(settings.framerate === undefined || (settings.framerate > 0 && settings.framerate <= 1000));
      assert.ok(Math.abs(settings.hitCircleFont.overlap) <= 1000);
      assert.notEqual(settings.scoreFont.prefix, '');
      for (const { r, g, b } of settings.comboColours)
        assert.ok([r, g, b].every((level) => level >= 0 && level <= 255));
    }),
  );
});
