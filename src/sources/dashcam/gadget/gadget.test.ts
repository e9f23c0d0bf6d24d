/** The kernel's side against a fake configfs: the order of the writes, and a whole drive or none whatever is refused. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { FakeKernel, type FakeKernelOptions } from '../../../../test/dashcam/fake-kernel.ts';
import { fault } from '../../../../test/faults/disk.ts';
import { Gadget } from './gadget.ts';
import { obey } from './obey.ts';
import type { Answer, Command } from './protocol.ts';
import { Refused } from './refused.ts';
import { type GadgetSettings, readGadgetSettings } from './settings.ts';

const uid = process.getuid?.() ?? 0;
let folder = '';
let images: Record<string, string> = {};
let place = 0;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vidette-gadget-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  place += 1;
  mkdirSync(join(folder, `images-${place}`));
  images = {};
  for (const name of ['cam', 'cam-b', 'music']) {
    images[name] = join(folder, `images-${place}`, `${name}.img`);
    writeFileSync(images[name], '');
    truncateSync(images[name], 4096);
  }
});

interface Machine {
  readonly kernel: FakeKernel;
  readonly ask: (command: Command | string) => Answer;
}

let machines = 0;
function machine(options: FakeKernelOptions = {}, settings: Partial<GadgetSettings> = {}): Machine {
  machines += 1;
  const kernel = new FakeKernel(join(folder, `kernel-${machines}`), options);
  const gadget = (): Gadget =>
    new Gadget(
      kernel,
      { uid, images, serial: 'vidette1', ...settings },
      { gadgets: kernel.gadgets, controllers: kernel.controllers },
    );
  return { kernel, ask: (command) => obey(typeof command === 'string' ? command : JSON.stringify(command), gadget) };
}

function good(answer: Answer): Extract<Answer, { ok: true }>['state'] {
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.state;
}

const at = (journal: readonly string[], end: RegExp): number => {
  const index = journal.findIndex((step) => end.test(step));
  assert.ok(index >= 0, `no ${end} in ${journal.join('\n')}`);
  return index;
};

describe('attach', () => {
  test('builds the drive in the order that the kernel wants, and plugs it in last', () => {
    const { kernel, ask } = machine();
    const state = good(ask({ command: 'attach', image: 'cam', media: ['music'] }));
    assert.deepEqual([state.attached, state.image, state.media, state.link], [true, 'cam', ['music'], 'configured']);
    assert.equal(kernel.medium, images.cam);
    const { journal } = kernel;
    for (const lun of ['lun.0', 'lun.1']) {
      for (const attribute of ['ro', 'removable', 'cdrom', 'nofua'])
        assert.ok(at(journal, new RegExp(`${lun}/${attribute} `)) < at(journal, new RegExp(`${lun}/file `)));
    }
    assert.equal(journal.filter((step) => /^mkdir .*lun\.0$/.test(step)).length, 0, 'lun.0 comes with the function');
    assert.ok(at(journal, /lun\.1\/file /) < at(journal, /^symlink /));
    assert.equal(at(journal, /UDC fe980000/), journal.length - 1);
  });

  test('twice is once; another one has to be swapped', () => {
    const { kernel, ask } = machine();
    good(ask({ command: 'attach', image: 'cam' }));
    const { length } = kernel.journal;
    good(ask({ command: 'attach', image: 'cam' }));
    assert.equal(kernel.journal.length, length);
    const answer = ask({ command: 'attach', image: 'cam-b' });
    assert.deepEqual([answer.ok, !answer.ok && answer.code], [false, 'attached']);
    assert.equal(kernel.medium, images.cam);
  });

  test('a refusal at any step leaves no drive, and the next attempt succeeds', () => {
    const whole = machine();
    good(whole.ask({ command: 'attach', image: 'cam', media: ['music'] }));
    for (const [index, refused] of whole.kernel.journal.entries()) {
      let step = -1;
      const { kernel, ask } = machine({
        before: (what) => {
          step += 1;
          if (step === index) throw fault(index % 2 === 0 ? 'EBUSY' : 'EIO', what, what);
        },
      });
      const answer = ask({ command: 'attach', image: 'cam', media: ['music'] });
      assert.ok(!answer.ok, refused);
      assert.match(answer.code, /EBUSY|EIO/, refused);
      assert.deepEqual([kernel.medium, readdirSync(kernel.gadgets)], [undefined, []], refused);
      good(ask({ command: 'attach', image: 'cam', media: ['music'] }));
      assert.equal(kernel.medium, images.cam);
    }
  });

  test('a helper that died at any step: the next one builds it anew', () => {
    const whole = machine();
    good(whole.ask({ command: 'attach', image: 'cam', media: ['music'] }));
    const steps = whole.kernel.journal.length;
    for (let dies = 0; dies < steps; dies += 1) {
      let left = dies;
      let dead = true;
      const { kernel, ask } = machine({
        before: (what) => {
          left -= 1;
          // After its death nothing is tidied up either.
          if (dead && left < 0) throw fault('EINTR', what, what);
        },
      });
      ask({ command: 'attach', image: 'cam', media: ['music'] });
      dead = false;
      assert.equal(good(ask({ command: 'status' })).attached, false);
      good(ask({ command: 'attach', image: 'cam-b' }));
      assert.equal(kernel.medium, images['cam-b']);
    }
  });

  test('no controller, or several: said in words', () => {
    for (const controllers of [[], ['a.usb', 'b.usb']]) {
      const answer = machine({ controllers }).ask({ command: 'attach', image: 'cam' });
      assert.deepEqual([answer.ok, !answer.ok && answer.code], [false, 'unavailable']);
    }
    const two = machine({ controllers: ['a.usb', 'b.usb'] }, { controller: 'b.usb' });
    assert.equal(good(two.ask({ command: 'attach', image: 'cam' })).attached, true);
  });
});

describe('swap', () => {
  test('changes the medium without unplugging', () => {
    const { kernel, ask } = machine();
    good(ask({ command: 'attach', image: 'cam' }));
    const from = kernel.journal.length;
    assert.equal(good(ask({ command: 'swap', image: 'cam-b' })).image, 'cam-b');
    assert.equal(kernel.medium, images['cam-b']);
    assert.ok(!kernel.journal.slice(from).some((step) => step.includes('UDC')));
  });

  test('of a medium that the car has locked: forced, or unplugged for a moment where the kernel is old', () => {
    for (const forcedEject of [true, false]) {
      const { kernel, ask } = machine({ forcedEject });
      good(ask({ command: 'attach', image: 'cam' }));
      kernel.locked = true;
      const from = kernel.journal.length;
      good(ask({ command: 'swap', image: 'cam-b' }));
      assert.equal(kernel.medium, images['cam-b']);
      assert.equal(
        kernel.journal.slice(from).some((step) => step.includes('UDC')),
        !forcedEject,
      );
    }
  });

  test('a refusal at any step: the car has the old drive, the new one, or none, and the next attempt succeeds', () => {
    for (const forcedEject of [true, false])
      for (let index = 0; index < 4; index += 1) {
        let step = Number.NEGATIVE_INFINITY;
        const { kernel, ask } = machine({
          forcedEject,
          before: (what) => {
            step += 1;
            if (step === index) throw fault('EIO', what, what);
          },
        });
        good(ask({ command: 'attach', image: 'cam' }));
        kernel.locked = true;
        step = -1;
        const answer = ask({ command: 'swap', image: 'cam-b' });
        if (!answer.ok) assert.notEqual(kernel.medium, images['cam-b']);
        step = Number.NEGATIVE_INFINITY;
        const now = good(ask({ command: 'status' }));
        good(now.attached ? ask({ command: 'swap', image: 'cam-b' }) : ask({ command: 'attach', image: 'cam-b' }));
        assert.equal(kernel.medium, images['cam-b']);
      }
  });

  test('when the new image is not there the car keeps what it has', () => {
    const { kernel, ask } = machine();
    good(ask({ command: 'attach', image: 'cam' }));
    rmSync(images['cam-b'] ?? '');
    const from = kernel.journal.length;
    const answer = ask({ command: 'swap', image: 'cam-b' });
    assert.deepEqual([answer.ok, !answer.ok && answer.code, kernel.medium], [false, 'image', images.cam]);
    assert.equal(kernel.journal.length, from);
  });
});

describe('detach', () => {
  test('unplugs first, and leaves nothing', () => {
    const { kernel, ask } = machine();
    good(ask({ command: 'attach', image: 'cam', media: ['music'] }));
    kernel.locked = true;
    const from = kernel.journal.length;
    assert.deepEqual(good(ask({ command: 'detach' })).attached, false);
    assert.match(kernel.journal[from] ?? '', /UDC $/);
    assert.deepEqual(readdirSync(kernel.gadgets), []);
    assert.equal(good(ask({ command: 'detach' })).attached, false);
  });

  test('gadgets of others are left alone', () => {
    const { kernel, ask } = machine();
    kernel.mkdir(join(kernel.gadgets, 'other'));
    good(ask({ command: 'attach', image: 'cam' }));
    good(ask({ command: 'detach' }));
    assert.deepEqual(readdirSync(kernel.gadgets), ['other']);
  });
});

describe('the helper trusts nobody', () => {
  const lines = [
    '',
    '{',
    '[]',
    'null',
    '{"command":"rm"}',
    '{"command":"attach"}',
    '{"command":"attach","image":"../../etc/shadow"}',
    '{"command":"attach","image":"/etc/shadow"}',
    '{"command":"attach","image":"__proto__"}',
    '{"command":"attach","image":"constructor"}',
    '{"command":"attach","image":"cam","path":"/etc/shadow"}',
    '{"command":"attach","image":"cam","media":["cam"]}',
    '{"command":"swap","image":"unknown"}',
    `{"command":"attach","image":"${'a'.repeat(5000)}"}`,
  ];
  test('anything but a command is refused and changes nothing', () => {
    const { kernel, ask } = machine();
    for (const line of lines) assert.equal(ask(line).ok, false, line.slice(0, 60));
    assert.deepEqual(kernel.journal, []);
  });

  test('no link, no folder, no device, no file of another user, no empty file', () => {
    const cases: (() => Partial<GadgetSettings>)[] = [
      () => {
        symlinkSync('/etc/passwd', join(folder, `link-${place}`));
        return { images: { cam: join(folder, `link-${place}`) } };
      },
      () => ({ images: { cam: folder } }),
      () => ({ images: { cam: '/dev/null' } }),
      () => ({ images: { cam: join(folder, 'missing') } }),
      () => ({ uid: uid + 1 }),
      () => {
        truncateSync(images.cam ?? '', 0);
        return {};
      },
    ];
    for (const make of cases) {
      const { kernel, ask } = machine({}, make());
      const answer = ask({ command: 'attach', image: 'cam' });
      assert.deepEqual([answer.ok, !answer.ok && answer.code], [false, 'image'], JSON.stringify(answer));
      assert.deepEqual(kernel.journal, []);
    }
  });

  test('settings that others could write, or that are none, are refused', () => {
    const path = join(folder, 'settings.json');
    writeFileSync(path, JSON.stringify({ uid: 1000, images: { cam: '/backing/cam.img' } }));
    chmodSync(path, 0o644);
    assert.equal(readGadgetSettings(path, uid).serial, 'vidette1');
    assert.throws(() => readGadgetSettings(path, uid + 1), Refused);
    chmodSync(path, 0o666);
    assert.throws(() => readGadgetSettings(path, uid), Refused);
    chmodSync(path, 0o644);
    for (const text of [
      '',
      '{}',
      '{"uid":0,"images":{}}',
      '{"uid":1000,"images":{"cam":"relative.img"}}',
      '{"uid":1000,"images":{"CAM/":"/x"}}',
    ]) {
      writeFileSync(path, text);
      assert.throws(() => readGadgetSettings(path, uid), Refused, text);
    }
    symlinkSync(path, `${path}.link`);
    assert.throws(() => readGadgetSettings(`${path}.link`, uid), Refused);
    assert.throws(() => readGadgetSettings(join(folder, 'none.json'), uid), Refused);
  });
});
