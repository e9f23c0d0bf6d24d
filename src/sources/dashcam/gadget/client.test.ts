/** The unprivileged side, with the real helper as a process and with ones that misbehave. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
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
    helper: [process.execPath, fileURLToPath(new URL('helper.main.ts', import.meta.url)), join(folder, 'none.json')],
  });
  await assert.rejects(client.ask({ command: 'status' }), { name: 'UserError', code: 'settings' });
  await assert.rejects(client.ask({ command: 'detach' }), { name: 'UserError', code: 'settings' });
});

test('answers belong to their questions; a refusal carries the kernel’s word', async () => {
  const state = '{"attached":true,"image":"cam","media":[],"link":"configured","controllers":["a"]}';
  await using client = new HelperClient({
    helper: script(
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
  for (const helper of [
    ['/nowhere/helper'] as const,
    script('exit 1'),
    script('echo "sudo: a password is required" >&2; exit 1'),
    script('read l; echo hello; cat >/dev/null'),
    script('read l; echo "{}"; cat >/dev/null'),
    script('head -c 200000 /dev/zero | tr "\\0" x; cat >/dev/null'),
  ]) {
    await using client = new HelperClient({ helper });
    await assert.rejects(client.ask({ command: 'status' }), { name: 'Unavailable' }, helper.join(' '));
    await assert.rejects(client.ask({ command: 'status' }), { name: 'Unavailable' });
  }
  await using silent = new HelperClient({ helper: script('cat >/dev/null'), patience: 50 });
  await assert.rejects(silent.ask({ command: 'status' }), /does not answer/);
});

test('through a socket, behind which the system starts it for each connection', async () => {
  const path = join(folder, 'gadget.sock');
  const program = fileURLToPath(new URL('helper.main.ts', import.meta.url));
  let started = 0;
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    started += 1;
    const child = spawn(process.execPath, [program, join(folder, 'none.json')], { stdio: [socket, socket, 'ignore'] });
    child.once('exit', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const client = new HelperClient({ helper: path });
    await assert.rejects(client.ask({ command: 'status' }), { name: 'UserError', code: 'settings' });
    await assert.rejects(client.ask({ command: 'detach' }), { name: 'UserError', code: 'settings' });
    assert.equal(started, 1, 'one helper answers both');
    await client[Symbol.asyncDispose]();
    await assert.rejects(new HelperClient({ helper: join(folder, 'none.sock') }).ask({ command: 'status' }), {
      name: 'Unavailable',
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
