import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { writeZip } from '../../../../test/osu/zip-writer.ts';
import { findMap, mapHashes } from './find-map.ts';
import { parseSkinIni, readSkin } from './read-skin.ts';

const crlf = writeMap({ objects: ['1,2,3,1,0'] });
const other = writeMap({ objects: ['9,9,9,1,0'] });
const md5 = createHash('md5').update(crlf).digest('hex');
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-osu-'));
});
after(() => rm(folder, { recursive: true }));

test('a map is known by its MD5 also when its line ends were changed on the way', () => {
  const lf = Buffer.from(crlf.toString().replaceAll('\r\n', '\n'));
  assert.ok(mapHashes(crlf).includes(md5));
  assert.ok(mapHashes(lf).includes(md5));
  assert.ok(mapHashes(crlf).includes(createHash('md5').update(lf).digest('hex')));
  assert.ok(!mapHashes(other).includes(md5));
});

test('found in a file, an archive, a folder and Songs', async () => {
  const songs = join(folder, 'Songs');
  await mkdir(join(songs, '1 a'), { recursive: true });
  await mkdir(join(songs, '2 b'));
  await writeFile(join(songs, '1 a', 'other.osu'), other);
  await writeFile(join(songs, '2 b', 'map.osu'), crlf);
  await writeFile(join(songs, 'damaged.osz'), 'PK\u0003\u0004 and nothing more');
  const set = join(folder, 'set.osz');
  await writeFile(set, writeZip({ 'a/other.osu': other, 'map.OSU': crlf, 'audio.mp3': Buffer.alloc(10) }));
  for (const place of [songs, join(songs, '2 b'), set]) {
    const found = await findMap(place, md5);
    assert.equal(found.map.objects[0]?.time, 3, place);
    assert.ok(found.matches);
  }
  const single = await findMap(join(songs, '1 a', 'other.osu'), md5);
  assert.equal(single.matches, false);
});

test('a map that is not there is said so', async () => {
  const set = join(folder, 'other.osz');
  await writeFile(set, writeZip({ 'other.osu': other }));
  await assert.rejects(
    findMap(set, md5),
    new RegExp(`UserError: other\\.osz does not hold the map of this replay \\(MD5 ${md5}\\)`),
  );
  await assert.rejects(findMap(join(folder, 'none.osz'), md5), /UserError: There is no .*none\.osz/);
});

test('an archive that lies about its lengths, or is none, is refused by name', async () => {
  const bomb = join(folder, 'bomb.osz');
  await writeFile(bomb, writeZip({ 'map.osu': Buffer.alloc(20_000_000) }, 1000));
  await assert.rejects(findMap(bomb, md5), /^InputError: bomb\.osz, map\.osu: /);
  const large = join(folder, 'large.osz');
  await writeFile(large, writeZip({ 'map.osu': crlf }, 2 ** 31));
  await assert.rejects(findMap(large, md5), /large\.osz, map\.osu: has 2147483648 bytes; 67108864 are the most/);
  const cut = join(folder, 'cut.osz');
  await writeFile(cut, writeZip({ 'map.osu': crlf }).subarray(0, 200));
  await assert.rejects(findMap(cut, md5), /^InputError: cut\.osz: cannot be read as a zip archive/);
});

test('a skin: its elements, with or without a folder around them, and its skin.ini', async () => {
  const skin = join(folder, 'my.osk');
  const ini = Buffer.from(
    '[General]\r\nName: Mine // comment\r\nVersion: 2.5\r\n[Colours]\r\nCombo1: 1,2,3\r\nno value\r\n',
  );
  await writeFile(skin, writeZip({ 'Mine/skin.ini': ini, 'Mine/HitCircle@2x.png': Buffer.from('x') }));
  const { elements, ini: values } = await readSkin(skin, 'my.osk');
  assert.equal(elements.get('hitcircle@2x.png'), 'Mine/HitCircle@2x.png');
  assert.deepEqual(
    [...values],
    [
      ['general.name', 'Mine'],
      ['general.version', '2.5'],
      ['colours.combo1', '1,2,3'],
    ],
  );
  assert.equal(parseSkinIni('Version: 1\nVersion: latest').get('general.version'), 'latest');
});
