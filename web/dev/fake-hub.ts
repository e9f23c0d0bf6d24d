/**
 * A hub made of cardboard, for working on the page without cameras: `node web/dev/fake-hub.ts STREET.mp4 [MORE.mp4 …]`.
 * The files must be fragmented MP4, one frame a fragment (ffmpeg -movflags frag_every_frame+empty_moov+default_base_moof).
 * Signs in anybody with the password "cardboard"; `wrong` as a name makes a viewer.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer } from 'ws';
import type { Camera } from '../../src/contract/camera.ts';
import type { Clip, ClipRequest } from '../../src/contract/clip.ts';
import { answerOfDrives } from './fake-drives.ts';

interface Loop {
  readonly init: Buffer;
  readonly pieces: readonly { readonly bytes: Buffer; readonly tfdt: number; readonly key: boolean }[];
  readonly frame: number;
}

const MIME = 'video/mp4; codecs="avc1.64001f"';
const PASSWORD = 'cardboard';

/** Cuts a file into its head and one piece a frame; remembers where the decode time stands in each. */
function readLoop(file: string): Loop {
  const all = readFileSync(file);
  const head: Buffer[] = [];
  const pieces: { bytes: Buffer; tfdt: number; key: boolean }[] = [];
  let moof: Buffer | undefined;
  for (let at = 0; at + 8 <= all.length; ) {
    const size = all.readUInt32BE(at);
    const type = all.toString('latin1', at + 4, at + 8);
    const box = all.subarray(at, at + size);
    if (type === 'ftyp' || type === 'moov') head.push(box);
    if (type === 'moof') moof = box;
    if (type === 'mdat' && moof) {
      const bytes = Buffer.concat([moof, box]);
      pieces.push({ bytes, tfdt: bytes.indexOf('tfdt') + 4, key: pieces.length % 15 === 0 });
    }
    at += size;
  }
  return { init: Buffer.concat(head), pieces, frame: 6000 };
}

/** Frame `n` since the epoch, at `seconds` on the time line of the answer. */
function pieceAt(loop: Loop, n: number, seconds: number): Buffer {
  const piece = loop.pieces[n % loop.pieces.length];
  if (!piece) throw new Error('the file holds no frames');
  const bytes = Buffer.from(piece.bytes);
  const ticks = BigInt(Math.max(0, Math.round(seconds * 90_000)));
  if (bytes[piece.tfdt] === 1) bytes.writeBigUInt64BE(ticks, piece.tfdt + 4);
  else bytes.writeUInt32BE(Number(ticks), piece.tfdt + 4);
  return bytes;
}

const FRAME_MS = 1000 / 15;
const started = Date.now();
const loops = process.argv.slice(2).map(readLoop);
const names = ['Front door', 'Garden', 'Garage'];
const iso = (ms: number): string => new Date(ms).toISOString();
const HOUR = 3_600_000;

/** Recorded: five hours with two holes, and on to now. */
function spansOf(index: number): { start: number; end: number; open: boolean }[] {
  const begin = started - 5 * HOUR;
  return [
    { start: begin, end: started - 3 * HOUR, open: false },
    { start: started - 2.7 * HOUR, end: started - 9 * 60_000 + index * 1000, open: false },
    { start: started - 7.4 * 60_000, end: Date.now() - 1200, open: true },
  ];
}

function cameraOf(index: number): Camera {
  const down = index === 2;
  return {
    id: `00000000-0000-4000-8000-00000000000${index + 1}`,
    name: names[index] ?? `Camera ${index + 1}`,
    kind: 'camera',
    folder: `camera-${index}`,
    url: index === 0 ? 'demo:' : `rtsp://192.168.1.${20 + index}/stream1`,
    username: index === 0 ? null : 'vidette',
    hasPassword: index > 0,
    enabled: true,
    demo: index === 0,
    retention: { days: index === 0 ? null : 14, bytes: 2_000_000_000, momentDays: null, archiveAfterDays: null },
    subUrl: null,
    recordSub: false,
    reader: 'auto',
    transport: 'auto',
    sound: 'keep',
    alertAfterSeconds: 30,
    latest: 'off',
    onvif: null,
    tracks: ['main'],
    state: {
      status: down ? 'backoff' : 'recording',
      since: iso(started),
      ...(down ? { reason: 'The camera refuses the connection (192.168.1.22, port 554). Is it switched on?' } : {}),
      lastFrameAt: iso(down ? started - 190_000 : Date.now()),
      codec: 'avc1.64001f',
      width: 1280,
      height: 720,
      fps: 15,
      bitrate: 2_400_000,
    },
    footage: { bytes: 5_310_000_000 + index * 1e9, from: iso(started - 5 * HOUR), to: iso(Date.now()) },
    createdAt: iso(started - 90 * HOUR + index),
  };
}

const list = loops.map((_, index) => cameraOf(index));
const clips: Clip[] = [];
const listeners = new Set<ServerResponse>();
let user: { name: string; role: 'admin' | 'viewer' } | undefined;

function tell(event: unknown): void {
  for (const listener of listeners) listener.write(`data: ${JSON.stringify(event)}\n\n`);
}
setInterval(() => {
  for (const [index, camera] of list.entries()) {
    camera.state = { ...cameraOf(index).state, status: camera.enabled ? camera.state.status : 'disabled' };
    tell({ type: 'footage', source: camera.id });
  }
}, 1000);
setInterval(() => {
  for (const camera of list) tell({ type: 'camera', camera });
}, 3000);

function startClip(request: ClipRequest): Clip {
  const clip: Clip = {
    id: randomUUID(),
    title: request.overlays?.title ?? `${list.find((camera) => camera.id === request.sources[0])?.name} clip`,
    request,
    state: 'waiting',
    progress: 0,
    stage: 'Waiting for a worker',
    error: null,
    createdAt: iso(Date.now()),
    finishedAt: null,
    createdBy: user?.name ?? null,
    picture: null,
    result: null,
  };
  clips.unshift(clip);
  const timer = setInterval(() => {
    if (clip.state === 'cancelled') return clearInterval(timer);
    clip.state = 'running';
    clip.progress = Math.min(1, clip.progress + 0.06);
    clip.stage = clip.progress < 0.5 ? 'Looking at the video (1 of 2)' : 'Writing the video (2 of 2)';
    if (clip.title === 'fail' && clip.progress > 0.5) {
      clip.state = 'failed';
      clip.error = 'The footage ends too early: only 3 s of 10 s were recorded. Choose a later start.';
      clearInterval(timer);
    }
    if (clip.progress === 1) {
      clip.state = 'done';
      clip.finishedAt = iso(Date.now());
      clip.result = {
        bytes: 1_984_221,
        duration: 10,
        width: 1280,
        height: 720,
        sha256: '0'.repeat(64),
        fileName: 'clip.mp4',
        notes: [],
      };
      clearInterval(timer);
    }
    tell({ type: 'clip', clip });
  }, 250);
  return clip;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
const problem = (
  response: ServerResponse,
  status: number,
  error: string,
  message: string,
  remedy = '',
  fields = {},
): void => json(response, status, { error, message, remedy, fields });
const sessionOf = () => ({
  user: { id: 'u1', name: user?.name ?? '', role: user?.role ?? 'viewer', createdAt: iso(started) },
  expiresAt: iso(Date.now() + HOUR),
  mustSetPassword: user?.name === 'new',
});
async function bodyOf(request: IncomingMessage): Promise<Record<string, string | undefined>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function video(response: ServerResponse, index: number, url: URL): void {
  const [from, to, origin] = ['from', 'to', 'origin'].map((key) => Date.parse(url.searchParams.get(key) ?? ''));
  const span = spansOf(index).find((candidate) => candidate.end > (from ?? 0) && candidate.start < (to ?? 0));
  const loop = loops[index];
  if (!span || !loop || from === undefined || to === undefined || origin === undefined) {
    problem(response, 404, 'no-footage', 'Nothing was recorded in this stretch.');
    return;
  }
  const first = Math.floor(Math.max(from, span.start) / FRAME_MS / 15) * 15;
  const last = Math.floor(Math.min(to, span.end) / FRAME_MS);
  const pieces = [loop.init];
  for (let n = first; n < last; n++) pieces.push(pieceAt(loop, n, (n * FRAME_MS - origin) / 1000));
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'x-vidette-end': iso(last * FRAME_MS) });
    response.end(Buffer.concat(pieces));
  }, 60);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://x');
  const body = await bodyOf(request);
  const route = `${request.method} ${url.pathname}`;
  const id = decodeURIComponent(url.pathname.split('/')[3] ?? '');
  const index = list.findIndex((camera) => camera.id === id);
  if (!url.pathname.startsWith('/api/')) return file(response, url.pathname);
  if (route === 'POST /api/session') {
    if (body.password !== PASSWORD) return problem(response, 401, 'wrong', 'Name or password is wrong.', 'Try again.');
    user = { name: body.name ?? '', role: body.name === 'viewer' ? 'viewer' : 'admin' };
    return json(response, 200, sessionOf());
  }
  if (route === 'POST /api/session/link') {
    user = { name: 'new', role: 'admin' };
    return json(response, 200, sessionOf());
  }
  if (!user) return problem(response, 401, 'signed-out', 'Please sign in.');
  if (route === 'GET /api/session') return json(response, 200, sessionOf());
  if (route === 'PUT /api/session/password') {
    user = { ...user, name: body.name ?? '' };
    return json(response, 200, sessionOf());
  }
  if (route === 'DELETE /api/session') {
    user = undefined;
    return json(response, 200, { ok: true });
  }
  if (route === 'GET /api/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
    return;
  }
  if (route === 'GET /api/cameras') return json(response, 200, list);
  const driven = answerOfDrives(request.method ?? '', url.pathname);
  if (driven) return json(response, driven.status, driven.value);
  if (route === 'POST /api/cameras')
    return problem(response, 422, 'invalid', 'Some fields are not right.', 'See below.', {
      url: 'This address has no host: rtsp://host/path is meant.',
    });
  if (url.pathname.endsWith('/footage')) {
    const answer = spansOf(index).filter(
      (span) =>
        span.end > Date.parse(url.searchParams.get('from') ?? '') &&
        span.start < Date.parse(url.searchParams.get('to') ?? ''),
    );
    return json(response, 200, {
      source: id,
      track: 'main',
      from: url.searchParams.get('from'),
      to: url.searchParams.get('to'),
      now: iso(Date.now()),
      spans: answer.map((span) => ({
        start: iso(span.start),
        end: iso(span.end),
        codec: 'avc1.64001f',
        open: span.open,
      })),
    });
  }
  if (url.pathname.endsWith('/video.mp4')) return video(response, index, url);
  if (request.method === 'PATCH' && list[index]) {
    Object.assign(list[index], body);
    return json(response, 200, list[index]);
  }
  if (route === 'GET /api/clips') return json(response, 200, clips);
  if (route === 'POST /api/clips')
    return json(response, 200, startClip({ ...body, deliver: [], notify: [] } as unknown as ClipRequest));
  const clip = clips.find((candidate) => candidate.id === id);
  if (clip && url.pathname.endsWith('/cancel')) {
    clip.state = 'cancelled';
    return json(response, 200, clip);
  }
  if (clip && url.pathname.endsWith('/file.mp4')) return file(response, process.argv[2] ?? '', true);
  if (clip && request.method === 'DELETE') {
    clips.splice(clips.indexOf(clip), 1);
    return json(response, 200, { ok: true });
  }
  if (route === 'GET /api/users')
    return json(response, 200, [
      { ...sessionOf().user },
      { id: 'u2', name: 'grandma', role: 'viewer', createdAt: iso(started) },
    ]);
  if (route === 'GET /api/tokens')
    return json(response, 200, [
      {
        id: randomUUID(),
        name: 'home automation',
        scope: 'api-read',
        createdAt: iso(started),
        expiresAt: iso(Date.now() + 40 * 24 * HOUR),
        lastUsedAt: iso(Date.now() - 60_000),
      },
    ]);
  if (route === 'POST /api/tokens')
    return json(response, 200, {
      id: randomUUID(),
      ...body,
      createdAt: iso(started),
      expiresAt: null,
      lastUsedAt: null,
      secret: `vdt_${randomUUID()}`,
    });
  if (route === 'GET /api/system')
    return json(response, 200, {
      version: '0.1.0',
      startedAt: iso(started),
      time: iso(Date.now()),
      storage: { bytes: 21e9, free: 61e9, floor: 6e9, total: 120e9, paused: false },
      recorders: [{ id: 'r1', host: 'this machine', cameras: 3, lastSeen: iso(Date.now()) }],
      workers: [{ id: 'w1', job: null, lastSeen: iso(Date.now() - 2000) }],
    });
  return problem(response, 404, 'not-found', 'There is nothing here.');
});

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
function file(response: ServerResponse, path: string, absolute = false): void {
  const types: Record<string, string> = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.woff2': 'font/woff2',
    '.mp4': 'video/mp4',
    '.webmanifest': 'application/manifest+json',
  };
  let full = absolute ? path : join(import.meta.dirname, '../dist', normalize(path));
  if (!absolute && (!existsSync(full) || statSync(full).isDirectory()))
    full = join(import.meta.dirname, '../dist/index.html');
  response.writeHead(200, {
    'content-type': types[extname(full)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
  });
  createReadStream(full).pipe(response);
}

const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
  const index = list.findIndex((camera) => request.url?.includes(camera.id));
  const loop = loops[index];
  if (!loop) return socket.close();
  socket.send(JSON.stringify({ type: 'live', mime: MIME }));
  socket.send(loop.init);
  const origin = Date.now();
  let next = Math.floor(origin / FRAME_MS / 15) * 15;
  const zero = next;
  const timer = setInterval(() => {
    while (next * FRAME_MS < Date.now()) {
      socket.send(pieceAt(loop, next, ((next - zero) * FRAME_MS) / 1000));
      next++;
    }
  }, 20);
  socket.on('close', () => clearInterval(timer));
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`);
});
