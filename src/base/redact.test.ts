import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, splitCredential } from './redact.ts';

describe('what is cut out of addresses', () => {
  for (const [typed, url, username, password] of [
    ['rtsp://cam/live', 'rtsp://cam/live', null, null],
    ['rtsp://cam:554/live@2', 'rtsp://cam:554/live@2', null, null],
    ['rtsp://[fd00::1]:554/live@2', 'rtsp://[fd00::1]:554/live@2', null, null],
    ['rtsp://anna@cam/live', 'rtsp://cam/live', 'anna', null],
    ['rtsp://anna:p%40ss@cam/live', 'rtsp://cam/live', 'anna', 'p@ss'],
    ['rtsp://anna:p@ss@cam/live', 'rtsp://cam/live', 'anna', 'p@ss'],
    ['rtsp://anna:p#ss@cam/live', 'rtsp://cam/live', 'anna', 'p#ss'],
    ['rtsp://anna:p/s?s@x@cam:554/live', 'rtsp://cam:554/live', 'anna', 'p/s?s@x'],
    ['rtsp://anna:pass@cam/live@2', 'rtsp://cam/live@2', 'anna', 'pass'],
    ['rtsp://anna:123456/7@cam/live', 'rtsp://cam/live', 'anna', '123456/7'],
    ['/dev/video0', '/dev/video0', null, null],
  ] as const)
    test(typed, () => {
      assert.deepEqual(splitCredential(typed), { url, username, password });
      if (password !== null) assert.ok(!redact(`opening ${typed} failed`).includes(typed.slice(12, -9)));
      else assert.ok(redact(typed).endsWith(typed.slice(-6)));
    });

  for (const [typed, cut] of [
    ['http://cam/live?user=anna&pwd=s3cret&ch=1', 'http://cam/live?user=anna&pwd=…&ch=1'],
    ['rtsp://cam/user=anna_password=s3cret_channel=1.sdp', 'rtsp://cam/user=anna_password=…'],
    ['https://cam/hls.m3u8?access_token=s3cret', 'https://cam/hls.m3u8?access_token=…'],
    ['http://cam/cgi?loginuse=anna&loginpas=s3cret', 'http://cam/cgi?loginuse=anna&loginpas=…'],
    ['https://s3/b/k?X-Amz-Credential=a&X-Amz-Signature=s3cret', 'https://s3/b/k?X-Amz-Credential=…&X-Amz-Signature=…'],
    [
      'rtsp://cam/axis-media/media.amp?camera=1&videocodec=h264',
      'rtsp://cam/axis-media/media.amp?camera=1&videocodec=h264',
    ],
  ] as const)
    test(typed, () => assert.equal(redact(typed), cut));
});
