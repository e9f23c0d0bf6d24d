import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byPlace, cameraName, kindWord, lackText, placeText, reasonWords, shortName, whyWords } from './car-words.ts';

test('reasons that are known are said in words, and others as the car writes them', () => {
  for (const reason of [
    'user_interaction_dashcam_icon_tapped',
    'user_interaction_dashcam_panel_save',
    'user_interaction_dashcam_launcher_action_tapped',
    'user_interaction_dashcam_multifunction_selected',
    'user_interaction_honk',
    'sentry_aware_object_detection',
    'sentry_locked_handle_pulled',
    'vehicle_auto_emergency_braking',
  ])
    assert.doesNotMatch(reasonWords(reason), /_/, reason);
  assert.equal(reasonWords('sentry_aware_accel_0.453139'), 'The car was pushed or shaken (0.45 g).');
  assert.match(reasonWords('sentry_panic_accel_0.903371'), /alarm.*0\.90 g/);
  assert.match(reasonWords('sentry_aware_body_cam_object_detection'), /sentry_aware_body_cam_object_detection\.$/);
  assert.match(reasonWords(null), /not known/);
});

test('an event has a kind even when its file is lost', () => {
  assert.equal(kindWord({ what: null, ring: 'sentry' }), 'Sentry');
  assert.equal(kindWord({ what: 'panic', ring: 'sentry' }), 'Alarm');
});

test('cameras stand as one looks around; those that are not known come last, with their name', () => {
  const sorted = ['cabin', 'right_repeater', 'front', 'unknown', 'left_pillar', 'back'].map((camera) => ({ camera }));
  assert.deepEqual(
    sorted.sort(byPlace).map(({ camera }) => camera),
    ['front', 'back', 'left_pillar', 'right_repeater', 'cabin', 'unknown'],
  );
  assert.equal(cameraName('left_repeater'), 'Left repeater');
  assert.equal(cameraName('roof_top'), 'Roof top');
  assert.deepEqual(['left_repeater', 'right_pillar', 'back'].map(shortName), ['L. repeater', 'R. pillar', 'Rear']);
});

test('places and lacks are told as far as there are any', () => {
  assert.equal(placeText({ street: null, city: 'Lombard' }), 'Lombard');
  assert.equal(placeText({ street: ' ', city: null }), undefined);
  assert.equal(lackText({ clips: 6, damaged: 0, encrypted: 0, filled: 0 }), undefined);
  assert.equal(lackText({ clips: 6, damaged: 1, encrypted: 0, filled: 2 }), '1 cut off · video from the last hours');
  assert.equal(lackText({ clips: 6, damaged: 0, encrypted: 6, filled: 0 }), 'encrypted');
  assert.equal(lackText({ clips: 0, damaged: 0, encrypted: 0, filled: 0 }), 'no video left');
  assert.equal(whyWords(null), undefined);
  assert.match(whyWords('encrypted') ?? '', /dashcam\.tesla\.com/);
});
