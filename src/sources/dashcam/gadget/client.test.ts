/** The unprivileged side, with the real helper as a process and with ones that misbehave. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HelperClient } from './client.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vidette-helper-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const script = (text: string): readonly [string, ...string[]] => ['/bin/sh', '-c', text];

test('the helper itself answers, refuses settings that are not root’s, and ends with its input', async () => {
  const settings = join(folder, 'settings.json');
  writeFileSync(settings, JSON.stringify({ uid: 1000, images: { cam: join(folder, 'cam.img') } }), { mode: 0o666 });
  await using client = new HelperClient({
    command: [process.execPath, fileURLToPath(new URL('helper.main.ts', import.meta.url)), join(folder, 'none.json')],
  });
  await assert.rejects(client.ask({ command: 'status' }), { name: 'UserError', code: 'settings' });
  await assert.rejects(client.ask({ command: 'detach' }), { name: 'UserError', code: 'settings' });
});

test('answers belong to their questions; a refusal carries the kernel’s word', async () => {
  const state = '{"attached":true,"image":"cam","media":[],"link":"configured","controllers":["a"]}';
  await using client = new HelperClient({
    command: script(
      `read l; echo '{"ok":true,"state":${state}}'; read l; echo '{"ok":false,"code":"EBUSY","message":"held"}'; read l; echo '{"ok":true,"state":${state}}'; cat >/dev/null`,
    ),
  });
  const [first, second, third] = await Promise.allSettled([
    client.ask({ command: 'status' }),
    client.ask({ command: 'swap', image: 'cam' }),
    client.ask({ command: 'status' }),
  ]);
  assert.equal(first?.status === 'fulfilled' && first.value.image, 'cam');
  assert.equal(second?.status === 'rejected' && second.reason.code, 'EBUSY');
  assert.equal(third?.status, 'fulfilled');
});

test('no helper, one that dies, one that is silent, one that talks nonsense: unavailable, and the next question starts another', async () => {
  for (const command of [
    ['/nowhere/helper'] as const,
    script('exit 1'),
    script('echo "sudo: a password is required" >&2; exit 1'),
    script('read l; echo hello; cat >/dev/null'),
    script('read l; echo "{}"; cat >/dev/null'),
    script('head -c 200000 /dev/zero | tr "\\0" x; cat >/dev/null'),
  ]) {
    await using client = new HelperClient({ command });
    await assert.rejects(client.ask({ command: 'status' }), { name: 'Unavailable' }, command.join(' '));
    await assert.rejects(client.ask({ command: 'status' }), { name: 'Unavailable' });
  }
  await using silent = new HelperClient({ command: script('cat >/dev/null'), patience: 50 });
  await assert.rejects(silent.ask({ command: 'status' }), /does not answer/);
});
