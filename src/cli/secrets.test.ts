import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseSecrets } from './secrets.ts';

test('a password given as an argument is refused, with the remedy and without the password', () => {
  for (const args of [
    ['serve', '--camera', 'rtsp://joe:hunter2@192.0.2.1/1'],
    ['serve', '--camera=rtsp://:hunter2@host/'],
    ['work', '--token', 'hunter2'],
    ['record', '--password=hunter2'],
  ])
    assert.throws(
      () => refuseSecrets(args),
      (error: Error & { remedy?: string }) =>
        error.name === 'UserError' && !error.message.includes('hunter2') && /VIDETTE_/.test(error.remedy ?? ''),
    );
});

test('an address without a password passes', () => {
  refuseSecrets(['serve', '--camera', 'rtsp://joe@192.0.2.1/1', 'a@b:c']);
});
