import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../../base/errors.ts';
import { audioReader } from './audio-reader.ts';
import { LatmDepacketizer, parseStreamMuxConfig } from './latm-depacketizer.ts';
import { PcmDepacketizer } from './pcm-depacketizer.ts';
import type { RtpPacket } from './rtp.ts';
import { parseSdp, type SdpMedia } from './sdp.ts';

function audio(rtpmap: string, fmtp = ''): SdpMedia {
  const [media] = parseSdp(`m=audio 0 RTP/AVP 97\na=rtpmap:97 ${rtpmap}\na=fmtp:97 ${fmtp}\n`).media;
  assert.ok(media);
  return media;
}
const packet = (end: number, timestamp: number, marker = true): RtpPacket => ({
  payloadType: 97,
  marker,
  sequence: 0,
  timestamp,
  ssrc: 1,
  extension: 0,
  start: 0,
  end,
});

test('L16 in stereo and mono G.711 become FLAC of as many channels, 1024 samples a frame', () => {
  const frames: number[] = [];
  const l16 = new PcmDepacketizer('l16', 16_000, 2, { frame: (_data, offset) => frames.push(offset) });
  assert.deepEqual([l16.config.codec, l16.config.sampleRate, l16.config.channels], ['flac', 16_000, 2]);
  const data = Buffer.alloc(640 * 4, 5);
  for (let i = 0; i < 4; i += 1) l16.packet(data, packet(data.length, i * 640), false);
  // Each begins where the last one ended: 1024 samples behind it, told from the packet that completes it.
  assert.deepEqual(frames, [-640, -896]);
  assert.throws(() => new PcmDepacketizer('alaw', 8000, 6, { frame: () => undefined }), InputError);
});

test('LATM: lengths of several bytes, several frames in one element, elements in several packets', () => {
  const frames: [number, number][] = [];
  const media = audio('MP4A-LATM/16000', 'cpresent=0; config=41002810');
  const latm = new LatmDepacketizer(media, { frame: (data, offset) => frames.push([data.length, offset]) });
  assert.deepEqual([latm.config.codecString, latm.config.sampleRate], ['mp4a.40.2', 16_000]);
  const element = Buffer.concat([Buffer.from([255, 45]), Buffer.alloc(300, 1), Buffer.from([10]), Buffer.alloc(10, 2)]);
  latm.packet(element, packet(100, 0, false), false);
  latm.packet(element.subarray(100), packet(element.length - 100, 0), false);
  assert.deepEqual(frames, [
    [300, 0],
    [10, 1024],
  ]);
  assert.deepEqual(parseStreamMuxConfig(Buffer.from('40002810', 'hex')).subframes, 1);
  assert.throws(
    () => new LatmDepacketizer(audio('MP4A-LATM/16000', 'cpresent=1'), { frame: () => undefined }),
    InputError,
  );
});

test('what cannot stand in a segment is left out', () => {
  for (const rtpmap of ['G726-32/8000', 'G722/8000', 'GSM/8000', 'speex/16000', 'x/1'])
    assert.equal(audioReader(audio(rtpmap)), undefined);
});

test('property: any packet of any sound ends in frames or an InputError, and holds no memory', () => {
  const tracks = [
    audio('PCMA/8000'),
    audio('PCMU/8000/2'),
    audio('L16/44100/2'),
    audio('L8/8000'),
    audio('opus/48000/2'),
    audio('MP4A-LATM/16000', 'cpresent=0; config=40002810'),
    audio('MPEG4-GENERIC/16000/1', 'mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=1408'),
  ];
  const step = fc.record({
    bytes: fc.uint8Array({ maxLength: 400 }),
    gap: fc.boolean(),
    marker: fc.boolean(),
    at: fc.nat(5000),
  });
  fc.assert(
    fc.property(fc.constantFrom(...tracks), fc.array(step, { maxLength: 40 }), (media, steps) => {
      const reader = audioReader(media)?.({ frame: (data) => assert.ok(data.length > 0) });
      assert.ok(reader);
      for (const { bytes, gap, marker, at } of steps)
        try {
          reader.packet(Buffer.from(bytes), packet(bytes.length, at, marker), gap);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
    }),
  );
});
