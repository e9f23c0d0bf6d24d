import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPlay } from '../../../../../test/osu/scene/generated-play.ts';
import { CursorPath } from '../cursor-path.ts';
import { Spun } from './spun.ts';

test('how far a spinner is turned hangs on the moment alone, in whatever order it is asked for', () => {
  const { play, replay } = generatedPlay();
  const spinner = play.objects.find((object) => object.kind === 'spinner');
  assert.ok(spinner?.kind === 'spinner');
  const cursor = new CursorPath(replay.frames);
  const moments = Array.from({ length: 40 }, (_, step) => spinner.time - 100 + step * 60);
  const inOrder = new Spun(cursor);
  const rising = moments.map((now) => inOrder.by(spinner, now));
  const falling = new Spun(cursor);
  assert.deepEqual(
    moments
      .toReversed()
      .map((now) => falling.by(spinner, now))
      .toReversed(),
    rising,
  );
  assert.deepEqual(
    moments.map((now) => new Spun(cursor).by(spinner, now)),
    rising,
  );
  // Whoever plays this turns six and a half times a second.
  assert.ok(Math.abs(new Spun(cursor).turnsPerMinute(spinner, spinner.endTime - 100, 1) - 390) < 8);
});
