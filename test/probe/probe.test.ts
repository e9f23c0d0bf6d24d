/** Trying an address, in the child process, against a camera that counts its frames. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CameraTestRequest } from '../../src/contract/camera-test.ts';
import { CameraTester } from '../../src/hub/probe/tester.ts';
import { adviceOn } from '../../src/sources/camera/probe/advice.ts';
import { startTestCamera } from '../rtsp/camera.ts';

const tester = new CameraTester();
const asked = (url: string, password: string | null = null): CameraTestRequest =>
  CameraTestRequest.parse({ url, username: password === null ? null : 'viewer', password });

test('a camera that works: what comes, how fast, and a picture of it', async () => {
  const camera = await startTestCamera({ fixture: 'h264-360p' });
  try {
    const seen = await tester.test(asked(camera.url()));
    assert.equal(seen.ok, true, JSON.stringify(seen.problem));
    assert.match(seen.video?.codec ?? '', /^avc1\./);
    assert.ok(Math.abs((seen.video?.fps ?? 0) - camera.fps) < 1, `${seen.video?.fps} frames a second`);
    assert.ok((seen.video?.keyFrameEvery ?? 0) > 0);
    assert.ok((seen.firstPictureMs ?? 0) > 0);
    assert.deepEqual([...Buffer.from(seen.picture ?? '', 'base64').subarray(0, 3)], [0xff, 0xd8, 0xff], 'a JPEG');
  } finally {
    await camera.close();
  }
});

test('one that does not: refused, not there, not a camera; never with the password', async () => {
  const camera = await startTestCamera({
    fixture: 'h264-360p',
    auth: { username: 'viewer', password: 'right-w0rd', kind: 'digest' },
  });
  try {
    const refused = await tester.test(asked(camera.url(), 'wr0ng-w0rd'));
    assert.equal(refused.ok, false);
    assert.equal(refused.problem?.cause, 'refused');
    assert.ok(!JSON.stringify(refused).includes('wr0ng-w0rd'));
    const missing = await tester.test(asked('rtsp://127.0.0.1:9/none'));
    assert.equal(missing.problem?.cause, 'unreachable');
  } finally {
    await camera.close();
  }
});

test('advice: nothing for a camera as it should be, a sentence for each thing that is not', () => {
  const good = { codec: 'avc1.64001f', width: 1920, height: 1080, fps: 15, bitrate: 3e6, keyFrameEvery: 2 };
  const audio = { codec: 'mp4a.40.2', sampleRate: 16_000, channels: 1 };
  assert.deepEqual(adviceOn({ video: good, audio }, 5), []);
  assert.equal(adviceOn({ video: { ...good, codec: 'hvc1.1.6.L120.90', keyFrameEvery: 20 } }, 8).length, 3);
  const { keyFrameEvery: _, ...rare } = good;
  assert.match(adviceOn({ video: rare, audio }, 8).join(), /No second key frame came within 8 s/);
  assert.deepEqual(adviceOn({ video: rare, audio }, 1), []);
});
