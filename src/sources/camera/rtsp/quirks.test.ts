/**
 * What cameras do otherwise than the standards say: one written example for each row of docs/cameras/quirks.md, under its name.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, test } from 'node:test';
import {
  type Answer,
  closeScripted,
  DELTA,
  KEY,
  PPS,
  packet,
  plain,
  read,
  SDP,
  type Seen,
  SPS,
  scripted,
} from '../../../../test/rtsp/scripted-camera.ts';
import { Unavailable } from '../../../base/errors.ts';
import { parseChallenges } from './auth.ts';
import { chooseVideo } from './choose-tracks.ts';
import { CameraMemory } from './memory.ts';
import { header, type RtspRequest } from './message.ts';
import { baseUrl, controlUrl, parseSdp } from './sdp.ts';
import { parseTransport } from './transport.ts';

afterEach(closeScripted);

const first = ({ units }: Seen): boolean => units.length > 0;
const sets = `${SPS.toString('base64')},${PPS.toString('base64')}`;

/** A camera that plays one picture, with answers of its own for some requests. */
function camera(
  odd: Partial<Record<string, Answer>> = {},
  media: readonly Buffer[] = [packet(0, 1, 0, true, KEY)],
): Answer {
  return (request, socket) => {
    if (request.method === 'PLAY')
      setTimeout(() => {
        for (const bytes of media) socket.write(bytes);
      }, 5);
    return (odd[request.method] ?? plain)(request, socket);
  };
}

/** It is read, whatever it does. */
async function works(
  answer: Answer,
  options: Parameters<typeof read>[1] = {},
): Promise<{ seen: Seen; requests: RtspRequest[] }> {
  const { url, requests } = await scripted(answer);
  const seen = await read(url, options, first);
  assert.ok(seen.units.length > 0);
  return { seen, requests };
}

const methods = (requests: readonly RtspRequest[]): string => requests.map((request) => request.method).join(' ');
const encodingOf = (sdp: string): string | undefined => parseSdp(sdp).media[0]?.encoding;

const QUIRKS: Record<string, () => void | Promise<void>> = {
  'bare line feeds': async () => {
    await works(
      camera({ DESCRIBE: () => ({ raw: `RTSP/1.0 200 OK\ncseq:#\nCONTENT-length: ${SDP.length}\n\n${SDP}` }) }),
    );
  },
  'no CSeq': async () => {
    await works(camera({ OPTIONS: () => ({ raw: 'RTSP/1.0 200 OK\r\n\r\n' }) }));
  },
  'another CSeq': async () => {
    await works(camera({ OPTIONS: () => ({ raw: 'RTSP/1.0 200 OK\r\nCSeq: 4711\r\n\r\n' }) }));
  },
  'no Content-Type': async () => {
    const { requests } = await works(camera());
    assert.equal(header(requests[1] as RtspRequest, 'accept'), 'application/sdp');
  },
  'Content-Length too small': async () => {
    const body = `${SDP}a=x-rest:of it\r\n`;
    await works(
      camera({
        DESCRIBE: () => ({ raw: `RTSP/1.0 200 OK\r\nCSeq: #\r\nContent-Length: ${SDP.length}\r\n\r\n${body}` }),
      }),
    );
  },
  'Content-Length too large': async () => {
    const raw = `RTSP/1.0 200 OK\r\nCSeq: #\r\nContent-Length: ${SDP.length + 7}\r\n\r\n${SDP}`;
    await works(camera({ DESCRIBE: () => ({ raw }) }));
  },
  'no Content-Length': async () => {
    await works(
      camera({
        DESCRIBE: () => ({ raw: `RTSP/1.0 200 OK\r\nCSeq: #\r\nContent-Type: application/sdp\r\n\r\n${SDP}` }),
      }),
    );
  },
  'odd Content-Base': () => {
    const asked = 'rtsp://cam/live';
    for (const odd of [undefined, '', '/live/', 'cam/live', 'none']) assert.equal(baseUrl(asked, odd), asked);
    assert.equal(baseUrl(asked, 'rtsp://u:p@0.0.0.0/live/'), 'rtsp://0.0.0.0/live/');
  },
  'control behind a query': () => {
    assert.equal(
      controlUrl('rtsp://cam/live?channel=1&subtype=0', 'trackID=0'),
      'rtsp://cam/live?channel=1&subtype=0/trackID=0',
    );
  },
  'absolute control': () => {
    assert.equal(
      controlUrl('rtsp://cam/live', 'rtsp://192.168.1.64:554/live/track1'),
      'rtsp://192.168.1.64:554/live/track1',
    );
    assert.equal(controlUrl('rtsp://cam:8554/live', '/live/track1'), 'rtsp://cam:8554/live/track1');
  },
  'no control': () => {
    assert.equal(controlUrl('rtsp://cam/live', undefined), 'rtsp://cam/live');
    assert.equal(controlUrl('rtsp://cam/live', '*'), 'rtsp://cam/live');
  },
  'no rtpmap': () => {
    assert.equal(encodingOf('m=video 0 RTP/AVP 96\na=fmtp:96 packetization-mode=1\n'), 'H264');
    assert.equal(encodingOf('m=video 0 RTP/AVP 96\na=fmtp:96 sprop-vps=QAE=\n'), 'H265');
    assert.equal(encodingOf('m=audio 0 RTP/AVP 8\n'), 'PCMA');
    assert.equal(encodingOf('m=audio 0 RTP/AVP 104\na=fmtp:104 config=1408;sizelength=13\n'), 'MPEG4-GENERIC');
  },
  'SDP in Latin-1': async () => {
    const body = `v=0\r\ns=Caf\xe9 \xb0\xff\r\n${SDP.slice(5)}`;
    await works(
      camera({
        DESCRIBE: () => ({ raw: `RTSP/1.0 200 OK\r\nCSeq: #\r\nContent-Length: ${body.length}\r\n\r\n${body}` }),
      }),
    );
  },
  'no parameter sets in the SDP': async () => {
    const bare = SDP.replace(/; ?sprop-parameter-sets=\S+|sprop-parameter-sets=\S+/, 'packetization-mode=1');
    const media = [packet(0, 1, 0, false, SPS), packet(0, 2, 0, false, PPS), packet(0, 3, 0, true, KEY)];
    const { seen } = await works(camera({ DESCRIBE: () => ({ body: bare }) }, media));
    assert.equal(seen.configs[0]?.video.width, 640);
  },
  'several video tracks': () => {
    const small = 'm=video 0 RTP/AVP 97\na=rtpmap:97 H264/90000\na=control:small\n';
    const jpeg = 'm=video 0 RTP/AVP 26\na=control:jpeg\n';
    const large = `m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=${sets}\na=control:large\n`;
    const sdp = parseSdp(jpeg + small + large);
    assert.equal(chooseVideo(sdp, undefined).media.control, 'large');
    assert.equal(chooseVideo(sdp, 2).media.control, 'small');
    assert.equal(chooseVideo(parseSdp(jpeg), undefined).codec, 'mjpeg');
  },
  'metadata and back channel': async () => {
    const more =
      'm=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:trackID=4\r\n' +
      'm=audio 0 RTP/AVP 0\r\na=control:trackID=5\r\na=sendonly\r\n';
    const { requests } = await works(camera({ DESCRIBE: () => ({ body: SDP + more }) }));
    assert.equal(methods(requests).match(/SETUP/g)?.length, 1);
  },
  'other channels than asked': async () => {
    const SETUP: Answer = () => ({ headers: { Session: '1', Transport: 'RTP/AVP/TCP;unicast;interleaved=6-7' } });
    await works(camera({ SETUP }, [packet(6, 1, 0, true, KEY)]));
  },
  'pictures before the answer to PLAY': async () => {
    const PLAY: Answer = (_request, socket) => {
      socket.write(packet(0, 1, 0, true, KEY));
      return {};
    };
    await works(camera({ PLAY }, []));
  },
  'no RTP-Info, or a wrong one': async () => {
    const PLAY: Answer = () => ({ headers: { 'RTP-Info': 'url=trackID=0;seq=;rtptime=99999999999999' } });
    const { seen } = await works(camera({ PLAY }));
    assert.equal(seen.units[0]?.pts, 0);
  },
  'another payload type than described': async () => {
    const odd = packet(0, 1, 0, true, KEY);
    odd[5] = 0x80 | 98;
    await works(camera({}, [odd]));
  },
  'marker on every slice': async () => {
    const second = Uint8Array.from([0x65, 0x08, 9]);
    const media = [0, 1, 2].flatMap((i) => [
      packet(0, 2 * i, i * 6000, true, KEY),
      packet(0, 2 * i + 1, i * 6000, true, second),
    ]);
    const { url } = await scripted(camera({}, [...media, packet(0, 6, 18_000, true, KEY)]));
    const seen = await read(url, {}, ({ units }) => units.length === 4);
    assert.deepEqual(
      seen.units.slice(2).map((unit) => unit.size),
      [15, 15],
    );
  },
  'junk between packets': async () => {
    const media = [packet(0, 1, 0, true, KEY), Buffer.from('\x00\x01junk$'), packet(0, 2, 6000, true, DELTA)];
    const { url } = await scripted(camera({}, media));
    const seen = await read(url, {}, ({ units }) => units.length === 2);
    assert.deepEqual(seen.notes, ['garbage']);
  },
  'packets of an older session': async () => {
    const old = packet(0, 999, 5, true, KEY);
    old.writeUInt32BE(0x01d, 12);
    const media = [packet(0, 1, 0, true, KEY), old, packet(0, 2, 6000, true, DELTA)];
    const { url } = await scripted(camera({}, media));
    const seen = await read(url, {}, ({ units }) => units.length === 2);
    assert.deepEqual(
      seen.units.map((unit) => unit.pts),
      [0, 6000],
    );
    assert.deepEqual(seen.notes, ['packet']);
  },
  'UDP in answer to TCP': async () => {
    const SETUP: Answer = () => ({ headers: { Session: '1', Transport: 'RTP/AVP;unicast;server_port=9000-9001' } });
    const { url, requests } = await scripted(camera({ SETUP }, []));
    await read(url, { silenceTimeoutMs: 300 });
    assert.match(header(requests[3] as RtspRequest, 'transport') ?? '', /^RTP\/AVP;unicast;client_port=\d+-\d+$/);
  },
  'TCP refused': async () => {
    const SETUP: Answer = (request) =>
      /TCP/.test(header(request, 'transport') ?? '')
        ? { status: '461 Unsupported Transport' }
        : { headers: { Session: '1' } };
    const memory = new CameraMemory();
    const { url, requests } = await scripted(camera({ SETUP }, []));
    await read(url, { silenceTimeoutMs: 300 }, undefined, memory);
    await read(url, { silenceTimeoutMs: 300 }, undefined, memory);
    assert.equal(requests.filter((request) => request.method === 'SETUP').length, 3);
  },
  'server_port 0 or absent': () => {
    for (const text of ['RTP/AVP;unicast;client_port=5000-5001;server_port=0-0', 'RTP/AVP;unicast', undefined]) {
      const told = parseTransport(text);
      assert.deepEqual([told.serverPort, told.serverRtcpPort, told.tcp], [undefined, undefined, false]);
    }
    assert.equal(parseTransport('RTP/AVP;server_port=6970').serverRtcpPort, 6971);
  },
  'OPTIONS refused': async () => {
    await works(camera({ OPTIONS: () => ({ status: '501 Not Implemented' }) }));
  },
  'range refused': async () => {
    const PLAY: Answer = (request) => (header(request, 'range') === undefined ? {} : { status: '457 Invalid Range' });
    await works(camera({ PLAY }));
  },
  'PLAY of the whole refused': async () => {
    const PLAY: Answer = (request) =>
      /trackID/.test(request.url) ? {} : { status: '459 Aggregate Operation Not Allowed' };
    await works(camera({ PLAY }));
  },
  'keep-alive refused': async () => {
    const stop = new AbortController();
    const { url, requests } = await scripted(
      camera({
        SETUP: () => ({ headers: { Session: '1 ; Timeout = 2' } }),
        OPTIONS: (request) => {
          if (header(request, 'session') === undefined) return { headers: { Public: 'OPTIONS, GET_PARAMETER' } };
          stop.abort();
          return { status: '400 Bad Request' };
        },
        GET_PARAMETER: () => ({ status: '551 Option not supported' }),
      }),
    );
    await read(url, { signal: stop.signal });
    assert.match(methods(requests), /PLAY GET_PARAMETER OPTIONS/);
    assert.equal(header(requests[3] as RtspRequest, 'session'), '1');
  },
  'nonce grown old': async () => {
    let nonce = 1;
    const challenge = (): ReturnType<Answer> => ({
      status: '401 Unauthorized',
      headers: { 'WWW-Authenticate': `Digest realm="cam", nonce="n${nonce}"` },
    });
    const guarded: Answer = (request, socket) => {
      if (!(header(request, 'authorization') ?? '').includes(`nonce="n${nonce}"`)) return challenge();
      if (request.method === 'DESCRIBE') nonce = 2;
      return camera()(request, socket);
    };
    await works(guarded, { username: 'admin', password: 'word' });
  },
  'several ways to sign in': () => {
    const [best] = parseChallenges([
      'Basic realm="x"',
      'Digest realm="x", nonce="1", algorithm=MD5',
      'Digest realm="x", nonce="1", algorithm=SHA-256',
    ]);
    assert.deepEqual([best?.scheme, best?.params.get('algorithm')], ['digest', 'SHA-256']);
  },
  'sent elsewhere': async () => {
    const target = await scripted(camera());
    const { url } = await scripted(
      camera({ DESCRIBE: () => ({ status: '302 Moved', headers: { Location: target.url } }) }),
    );
    assert.ok(first(await read(url, {}, first)));
    const later = await scripted((request, socket) => {
      if (request.method === 'PLAY')
        setTimeout(() => socket.write(`REDIRECT * RTSP/1.0\r\nCSeq: 1\r\nLocation: ${target.url}\r\n\r\n`), 5);
      return plain(request, socket);
    });
    assert.ok(first(await read(later.url, {}, first)));
  },
  'session forgotten': async () => {
    const SETUP: Answer = () => ({ headers: { Session: '1;timeout=2' } });
    const OPTIONS: Answer = (request) => (header(request, 'session') ? { status: '454 Session Not Found' } : {});
    const { url } = await scripted(camera({ SETUP, OPTIONS }));
    const { end } = await read(url);
    assert.deepEqual([end.cause, end.reason], ['bye', 'The camera has forgotten the session.']);
  },
  'few sessions': async () => {
    const memory = new CameraMemory();
    const open = new Set<string>();
    let sessions = 0;
    let forgets = true;
    const { url, requests } = await scripted((request, socket) => {
      if (request.method === 'SETUP') {
        if (open.size > 0) return { status: '453 Not Enough Bandwidth' };
        sessions += 1;
        open.add(`s${sessions}`);
        return { headers: { Session: `s${sessions}` } };
      }
      if (request.method === 'TEARDOWN' && forgets) open.delete(header(request, 'session') ?? '');
      // The connection breaks, and the camera has not noticed.
      if (request.method === 'PLAY' && sessions === 1) setTimeout(() => socket.resetAndDestroy(), 20);
      if (request.method === 'PLAY' && sessions === 2) setTimeout(() => socket.resetAndDestroy(), 100);
      return camera()(request, socket);
    });
    assert.equal((await read(url, {}, undefined, memory)).end.cause, 'reset');
    assert.equal((await read(url, {}, undefined, memory)).end.cause, 'reset');
    assert.match(methods(requests), /SETUP TEARDOWN SETUP PLAY$/);
    forgets = false;
    await assert.rejects(read(url, {}, undefined, memory), (error) => {
      assert.ok(error instanceof Unavailable && error.retryAfterMs > 1000);
      return /forgets our last session/.test(error.message);
    });
  },
};

for (const [name, example] of Object.entries(QUIRKS)) test(name, example);

test('the table of quirks and the examples name the same', async () => {
  const page = await readFile(new URL('../../../../docs/cameras/quirks.md', import.meta.url), 'utf8');
  const [table = ''] = page.split('## How packets travel');
  const rows = [...table.matchAll(/^\| ([^|]+?) \|/gm)].map(([, name]) => name).slice(2);
  assert.deepEqual(rows.toSorted(), Object.keys(QUIRKS).toSorted());
});
