import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forkOf } from './drive-info.ts';

test('a fork is known by where its code comes from', () => {
  const forks: [string | null, string | null][] = [
    ['https://github.com/commaai/openpilot.git', null],
    ['git@github.com:commaai/openpilot.git', null],
    ['https://github.com/asiusai/sunnypilot.git', 'sunnypilot'],
    ['https://github.com/FrogAi/openpilot', 'frogpilot'],
    ['https://github.com/FrogAi/FrogPilot.git', 'frogpilot'],
    ['https://github.com/somebody/openpilot.git', 'somebody'],
    ['', null],
    [null, null],
  ];
  for (const [gitRemote, fork] of forks) assert.equal(forkOf({ gitRemote }), fork, `${gitRemote}`);
});
