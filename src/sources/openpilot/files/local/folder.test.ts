import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../../../../base/errors.ts';
import { parseRoute } from '../../names/parse-route.ts';
import type { NamedRoute } from '../../names/route-request.ts';
import type { RouteHolding } from '../holding.ts';
import { chooseRoute } from './choose-route.ts';
import { routesInFolder } from './folder.ts';
import { openFolderDrive } from './folder-drive.ts';

const DONGLE = 'a2a0ccea32023010';
const NEW = '0000002c--d68dde99ca';
const OLD = '2023-07-27--13-01-19';
let top = '';

before(async () => {
  top = await mkdtemp(join(tmpdir(), 'vidette-drives-'));
});
after(() => rm(top, { recursive: true, force: true }));

async function folder(name: string, files: string[], content = 'x'): Promise<string> {
  const home = join(top, name);
  for (const file of files) {
    await mkdir(dirname(join(home, file)), { recursive: true });
    await writeFile(join(home, file), content);
  }
  return home;
}
/** `dongle|log id: 0 rlog qcamera, 1 …`. */
const told = (routes: RouteHolding[]) =>
  routes.map(
    ({ dongle, logId, minutes }) =>
      `${dongle ?? '-'}|${logId ?? '-'}: ${[...minutes].map(([segment, held]) => `${segment} ${Object.keys(held).join(' ')}`).join(', ')}`,
  );
const wanted = (text: string): NamedRoute => {
  const request = parseRoute(text);
  assert.ok(request.kind === 'route');
  return request;
};

test('every layout in which people keep drives is found by what is in it', async () => {
  const layouts: [string, string[], string[]][] = [
    [
      'realdata',
      [`${NEW}--0/rlog.zst`, `${NEW}--0/qcamera.ts`, `${NEW}--11/qlog.zst`, `boot/x.zst`],
      [`-|${NEW}: 0 qcamera rlog, 11 qlog`],
    ],
    [
      'flat',
      [`${DONGLE}_${NEW}--0--rlog.bz2`, `${DONGLE}_${NEW}--1--fcamera.hevc`],
      [`${DONGLE}|${NEW}: 0 rlog, 1 fcamera`],
    ],
    ['bars', [`${DONGLE}|${OLD}/0/rlog.bz2`, `${DONGLE}|${OLD}/3/qcamera.ts`], [`${DONGLE}|${OLD}: 0 rlog, 3 qcamera`]],
    [
      'azure',
      [`${DONGLE}/${OLD}/0/rlog.bz2`, `${DONGLE}/${NEW}/2/ecamera.hevc`],
      [`${DONGLE}|${NEW}: 2 ecamera`, `${DONGLE}|${OLD}: 0 rlog`],
    ],
    [
      'mixed',
      [`${DONGLE}|${OLD}--4/dcamera.hevc`, `${NEW}/0/qlog`],
      [`-|${NEW}: 0 qlog`, `${DONGLE}|${OLD}: 4 dcamera`],
    ],
    ['one', ['rlog.zst', 'fcamera.hevc', 'notes.txt'], ['-|-: 0 fcamera rlog']],
    ['old', [`${OLD}--0/raw_log.bz2`, `${OLD}--0/video.hevc`], [`-|${OLD}: 0 rlog fcamera`]],
  ];
  for (const [name, files, expected] of layouts)
    assert.deepEqual(told(await routesInFolder(await folder(name, files))), expected, name);
});

test('the folder that is named may be any of the layout: its own name and those above it count', async () => {
  const home = await folder('deep', [`${DONGLE}/${OLD}/7/rlog.bz2`, `${DONGLE}/${OLD}/8/rlog.bz2`]);
  for (const inside of [DONGLE, `${DONGLE}/${OLD}`])
    assert.deepEqual(told(await routesInFolder(join(home, inside))), [`${DONGLE}|${OLD}: 7 rlog, 8 rlog`]);
  assert.deepEqual(told(await routesInFolder(join(home, DONGLE, OLD, '7'))), [`${DONGLE}|${OLD}: 7 rlog`]);
});

test('empty files do not count, and what the device still writes is known', async () => {
  const home = await folder('writing', [`${NEW}--0/rlog.zst`, `${NEW}--0/rlog.zst.lock`, `${NEW}--0/qlog.zst`]);
  await writeFile(join(home, `${NEW}--0/qcamera.ts`), '');
  const [route] = await routesInFolder(home);
  const held = route?.minutes.get(0);
  assert.deepEqual(Object.keys(held ?? {}).sort(), ['qlog', 'rlog']);
  assert.equal(held?.rlog?.open, true);
  assert.equal(held?.qlog?.open, false);
  assert.deepEqual(held?.rlog?.place, { at: 'path', path: join(home, `${NEW}--0/rlog.zst`) });
});

test('links that lead in a circle or nowhere do not hold it up', async () => {
  const home = await folder('links', [`${NEW}--0/rlog.zst`]);
  await symlink(home, join(home, `${NEW}--0/again`));
  await symlink('/nothing/there', join(home, `${NEW}--0/qlog.zst`));
  assert.deepEqual(told(await routesInFolder(home)), [`-|${NEW}: 0 rlog`]);
});

test('one route is chosen, or what is there is told', async () => {
  const routes = await routesInFolder(
    await folder('choose', [`${NEW}--0/rlog.zst`, `${OLD}--0/rlog.bz2`, `${DONGLE}|${OLD}/0/qlog`]),
  );
  assert.equal(chooseRoute(routes, wanted(`${DONGLE}|${NEW}`), 'here').logId, NEW);
  const words = (route: string | null): string => {
    try {
      chooseRoute(routes, route === null ? null : wanted(route), 'here');
    } catch (error) {
      assert.ok(error instanceof UserError);
      return `${error.message} ${error.remedy}`;
    }
    assert.fail('one was chosen');
  };
  assert.match(
    words('0000000a--a51155e496'),
    new RegExp(`does not hold 0000000a--a51155e496\\. There: ${NEW}, ${OLD}, ${DONGLE}\\|${OLD}`),
  );
  assert.match(words(null), /holds 3 drives\. Name one of them/);
  assert.match(words(OLD), /holds 2 drives/);
  assert.throws(() => chooseRoute([], null, 'here'), /no drive in here/);
  const [bare] = await routesInFolder(await folder('bare', ['rlog.zst']));
  assert.ok(bare);
  assert.equal(
    chooseRoute([bare], wanted(`${DONGLE}|${NEW}`), 'here').logId,
    NEW,
    'a minute without a name is what was asked for',
  );
});

test('a folder that is not there, and a file', async () => {
  await assert.rejects(routesInFolder(join(top, 'nothing')), /cannot be read \(ENOENT\)/);
  await assert.rejects(routesInFolder(join(await folder('afile', ['a']), 'a')), /cannot be read \(ENOTDIR\)/);
});

test('a drive of a folder is planned, and read where it lies', async () => {
  const home = await folder('open', [
    `${NEW}--1/rlog.zst`,
    `${NEW}--1/qcamera.ts`,
    `${NEW}--2/rlog.zst`,
    `${NEW}--2/qcamera.ts`,
  ]);
  await using drive = await openFolderDrive(home, wanted(`${DONGLE}|${NEW}--2`));
  assert.deepEqual([drive.dongle, drive.logId, drive.minutes, drive.asked], [DONGLE, NEW, 3, { start: 120, end: 180 }]);
  const ranges = [{ start: 121, end: 130 }];
  const plan = await drive.plan({ ranges, cameras: ['road'], log: 'drawn', preroll: 3, sound: true, quality: 'best' });
  const at = (segment: number, name: string) => join(home, `${NEW}--${segment}`, name);
  assert.deepEqual(await drive.bring(plan), [
    { segment: 1, shown: false, files: { rlog: at(1, 'rlog.zst') } },
    { segment: 2, shown: true, files: { rlog: at(2, 'rlog.zst'), qcamera: at(2, 'qcamera.ts') } },
  ]);
});
