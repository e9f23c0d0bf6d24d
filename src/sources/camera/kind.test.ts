import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { readerFor } from './address.ts';
import { camera } from './kind.ts';

test('what a file is is told by its first bytes', () => {
  const ofText = (text: string): string | undefined => camera.recognise(Buffer.from(text, 'latin1'))?.type;
  assert.equal(ofText('\0\0\0\u0018ftypisom'), 'video/mp4');
  assert.equal(ofText('\u001a\u0045\u00df\u00a3....webm'), 'video/webm');
  assert.equal(ofText('\u001a\u0045\u00df\u00a3....matroska'), 'video/matroska');
  assert.equal(ofText('RIFF....AVI LIST'), 'video/x-msvideo');
  assert.equal(ofText(`G${'x'.repeat(187)}G`), 'video/mp2t');
  for (const other of ['', 'G', 'osu file format v14', '\u0089PNG\r\n\u001a\n']) assert.equal(ofText(other), undefined);
});

test('the password, and nothing else, is marked as a secret', () => {
  const schema = z.toJSONSchema(camera.settings, { io: 'input' });
  const secret = Object.entries(schema.properties ?? {}).filter(
    ([, field]) => typeof field === 'object' && field.secret === true,
  );
  assert.deepEqual(
    secret.map(([name]) => name),
    ['password'],
  );
});

test('addresses of cameras, and what reads them', () => {
  for (const address of [
    'rtsp://eve:pw@host/x',
    'https://host/live.m3u8',
    'RTMP://host/app',
    '/dev/video0',
    'file:///a.mp4',
  ])
    assert.ok(camera.accepts(address), address);
  for (const address of ['gopher://host', '/etc/passwd', 'javascript:alert(1)'])
    assert.ok(!camera.accepts(address), address);
  assert.equal(readerFor('rtsp://host/x', 'auto'), 'rtsp');
  assert.equal(readerFor('http://host/x', 'auto'), 'ffmpeg');
  assert.equal(readerFor('rtsp://host/x', 'ffmpeg'), 'ffmpeg');
});
