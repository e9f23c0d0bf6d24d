/**
 * A real S3 server that checks signatures: OpenStack Swift with its s3api, from Debian
 * (swift swift-proxy swift-account swift-container swift-object), one replica, in a folder of its own.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const swiftIsInstalled = existsSync('/usr/bin/swift-proxy-server') && existsSync('/usr/bin/swift-ring-builder');
export const whyNoSwift = 'Swift is not installed (Debian: swift-proxy swift-account swift-container swift-object)';

export async function startSwift(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-swift-'));
  const [proxy, account, container, object] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const secret = 'swift-test-secret';
  await mkdir(join(folder, 'devices', 'd1'), { recursive: true });
  await mkdir(join(folder, 'cache'));
  const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  await writeFile(
    join(folder, 'swift.conf'),
    '[swift-hash]\nswift_hash_path_suffix = test\nswift_hash_path_prefix = test\n[storage-policy:0]\nname = one\ndefault = yes\n',
  );
  const common = (port: number) =>
    `[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = ${port}\nswift_dir = ${folder}\ndevices = ${folder}/devices\nmount_check = false\nworkers = 0\nuser = ${user}\nlog_address = /dev/null\nrecon_cache_path = ${folder}/cache\n`;
  for (const [kind, port] of [
    ['account', account],
    ['container', container],
    ['object', object],
  ] as const) {
    await writeFile(
      join(folder, `${kind}.conf`),
      `${common(port)}[pipeline:main]\npipeline = ${kind}-server\n[app:${kind}-server]\nuse = egg:swift#${kind}\n`,
    );
  }
  await makeRings(folder, { account, container, object });
  await writeFile(
    join(folder, 'proxy.conf'),
    `${common(proxy)}[pipeline:main]\npipeline = catch_errors cache s3api tempauth copy bulk slo dlo proxy-server\n` +
      '[filter:catch_errors]\nuse = egg:swift#catch_errors\n[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:1\n' +
      '[filter:s3api]\nuse = egg:swift#s3api\ns3_acl = false\n[filter:copy]\nuse = egg:swift#copy\n[filter:bulk]\nuse = egg:swift#bulk\n' +
      '[filter:slo]\nuse = egg:swift#slo\n[filter:dlo]\nuse = egg:swift#dlo\n' +
      `[filter:tempauth]\nuse = egg:swift#tempauth\nuser_test_tester = ${secret} .admin\n` +
      '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n',
  );
  const log = join(folder, 'log');
  const servers: ChildProcess[] = [];
  for (const kind of ['account', 'container', 'object', 'proxy'])
    servers.push(
      spawn('sh', ['-c', `exec swift-${kind}-server ${join(folder, `${kind}.conf`)} -v >>${log} 2>&1`], {
        stdio: 'ignore',
      }),
    );
  const stop = async (): Promise<void> => {
    await Promise.all(
      servers.map(async (server) => {
        if (server.exitCode !== null || server.signalCode !== null) return;
        const gone = new Promise((resolve) => server.once('exit', resolve));
        server.kill('SIGKILL');
        await gone;
      }),
    );
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${proxy}`;
  for (let tries = 0; ; tries++) {
    try {
      // Any answer will do: each of the four listens.
      await Promise.all([proxy, account, container, object].map((port) => fetch(`http://127.0.0.1:${port}/`)));
      break;
    } catch (error) {
      if (tries > 600) {
        const said = await readFile(log, 'utf8').catch(() => '');
        await stop();
        throw new Error(`Swift did not start:\n${said.slice(-2000)}`, { cause: error });
      }
      await sleep(100);
    }
  }
  return { endpoint, accessKeyId: 'test:tester', secretAccessKey: secret, [Symbol.asyncDispose]: stop };
}

/** What swift-ring-builder does in nine starts of Python, in one: a ring of one device for each kind of server. */
const RINGS = `
import json, sys
from swift.common.ring import RingBuilder
folder, ports = sys.argv[1], json.loads(sys.argv[2])
for kind, port in ports.items():
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'replication_ip': '127.0.0.1',
                     'replication_port': port, 'device': 'd1', 'weight': 1.0, 'meta': ''})
    builder.rebalance()
    builder.get_ring().save(f'{folder}/{kind}.ring.gz')
`;

async function makeRings(folder: string, ports: Readonly<Record<string, number>>): Promise<void> {
  await promisify(execFile)('/usr/bin/python3', ['-c', RINGS, folder, JSON.stringify(ports)]);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
