import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { fixture } from '../../../../test/fixtures/video.ts';
import { systemClock } from '../../../base/clock.ts';
import { Unavailable, UserError } from '../../../base/errors.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { sampleUnits } from '../../../media/bitstream/nal.ts';
import type { StreamReader } from '../recorder/stream-reader.ts';
import { readWithFfmpeg } from './read-with-ffmpeg.ts';

type Options = Parameters<StreamReader>[0];

interface Collected {
  readonly configs: StreamConfig[];
  readonly units: AccessUnit[];
  readonly options: Options;
  readonly stop: AbortController;
}

function collect(url: string, more: Partial<Options> = {}, enough = Number.POSITIVE_INFINITY): Collected {
  const stop = new AbortController();
  const configs: StreamConfig[] = [];
  const units: AccessUnit[] = [];
  const options: Options = {
    url,
    username: null,
    password: null,
    clock: systemClock,
    signal: stop.signal,
    onConfig: (config) => configs.push(config),
    onUnit(unit) {
      units.push(unit);
      if (units.length === enough) stop.abort();
    },
    unhurried: () => false,
    onNote: () => undefined,
    ...more,
  };
  return { configs, units, options, stop };
}

async function serve(handler: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const server = createServer({}, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a byte stream over plain HTTP becomes access units with lengths, times and key frames', async () => {
  const { path } = await fixture('h264-360p');
  const { server, url } = await serve((_, response) => response.end(readFileSync(path)));
  try {
    const { configs, units, options } = collect(`${url}/stream.h264`);
    assert.deepEqual(await readWithFfmpeg(options), { reason: 'the stream has ended' });
    assert.equal(configs.length, 1);
    assert.deepEqual([configs[0]?.video.width, configs[0]?.video.height], [640, 360]);
    assert.equal(units.length, 300);
    assert.equal(units.filter(({ key }) => key).length, 20);
    assert.equal(units[0]?.key, true);
    for (const [index, unit] of units.entries()) {
      const [data = Buffer.alloc(0)] = unit.data;
      assert.equal(unit.size, data.length);
      assert.ok([...sampleUnits(data)].length > 0);
      assert.ok(index === 0 || unit.dts > (units[index - 1]?.dts ?? 0));
    }
  } finally {
    server.close();
  }
});

test('a file runs at the speed at which it was made, and stops when asked', async () => {
  const { path } = await fixture('h265-360p');
  const { configs, units, options, stop } = collect(`file://${path}`, {}, 16);
  const began = performance.now();
  await assert.rejects(readWithFfmpeg(options), (error) => error === stop.signal.reason);
  assert.ok(performance.now() - began > 800);
  assert.equal(units.length, 16);
  assert.match(configs[0]?.video.codecString ?? '', /^hvc1\./);
});

test('motion JPEG over HTTP: each part is a picture, at the time at which it came', async () => {
  const canvas = createCanvas(160, 96);
  const context = canvas.getContext('2d');
  const jpegs: Buffer[] = [];
  for (let index = 0; index < 8; index += 1) {
    context.fillStyle = `rgb(${index * 30}, 80, 80)`;
    context.fillRect(0, 0, 160, 96);
    jpegs.push(canvas.toBuffer('image/jpeg'));
  }
  let sent = 0;
  const { server, url } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
    const timer = setInterval(() => {
      const jpeg = jpegs[sent++ % jpegs.length] ?? Buffer.alloc(0);
      response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      response.write(jpeg);
      response.write('\r\n');
    }, 100);
    response.on('close', () => clearInterval(timer));
  });
  try {
    const { configs, units, options, stop } = collect(url, {}, 40);
    await assert.rejects(readWithFfmpeg(options), (error) => error === stop.signal.reason);
    assert.deepEqual([configs[0]?.video.codec, configs[0]?.video.width, configs[0]?.video.height], ['mjpeg', 160, 96]);
    for (const unit of units) {
      assert.equal(unit.key, true);
      assert.ok(jpegs.some((jpeg) => jpeg.equals(Buffer.concat(unit.data))));
    }
    // Ten a second: what FFmpeg would guess is twenty-five.
    const [from, to] = [units.at(-15), units.at(-1)];
    assert.ok(from && to);
    const seconds = (to.pts - from.pts) / 90_000;
    assert.ok(seconds > 1 && seconds < 4, `${seconds} s for 14 pictures`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a wrong password is told as such, and stands in no message and no command line', async () => {
  const seen: string[] = [];
  const { server, url } = await serve((request, response) => {
    seen.push(request.headers.authorization ?? '');
    const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    seen.push(...own.map(commandLine));
    response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' });
    response.end();
  });
  try {
    const { options } = collect(url, { username: 'eve', password: 'Pa55word/@:' });
    await assert.rejects(readWithFfmpeg(options), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.code, 'auth');
      assert.doesNotMatch(error.message + error.remedy, /Pa55word/);
      return true;
    });
    assert.ok(seen.some((text) => text.startsWith('Basic ')));
    assert.ok(!seen.some((text) => text.includes('Pa55word')));
  } finally {
    server.close();
  }
});

test('what cannot be reached or read is an error with a reason', async () => {
  await assert.rejects(readWithFfmpeg(collect('http://127.0.0.1:9/none').options), Unavailable);
  await assert.rejects(readWithFfmpeg(collect('gopher://somewhere').options), UserError);
  const { server, url } = await serve((_, response) => response.end('this is no video\n'.repeat(1000)));
  try {
    await assert.rejects(readWithFfmpeg(collect(url).options), /cannot be opened|no streams|no pictures/);
  } finally {
    server.close();
  }
});

test('a child that dies is the end of a stream and nothing more', async () => {
  const { path } = await fixture('h264-360p');
  let killed = false;
  const { options } = collect(`file://${path}`, {
    onUnit() {
      // What it had sent before is still to come.
      if (killed) return;
      killed = true;
      const child = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'reader.main'])
        .toString()
        .trim();
      process.kill(Number(child), 'SIGKILL');
    },
  });
  await assert.rejects(readWithFfmpeg(options), /has died/);
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
