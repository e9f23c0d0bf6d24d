import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError, Unavailable } from '../../../base/errors.ts';
import { monotonicMs } from '../../../base/units.ts';
import { Authorizer, digestHeader, parseChallenges, parseParams, verifyAuthorization } from './auth.ts';
import { Splitter } from './interleaved.ts';
import { MediaClock } from './media-clock.ts';
import { header, type RtspMessage } from './message.ts';
import { RequestChannel } from './request-channel.ts';
import { buildSenderReport, readRtcp } from './rtcp.ts';
import { Reception } from './rtp.ts';
import { controlUrl, parseSdp, sdpParameterSets } from './sdp.ts';
import { TrackTime } from './track-time.ts';

interface Seen {
  packets: string[];
  messages: RtspMessage[];
}
function split(chunks: readonly Buffer[]): Seen {
  const seen: Seen = { packets: [], messages: [] };
  const splitter = new Splitter({
    packet: (channel, data, start, end) => seen.packets.push(`${channel}:${data.toString('hex', start, end)}`),
    message: (message) => seen.messages.push(message),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return seen;
}

const STREAM = Buffer.concat([
  Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nhello'),
  Buffer.from([0x24, 0, 0, 3, 1, 2, 3, 0x24, 1, 0, 0]),
  Buffer.from('\r\nOPTIONS rtsp://x RTSP/1.0\nCSeq: 7\n\n'),
  Buffer.from([0x24, 2, 0, 2, 9, 9]),
]);

test('property: the stream is cut alike, however it comes in pieces', () => {
  const whole = split([Buffer.from(STREAM)]);
  assert.deepEqual(whole.packets, ['0:010203', '1:', '2:0909']);
  assert.deepEqual(
    whole.messages.map((message) => header(message, 'cseq')),
    ['1', '7'],
  );
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 30 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
      const pieces = at.slice(1).map((end, i) => Buffer.from(STREAM.subarray(at[i], end)));
      const seen = split(pieces);
      assert.deepEqual(seen.packets, whole.packets);
      assert.deepEqual(
        seen.messages.map((message) => String(message.body)),
        whole.messages.map((message) => String(message.body)),
      );
    }),
  );
});

test('garbage between packets is refused, with its place in the stream', () => {
  const bad = Buffer.concat([STREAM, Buffer.from([0x00])]);
  assert.throws(
    () => split([bad.subarray(0, 30), bad.subarray(30)].map((piece) => Buffer.from(piece))),
    (error) => error instanceof InputError && error.offset === STREAM.length,
  );
});

test('a header without end and a huge body are refused', () => {
  assert.throws(() => split([Buffer.from(`RTSP/1.0 200 OK\r\nX: ${'a'.repeat(20_000)}`)]), InputError);
  assert.throws(() => split([Buffer.from('RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n')]), InputError);
});

test('property: random bytes end in an InputError or in nothing', () => {
  const lines = fc.constantFrom(
    'RTSP/1.0 200 OK\r\n',
    'CSeq: x\r\n',
    'Content-Length: -5\r\n',
    '\r\n\r\n',
    '$\0\0\u0001',
    'GET / HTTP/1.1',
  );
  const input = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      lines.map((line) => Buffer.from(line)),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(input, (chunks) => {
      try {
        split(chunks);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
  );
});

test('digest as in RFC 7616 section 3.9.1, both algorithms', () => {
  const params = parseParams(
    'realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  );
  const input = {
    username: 'Mufasa',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: '00000001',
  };
  assert.match(digestHeader(params, input), /response="8ca523f5e9506fed4657c9700eebdbec"/);
  params.set('algorithm', 'SHA-256');
  assert.match(
    digestHeader(params, input),
    /response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"/,
  );
});

test('the strongest challenge that we know is taken', () => {
  const challenges = parseChallenges([
    'Basic realm="a", Digest realm="b", nonce="1", algorithm=SHA-256',
    'Digest realm="c", nonce="2"',
    'Digest nonce="3", algorithm=SHA-512-256',
  ]);
  assert.deepEqual(
    challenges.map((c) => [c.scheme, c.params.get('realm')]),
    [
      ['digest', 'b'],
      ['digest', 'c'],
      ['basic', 'a'],
    ],
  );
});

test('a refused credential is not tried again, a stale nonce is', () => {
  const stale = (text: string): boolean => {
    const authorizer = new Authorizer({ username: 'u', password: 'p' });
    assert.equal(authorizer.take(parseChallenges(['Digest realm="r", nonce="1"'])), true);
    authorizer.header('DESCRIBE', 'rtsp://x');
    return authorizer.take(parseChallenges([text]));
  };
  assert.equal(stale('Digest realm="r", nonce="2"'), false);
  assert.equal(stale('Digest realm="r", nonce="2", stale=TRUE'), true);
});

test('the server believes what the client says, and nobody else', () => {
  const expected = { username: 'u', password: 'p', kind: 'digest' } as const;
  const right = new Authorizer(expected);
  right.take(parseChallenges(['Digest realm="Vidette", nonce="n", qop="auth"']));
  assert.equal(verifyAuthorization(right.header('PLAY', 'rtsp://x'), 'PLAY', expected, 'n'), true);
  assert.equal(verifyAuthorization(right.header('PLAY', 'rtsp://x'), 'SETUP', expected, 'n'), false);
  assert.equal(verifyAuthorization(right.header('PLAY', 'rtsp://x'), 'PLAY', expected, 'other'), false);
  assert.equal(verifyAuthorization(undefined, 'PLAY', expected, 'n'), false);
});

test('SDP as cameras write it: static types, no rtpmap, odd spacing', () => {
  const sdp = parseSdp(
    'v=0\nm=audio 0 RTP/AVP 8\nm=video 0 RTP/AVP 96 97\na=rtpmap: 96  h264/90000 \na=fmtp:96 sprop-parameter-sets=Z2QAFg==,aOvjyyLA; x\na=control:trackID=1\nm=application 0 RTP/AVP 107\n',
  );
  assert.deepEqual(
    sdp.media.map((media) => [media.kind, media.encoding, media.clockRate, media.control]),
    [
      ['audio', 'PCMA', 8000, undefined],
      ['video', 'H264', 90_000, 'trackID=1'],
      ['application', '', 0, undefined],
    ],
  );
  const video = sdp.media[1];
  assert.deepEqual(video && sdpParameterSets(video).map((nal) => nal[0]), [0x67, 0x68]);
});

test('a rate that no track has is as good as not told, and long lines cost no time', () => {
  const sdp = parseSdp('m=video 0 RTP/AVP 96\na=rtpmap:96 H264/1\nm=audio 0 RTP/AVP 0\na=rtpmap:0 PCMU/5000000000\n');
  assert.deepEqual(
    sdp.media.map((media) => media.clockRate),
    [90_000, 8000],
  );
  const began = performance.now();
  parseSdp(`m=video 0 RTP/AVP 96\na=x:y${' '.repeat(60_000)}z\n`);
  assert.ok(performance.now() - began < 500);
});

test('a camera that answers no keep-alive costs no memory', async () => {
  const channel = new RequestChannel({ write: () => undefined, unsent: 0 }, undefined);
  const first = channel.send('OPTIONS', '*');
  for (let count = 0; count < 20; count += 1) channel.keepAlive(assert.fail);
  await assert.rejects(first, Unavailable);
  channel.close();
});

test('control URLs', () => {
  const base = 'rtsp://cam/live?x=1';
  assert.equal(controlUrl(base, undefined), base);
  assert.equal(controlUrl(base, '*'), base);
  assert.equal(controlUrl(base, 'trackID=1'), 'rtsp://cam/live?x=1/trackID=1');
  assert.equal(controlUrl('rtsp://cam/live/', 'trackID=1'), 'rtsp://cam/live/trackID=1');
  assert.equal(controlUrl(base, 'rtsp://10.0.0.1/a'), 'rtsp://10.0.0.1/a');
  assert.equal(controlUrl(base, '/a/b'), 'rtsp://cam/a/b');
});

test('property: SDP garbage ends in an InputError or a description', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'm=video 0 RTP/AVP 96',
      'a=rtpmap:96 H264/0',
      'a=fmtp:96 config=zz;=;',
      'm=audio 0 RTP/AVP 999',
      'a=control:',
    ),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        for (const media of parseSdp(lines.join('\n')).media) sdpParameterSets(media);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
  );
});

test('RTP time wraps, and goes on', () => {
  const clock = new MediaClock(90_000);
  const start = 0xffff_f000;
  const times = [0, 1, 2, 3].map((i) => clock.next((start + i * 6000) >>> 0, monotonicMs(i * 67)));
  assert.deepEqual(times, [0, 6000, 12_000, 18_000]);
});

test('time that stands still or jumps is replaced by arrival', () => {
  const clock = new MediaClock(90_000);
  const steps = [
    [0, 0],
    [6000, 67],
    [6000, 134],
    [6000, 200],
    [90_000_000, 267],
    [90_006_000, 333],
  ] as const;
  const marks: boolean[] = [];
  for (const [rtp, ms] of steps) {
    const time = clock.next(rtp, monotonicMs(ms));
    assert.ok(Math.abs(time - ms * 90) < 150, `${time} after ${ms} ms`);
    marks.push(clock.synthesised);
  }
  assert.deepEqual(marks, [false, false, true, true, true, false]);
  assert.equal(clock.repaired, 3);
});

test('time that stands still for good goes on evenly, although pictures arrive in bursts', () => {
  for (const burst of [3, 5]) {
    const clock = new MediaClock(90_000);
    let last = 0;
    for (let frame = 0; frame < 3000; frame += 1) {
      const arrived = Math.ceil(frame / burst) * burst * (200 / 3);
      const time = clock.next(12_345, monotonicMs(arrived));
      if (frame > 200) {
        assert.ok(time - last > 1000 && time - last < 11_000, `${time - last} ticks from picture to picture`);
        assert.ok(Math.abs(time - arrived * 90) < 30_000, `${time / 90} ms after ${arrived} ms`);
      }
      last = time;
    }
  }
});

test('a clock that runs at a wrong rate is seen through, and believed again when it is right', () => {
  const clock = new MediaClock(90_000);
  let rtp = 0;
  const play = (from: number, to: number, ticks: number): number => {
    let time = 0;
    for (let frame = from; frame < to; frame += 1) {
      rtp += ticks;
      time = clock.next(rtp, monotonicMs((frame * 1000) / 15));
    }
    return time;
  };
  play(0, 600, 12_000);
  assert.equal(clock.synthesised, true);
  const before = play(600, 1200, 12_000);
  assert.ok(Math.abs(play(1200, 1800, 12_000) - before - 40 * 90_000) < 9000);
  play(1800, 2400, 6000);
  assert.equal(clock.synthesised, false);
});

test('a network that stalls for seconds and then brings all at once is no wrong clock', () => {
  const clock = new MediaClock(90_000);
  for (let frame = 0; frame < 3000; frame += 1) {
    const at = (frame * 1000) / 15;
    const arrival = at % 20_000 < 6000 ? Math.floor(at / 20_000) * 20_000 + 6000 : at;
    assert.equal(clock.next(frame * 6000, monotonicMs(arrival)), frame * 6000);
  }
});

test('a recorder that was paused for longer than a camera may be wrong believes the times of what waited for it', () => {
  const clock = new MediaClock(90_000);
  for (let n = 0; n < 300; n++) {
    // From the 30th picture on nothing is read for 20 s (300 pictures); then all that waited comes within a moment.
    const arrival = n < 30 ? (n * 1000) / 15 : 22_000 + n;
    assert.equal(clock.next(n * 6000, monotonicMs(arrival)), n * 6000);
    assert.equal(clock.synthesised, false);
  }
});

test('a camera that slept for a minute and says so is believed', () => {
  const clock = new MediaClock(90_000);
  clock.next(0, monotonicMs(0));
  assert.equal(clock.next(60 * 90_000, monotonicMs(60_100)), 60 * 90_000);
});

test('sequence numbers: gaps are counted, doubles and late ones are left out, 65535 is followed by 0', () => {
  const watch = new Reception(90_000);
  assert.deepEqual(
    [65_534, 65_535, 0, 3, 3, 2, 4].map((n) => watch.next(n)),
    [0, 0, 0, 2, -1, -1, 0],
  );
});

test('sender reports are read as they are written', () => {
  const wall = Date.UTC(2026, 10, 21, 12, 0, 0, 250);
  const packet = buildSenderReport(5, wall, 777, 1, 2);
  const { report, goodbye } = readRtcp(packet, 0, packet.length);
  assert.deepEqual([report?.ssrc, report?.rtp, goodbye], [5, 777, false]);
  assert.ok(Math.abs((report?.ntp ?? 0) - 2_208_988_800 - wall / 1000) < 0.001);
  assert.equal(readRtcp(Buffer.from([0x80, 203, 0, 0]), 0, 4).goodbye, true);
});

test('sound is placed by sender reports, unless they are absurd', () => {
  const video = new TrackTime(90_000);
  const audio = new TrackTime(8000);
  video.begin(1000, monotonicMs(0));
  audio.begin(500, monotonicMs(300));
  assert.deepEqual(audio.offsetTo(video), { seconds: 0.3, by: 'arrival' });
  video.report = { ssrc: 1, ntp: 100, rtp: 1000 };
  audio.report = { ssrc: 2, ntp: 100.25, rtp: 500 };
  assert.deepEqual(audio.offsetTo(video), { seconds: 0.25, by: 'sender reports' });
  audio.report = { ssrc: 2, ntp: 4000, rtp: 500 };
  assert.equal(audio.offsetTo(video).by, 'arrival');
});

test('property: junk among packets ends in an InputError, or in packets that were sent, however the stream is cut', () => {
  const real = (i: number): Buffer =>
    Buffer.concat([Buffer.from([0x24, 0, 0, 14, 0x80, 0x60, i, i]), Buffer.alloc(10, i)]);
  const piece = fc.oneof(
    fc.nat(200).map(real),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')),
    fc.constantFrom(Buffer.from('$'), Buffer.from([0x24, 0, 0xff, 0xff]), Buffer.from('a=b\n'), Buffer.from('RT')),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 1, max: 70 }),
      fc.boolean(),
      (pieces, cut, playing) => {
        const stream = Buffer.concat([...pieces, ...Array.from({ length: 3 }, (_, i) => real(i))]);
        let bytes = 0;
        const splitter = new Splitter({
          packet: (_channel, data, start, end) => {
            assert.ok(start <= end && end <= data.length);
            bytes += end - start;
          },
          message: (message) => {
            bytes += message.body.length;
          },
          knows: (channel, second) => playing && channel < 2 && (second === undefined || second === 0x60),
          junk: (count) => assert.ok(count > 0),
        });
        try {
          for (let at = 0; at < stream.length; at += cut) splitter.push(Buffer.from(stream.subarray(at, at + cut)));
          splitter.settle();
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
        assert.ok(bytes <= stream.length);
      },
    ),
    { numRuns: 300 },
  );
});
