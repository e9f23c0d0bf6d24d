import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readerFor } from './address.ts';
import { camera } from './kind.ts';

test('addresses of cameras, and what reads them', () => {
  for (const address of [
    'rtsp://host/x',
    'https://host/live.m3u8',
    'RTMP://host/app',
    '/dev/video0',
    'file:///a.mp4',
    'demo:',
    'test:',
    'test:?size=640x360&fps=5',
    'images:/srv/pictures?fps=1',
  ])
    assert.ok(camera.accepts(address), address);
  for (const address of [
    'gopher://host',
    '/etc/passwd',
    'javascript:alert(1)',
    'rtsp:///x',
    'http://',
    'images:pictures',
    'testing:',
  ])
    assert.ok(!camera.accepts(address), address);
  assert.equal(readerFor('rtsp://host/x', 'auto'), 'rtsp');
  assert.equal(readerFor('http://host/x', 'auto'), 'ffmpeg');
  assert.equal(readerFor('rtsp://host/x', 'ffmpeg'), 'ffmpeg');
});
