import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPassword, hashPassword } from './password.ts';

test('a password is right only for its own hash, and never twice the same hash', async () => {
  const word = 'p\u00e4sswort 🔑';
  const hash = await hashPassword(word);
  assert.match(hash, /^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
  assert.notEqual(await hashPassword(word), hash);
  assert.equal(await checkPassword(word, hash), true);
  assert.equal(await checkPassword('pa\u0308sswort 🔑', hash), true, 'the same letters typed on another keyboard');
  assert.equal(await checkPassword('passwort 🔑', hash), false);
  assert.equal(await checkPassword('', hash), false);
  assert.equal(await checkPassword(word, null), false);
  await assert.rejects(checkPassword(word, 'md5:whatever'), /cannot be read/);
});

test('a hash made with other parameters is checked with them', async () => {
  const old = '$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$';
  const { scryptSync } = await import('node:crypto');
  const key = scryptSync('word', Buffer.from('saltsaltsaltsalt'), 32, { N: 1024, r: 8, p: 1 });
  assert.equal(await checkPassword('word', old + key.toString('base64url')), true);
  assert.equal(await checkPassword('ward', old + key.toString('base64url')), false);
});

test('too many at once are told to come later instead of filling the memory', async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 40 }, () => checkPassword('x', '$scrypt$ln=4,r=1,p=1$c2FsdA$aGFzaA')),
  );
  const refused = answers.filter((answer) => answer.status === 'rejected');
  assert.equal(refused.length, 8);
  assert.match(String((refused[0] as PromiseRejectedResult).reason), /at once/);
  assert.equal(await checkPassword('x', '$scrypt$ln=4,r=1,p=1$c2FsdA$aGFzaA'), false, 'and then it goes on');
});
