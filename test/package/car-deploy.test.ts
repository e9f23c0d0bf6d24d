/** What `deploy/car/` installs: into a folder, twice, and as the code expects it. No service manager is asked. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { readGadgetSettings } from '../../src/sources/dashcam/gadget/settings.ts';
import { DriveFile, readDriveSettings } from '../../src/sources/dashcam/role/settings.ts';
import { projectRoot } from '../house/imports.ts';

const run = promisify(execFile);
const deploy = join(projectRoot, 'deploy/car');
const script = join(deploy, 'install.sh');
const UNITS = ['vidette-drive.service', 'vidette-gadget.socket', 'vidette-gadget@.service'];
let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-install-'));
});
after(() => rm(root, { recursive: true, force: true }));

const install = (...args: string[]): Promise<{ stdout: string }> => run('bash', [script, ...args]);
/** Path → contents of everything below a folder. */
async function everything(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (item.isFile()) {
      const path = join(item.parentPath, item.name);
      found.set(path.slice(folder.length), await readFile(path, 'utf8'));
    }
  return found;
}

/** Section → name → values. */
function unit(text: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let section = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) {
      section = new Map();
      sections.set(head, section);
    } else if (line !== '' && !line.startsWith('#')) {
      const [, name = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
      assert.notEqual(name, '', `“${line}” is no line of a unit`);
      section.set(name, [...(section.get(name) ?? []), value]);
    }
  }
  return sections;
}

test('a dry run says what it would do, and does nothing', async () => {
  const { stdout } = await install('--dry-run', '--root', root, '--data', '/srv/car');
  assert.deepEqual(await readdir(root), []);
  for (const words of ['write /etc/vidette/drive.json', 'mkdir -p', 'vidette-drive.service', 'first-code'])
    assert.ok(stdout.includes(words), words);
});

test('it is installed into a folder; the second time nothing changes, and what the person has set stays', async () => {
  await mkdir(join(root, 'boot/firmware'), { recursive: true });
  await writeFile(join(root, 'boot/firmware/config.txt'), 'arm_64bit=1\n');
  const args = ['--root', root, '--data', '/srv/car', '--mode', 'swap', '--uid', '977'];
  const first = await install(...args);
  assert.match(first.stdout, /dtoverlay=dwc2,dr_mode=peripheral/);
  const files = await everything(root);
  assert.deepEqual([...files.keys()].sort(), [
    '/boot/firmware/config.txt',
    '/etc/modules-load.d/vidette-drive.conf',
    '/etc/systemd/system/vidette-drive.service',
    '/etc/systemd/system/vidette-gadget.socket',
    '/etc/systemd/system/vidette-gadget@.service',
    '/etc/vidette/drive-images.json',
    '/etc/vidette/drive.json',
  ]);
  for (const [path, text] of files) assert.doesNotMatch(text, /@[A-Z]+@/, path);
  for (const folder of ['images', 'spool', 'drive-state'])
    assert.equal((await stat(join(root, 'srv/car', folder))).mode & 0o777, 0o700);

  const settings = readDriveSettings(join(root, 'etc/vidette/drive.json'), {});
  assert.deepEqual([settings.mode, settings.spool, settings.state], ['swap', '/srv/car/spool', '/srv/car/drive-state']);
  const gadget = readGadgetSettings(join(root, 'etc/vidette/drive-images.json'), process.getuid?.() ?? 0);
  assert.deepEqual(gadget.images, { 'cam-1': '/srv/car/images/cam-1.img', 'cam-2': '/srv/car/images/cam-2.img' });
  assert.equal(gadget.uid, 977);

  await writeFile(join(root, 'etc/vidette/drive.json'), '{"mine":1}\n');
  await writeFile(join(root, 'boot/firmware/config.txt'), 'dtoverlay=dwc2\n');
  const again = await install(...args);
  assert.doesNotMatch(again.stdout, /^\+ (write|mkdir)/m);
  assert.doesNotMatch(again.stdout, /dtoverlay/);
  assert.equal(await readFile(join(root, 'etc/vidette/drive.json'), 'utf8'), '{"mine":1}\n');
});

test('what cannot be used is refused with words', async () => {
  for (const [args, words] of [
    [['--data', 'relative'], /not a plain absolute path/],
    [['--data', '/srv/$(reboot)'], /not a plain absolute path/],
    [['--data', '/srv/../etc'], /not a plain absolute path/],
    [['--user', 'root me'], /cannot be the name/],
    [['--mode', 'dead'], /live or swap/],
    [['--uid', '0'], /does not run as root/],
    [['--vidette', '/nowhere'], /no Vidette/],
    [['--what'], /no option/],
    [['--data'], /needs a value/],
  ] as const)
    await assert.rejects(
      install('--dry-run', '--root', root, ...args),
      (error: { stderr?: string }) => words.test(error.stderr ?? ''),
      args.join(' '),
    );
});

test('the units start what there is, without rights; only the drive may ask the helper, which may do one thing', async () => {
  const [drive, socket, helper] = await Promise.all(
    UNITS.map(async (name) => unit(await readFile(join(deploy, name), 'utf8'))),
  );
  assert.ok(drive && socket && helper);
  const of = (sections: typeof drive, section: string, name: string): string =>
    sections.get(section)?.get(name)?.join(' ') ?? '';
  assert.match(of(drive, 'Service', 'ExecStart'), / @CLI@ drive --config \/etc\/vidette\/drive\.json$/);
  assert.match(await readFile(join(projectRoot, 'src/cli/commands/cars.ts'), 'utf8'), /\.command\('drive'\)/);
  assert.match(of(helper, 'Service', 'ExecStart'), / @HELPER@ \/etc\/vidette\/drive-images\.json$/);
  assert.ok(existsSync(join(projectRoot, 'src/sources/dashcam/gadget/helper.main.ts')));
  const { helper: asked } = DriveFile.parse({ images: '/i', spool: '/s' });
  assert.equal(of(socket, 'Socket', 'ListenStream'), asked);
  assert.deepEqual([of(socket, 'Socket', 'SocketUser'), of(socket, 'Socket', 'SocketMode')], ['@USER@', '0600']);
  assert.equal(of(socket, 'Socket', 'Accept'), 'yes');
  assert.equal(of(drive, 'Service', 'User'), '@USER@');
  assert.equal(of(drive, 'Service', 'CapabilityBoundingSet'), '');
  assert.equal(of(helper, 'Service', 'CapabilityBoundingSet'), 'CAP_DAC_OVERRIDE');
  assert.equal(of(helper, 'Service', 'PrivateNetwork'), 'yes');
  assert.equal(of(helper, 'Service', 'User'), '', 'the helper is root: it writes what only root may');
  for (const sections of [drive, helper])
    for (const [name, value] of [
      ['NoNewPrivileges', 'yes'],
      ['ProtectSystem', 'strict'],
      ['ProtectHome', 'yes'],
      ['RestrictNamespaces', 'yes'],
      ['SystemCallArchitectures', 'native'],
    ] as const)
      assert.equal(of(sections, 'Service', name), value, name);
  assert.equal(of(drive, 'Service', 'ReadWritePaths'), '@DATA@', 'the rest of the system may be read-only');
});

const verify = existsSync('/usr/bin/systemd-analyze');
test('systemd reads the units', { skip: verify ? false : 'systemd is not installed' }, async () => {
  const folder = join(root, 'etc/systemd/system');
  const text = await readFile(join(folder, 'vidette-drive.service'), 'utf8');
  // Of another machine's Node it would say that it is not there.
  for (const name of UNITS) {
    const own = (await readFile(join(folder, name), 'utf8')).replace(
      /^ExecStart=\S+/m,
      `ExecStart=${process.execPath}`,
    );
    await writeFile(join(folder, name), own);
  }
  const { stderr } = await run('systemd-analyze', ['verify', ...UNITS.map((name) => join(folder, name))]);
  const ours = stderr.split('\n').filter((line) => line.includes('vidette-') && !line.includes('Failed to create'));
  assert.deepEqual(ours, []);
  assert.ok(text.includes('ReadWritePaths=/srv/car'));
});

const checks = existsSync('/usr/bin/shellcheck');
test('shellcheck finds nothing', {
  skip: checks || process.env.CI ? false : 'shellcheck is not installed',
}, async () => {
  await run('shellcheck', [script]);
});
