/** A drive with music and the like: what the car would ignore is said, and what is on it is what was in the folder. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ImageDrive } from '../../src/sources/dashcam/image/image-drive.ts';
import { makeMedia } from '../../src/sources/dashcam/media-luns/make-media.ts';
import { checkMedia, type MediaFile } from '../../src/sources/dashcam/media-luns/rules.ts';

const run = promisify(execFile);
const wav = Buffer.concat([Buffer.from('RIFF\x24\x00\x00\x00WAVEfmt ', 'latin1'), Buffer.alloc(44)]);
function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64);
  Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').copy(bytes);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
const file = (path: string, head: Buffer = Buffer.alloc(64), bytes = 1000): MediaFile => ({ path, bytes, head });

test('each limit of the car is said with what to do, and what fits is taken', () => {
  const fine = [
    file('LockChime.wav', wav, 1 << 20),
    file('Boombox/horn.mp3'),
    file('LightShow/party.fseq'),
    file('LightShow/party.mp3'),
    file('Wraps/red.png', png(1024, 512)),
    file('LicensePlate/one.png', png(420, 200)),
    file('Music/Someone/Song 1 — live.flac', undefined, 5e7),
  ];
  assert.deepEqual(checkMedia([...fine, file('.DS_Store'), file('Music/._x.mp3')]), { files: fine, problems: [] });
  for (const [wrong, words] of [
    [[file('LockChime.wav', wav, (1 << 20) + 1)], /at most 1 MiB/],
    [[file('LockChime.wav', Buffer.from('ID3'.padEnd(64)))], /no WAV file/],
    [[file('lockchime.WAV', wav)], /written like this/],
    [[file('song.mp3')], /At the top only LockChime/],
    [[file('Boombox/a.ogg')], /WAV and MP3 only/],
    [[file('Boombox/a.mp3', undefined, 2 << 20)], /2\.00 MiB/],
    [Array.from({ length: 6 }, (_, at) => file(`Boombox/${at}.mp3`)), /at most 5 files in Boombox; there are 6/],
    [[file('LightShow/party.fseq')], /needs its music/],
    [[file('LightShow/party.mp3')], /\.fseq is missing/],
    [[file('Wraps/a.png', png(511, 512))], /511 × 512/],
    [[file('Wraps/a.png', Buffer.alloc(64))], /no PNG/],
    [[file('Wraps/a.png', png(512, 512), 1_000_001)], /at most 1 MB/],
    [[file('LicensePlate/a.png', png(420, 150))], /420 × 200 or 420 × 100/],
    [[file('Music/a.txt')], /does not play/],
    [[file('Music/a:b.mp3')], /such a name/],
    [[file('Music/A.mp3'), file('music/a.mp3')], /has the same name/],
    [[file('TeslaCam/x.mp4')], /its own drive/],
  ] as const)
    assert.match(
      checkMedia(wrong)
        .problems.map(({ text }) => text)
        .join('\n'),
      words,
    );
});

/** By our own reader: path → contents. */
async function contentsOf(image: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await using drive = new ImageDrive(image);
  for (const volume of (await drive.scan()).volumes)
    for (const entry of volume.entries) {
      const reader = volume.reader(entry);
      found.set(entry.path, Buffer.from(await reader.read(0, reader.size)));
    }
  return found;
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-media-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const skip = existsSync('/usr/bin/mcopy') || process.env.CI ? false : 'mtools is not installed';
test('the image holds the folder, byte for byte, and an older one stays when something is wrong', {
  skip,
}, async () => {
  const source = join(folder, 'car');
  const files = new Map([
    ['LockChime.wav', wav],
    ['LightShow/party.fseq', Buffer.from('PSEQ-and-more')],
    ['LightShow/party.wav', wav],
    ['Music/Björk/-01 Öffnung.mp3', Buffer.alloc(300_000, 7)],
    ['Wraps/red.png', png(512, 512)],
  ]);
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(source, name)), { recursive: true });
    await writeFile(join(source, name), bytes);
  }
  const image = join(folder, 'media.img');
  const made = await makeMedia(source, image);
  assert.equal(made.files, files.size);
  assert.equal((await stat(image)).size, 512 << 20);
  const back = await contentsOf(image);
  assert.deepEqual([...back.keys()].sort(), [...files.keys()].sort());
  for (const [name, bytes] of files) assert.ok(back.get(name)?.equals(bytes), name);
  const { stdout } = await run('mdir', ['-i', `${image}@@1M`, '-b', '::/Music']);
  assert.match(stdout, /Bj/, 'another reader sees it too');

  const first = await stat(image);
  await writeFile(join(source, 'Boombox.txt'), 'x');
  await assert.rejects(makeMedia(source, image), /At the top only LockChime/);
  const still = await stat(image);
  assert.deepEqual([still.ino, still.mtimeMs], [first.ino, first.mtimeMs]);
  assert.deepEqual((await readdir(folder)).sort(), ['car', 'media.img']);
  await assert.rejects(makeMedia(join(folder, 'none'), image), /cannot be read \(ENOENT\)/);
});
