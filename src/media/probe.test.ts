import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { makeFootage } from '../../test/media/footage.ts';
import { UserError } from '../base/errors.ts';
import { renderFileClip } from './clip-file.ts';
import { inspectFile } from './probe.ts';
import { sniff } from './sniff.ts';

let folder = '';
let film = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-probe-'));
  film = await makeFootage({
    path: join(folder, 'film.mp4'),
    content: 'plain',
    width: 320,
    height: 180,
    fps: 15,
    seconds: 4,
    sound: true,
  });
});
after(() => rm(folder, { recursive: true, force: true }));

test('a film is described with its tracks', async () => {
  const seen = await inspectFile(film);
  assert.equal(seen.kind, 'video');
  assert.equal(seen.format, 'MP4');
  assert.equal(seen.title, 'test footage');
  assert.equal(seen.segment, null);
  const [video, audio] = seen.tracks;
  assert.ok(video?.type === 'video' && audio?.type === 'audio');
  assert.deepEqual([video.codec, video.width, video.height, video.fps, video.keyFrames], ['avc', 320, 180, 15, 2]);
  assert.deepEqual([audio.codec, audio.channels, audio.sampleRate], ['aac', 1, 16_000]);
  assert.ok(Math.abs((seen.duration ?? 0) - 4) < 0.15);
});

test('what is no film is named, and what is damaged is said', async () => {
  const write = async (name: string, bytes: Buffer): Promise<string> => {
    await writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  const png = await inspectFile(await write('a.png', Buffer.from('89504e470d0a1a0a0000000d', 'hex')));
  assert.deepEqual([png.kind, png.format], ['image', 'PNG picture']);
  const replay = Buffer.alloc(40);
  replay.writeInt32LE(20_240_102, 1);
  replay[5] = 0x0b;
  assert.equal((await inspectFile(await write('a.osr', replay))).kind, 'replay');
  const empty = await inspectFile(await write('empty', Buffer.alloc(0)));
  assert.deepEqual([empty.format, empty.notes], ['empty', []]);
  assert.equal((await inspectFile(await write('noise', Buffer.from([1, 2, 250, 4, 5, 6])))).kind, 'unknown');
  const broken = await inspectFile(await write('broken.mp4', Buffer.from('00000018667479706d70343200000000', 'hex')));
  assert.ok(broken.notes.length > 0);
  await assert.rejects(inspectFile(join(folder, 'missing')), UserError);
  await assert.rejects(inspectFile(folder), UserError);
});

test('sniffing never throws, whatever the bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void sniff(Buffer.from(bytes), bytes.length)));
});

test('a clip of a file is cut, never written over another, and says what is wrong', async () => {
  const output = join(folder, 'clip.mp4');
  const master = join(folder, 'clip.mkv');
  const result = await renderFileClip({
    input: film,
    output,
    master,
    start: 1,
    length: 2,
    limits: { maxBytes: 40_000 },
  });
  assert.equal(result.frames, 30);
  assert.ok(result.bytes <= 40_000);
  assert.equal((await inspectFile(master)).format, 'Matroska');
  await assert.rejects(renderFileClip({ input: film, output }), /exists already/);
  await renderFileClip({ input: film, output, start: 3, force: true });
  const again = await inspectFile(output);
  assert.ok(Math.abs((again.duration ?? 0) - 1) < 0.1, `${again.duration}`);
  await assert.rejects(renderFileClip({ input: film, output: film, force: true }), /The output is the input/);
  await assert.rejects(renderFileClip({ input: film, output: join(folder, 'late.mp4'), start: 60 }), /after its end/);
});
