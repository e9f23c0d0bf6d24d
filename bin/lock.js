/**
 * `npm run lock`: completes package-lock.json. A registry that does not hold the packages of other platforms makes npm leave them out of the
 * lock file, and `npm ci` then refuses it. Vidette runs on Linux with glibc alone, so entries that say “for another platform” are all that is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.js';

const path = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'sunos', 'aix', 'netbsd', 'openbsd'];
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el'];
let added = 0;
for (const entry of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const words = name.split('/').at(-1).split(/[-_]/);
    const os =
      words.includes('wasm32') || words.includes('wasi') ? 'wasm' : systems.find((system) => words.includes(system));
    if (os === undefined) continue;
    const cpu = words.includes('wasm32') ? 'wasm32' : processors.find((processor) => words.includes(processor));
    const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : undefined;
    // A package for this platform that is missing is a fault, not another platform.
    if (os === 'linux' && libc === undefined && (cpu === 'x64' || cpu === 'arm64'))
      throw new Error(`${name}@${version} is missing`);
    lock.packages[place] = {
      version,
      optional: true,
      ...(entry.dev ? { dev: true } : {}),
      os: [os],
      ...(cpu ? { cpu: [cpu] } : {}),
      ...(libc ? { libc: [libc] } : {}),
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} entries added\n`);
