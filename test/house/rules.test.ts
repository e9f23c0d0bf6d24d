/** The arrows of the house: which folder may load which, and what each process may never load. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { importsOf, projectRoot, reachOf } from './imports.ts';

const database = ['kysely', 'pg', 'pg-boss', 'better-auth'];
const native = ['node-av', '@napi-rs/canvas', 'sharp', 'onnxruntime-node'];

const roles: { role: string; entry: string; neverPackages: string[]; neverFolders: string[] }[] = [
  {
    role: 'recorder',
    entry: 'src/sources/camera/recorder.main.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'decoder',
    entry: 'src/sources/camera/decoder.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'command frame',
    entry: 'src/sources/camera/alone/keep-frame.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'reader',
    entry: 'src/sources/camera/reader.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'worker',
    entry: 'src/jobs/worker.main.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'codec',
    entry: 'src/media/codec/codec.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/', 'src/sources/'],
  },
  {
    role: 'live conversion',
    entry: 'src/media/transcode/transcode.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/', 'src/sources/'],
  },
  {
    role: 'demo camera',
    entry: 'src/sources/camera/demo.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'clip of a drive',
    entry: 'src/sources/openpilot/render.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/', 'src/jobs/'],
  },
  {
    role: 'command clip of a drive',
    entry: 'src/cli/clip-drive.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/'],
  },
  {
    role: 'clip of a car',
    entry: 'src/sources/dashcam/render.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/', 'src/jobs/'],
  },
  {
    role: 'command clip of a car',
    entry: 'src/cli/clip-car.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'probe',
    entry: 'src/sources/camera/probe.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'ONVIF child',
    entry: 'src/sources/camera/onvif.main.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'reader of drives',
    entry: 'src/sources/openpilot/reader.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'reader of replays',
    entry: 'src/sources/osu/reader.main.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/', 'src/jobs/'],
  },
  {
    role: 'worker’s half of a replay',
    entry: 'src/sources/osu/render.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/', 'src/jobs/'],
  },
  {
    role: 'clip of a replay',
    entry: 'src/sources/osu/clip/replay.main.ts',
    neverPackages: database,
    neverFolders: ['src/catalog/', 'src/hub/', 'src/jobs/'],
  },
  {
    role: 'command repair',
    entry: 'src/sources/dashcam/salvage/salvage.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'command harvest',
    entry: 'src/sources/dashcam/harvest/harvest.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'drive in the car',
    entry: 'src/cli/drive.ts',
    neverPackages: [...database, ...native, 'fastify'],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  {
    role: 'root helper of the drive',
    entry: 'src/sources/dashcam/gadget/helper.main.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/', 'src/contract/', 'src/jobs/', 'src/media/', 'src/blobs/'],
  },
  {
    role: 'drive',
    entry: 'src/sources/dashcam/drive/engine.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/', 'src/contract/'],
  },
  {
    role: 'bzip2 thread',
    entry: 'src/sources/openpilot/log/bz2.main.ts',
    neverPackages: [...database, ...native],
    neverFolders: ['src/catalog/', 'src/hub/'],
  },
  { role: 'hub', entry: 'src/hub/hub.ts', neverPackages: native, neverFolders: [] },
];

for (const { role, entry, neverPackages, neverFolders } of roles)
  test(`the ${role} never loads ${[...neverPackages, ...neverFolders].join(', ')}`, () => {
    assert.ok(existsSync(join(projectRoot, entry)), `${entry} is missing`);
    const reach = reachOf(entry);
    for (const name of neverPackages)
      assert.equal(reach.packages.get(name), undefined, `${role} reaches ${name} through ${reach.packages.get(name)}`);
    for (const folder of neverFolders)
      for (const [file, from] of reach.files)
        assert.ok(!file.startsWith(folder), `${role} reaches ${file} through ${from}`);
  });

/** Folder → the folders of `src/` that it may load from. */
const arrows: Record<string, string[]> = {
  base: [],
  contract: ['base'],
  logs: ['base'],
  blobs: ['base', 'contract'],
  catalog: ['base', 'contract'],
  media: ['base', 'contract'],
  jobs: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog'],
  sources: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog', 'jobs'],
  detect: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog', 'jobs'],
  share: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog', 'jobs'],
  bots: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog', 'jobs'],
  hub: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog', 'jobs', 'sources', 'detect', 'share', 'bots'],
  cli: ['base', 'logs', 'contract', 'media', 'blobs', 'catalog', 'jobs', 'sources', 'detect', 'share', 'bots', 'hub'],
};

function* sources(folder: string): Generator<string> {
  for (const item of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory()) yield* sources(path);
    else if (path.endsWith('.ts') && !path.endsWith('.test.ts')) yield path;
  }
}

test('arrows between folders point one way', () => {
  const wrong: string[] = [];
  for (const path of sources('src')) {
    const [, from = ''] = path.split('/');
    const allowed = arrows[from];
    assert.ok(allowed, `src/${from} is not in the map`);
    for (const { specifier } of importsOf(path)) {
      if (!specifier.startsWith('.')) continue;
      const target = relative(projectRoot, join(projectRoot, dirname(path), specifier));
      const [top, to = ''] = target.split('/');
      // The worker's loop loads a kind's render half by name.
      if (from === 'jobs' && /^src\/sources\/[a-z]+\/render\.ts$/.test(target)) continue;
      if (top !== 'src') wrong.push(`${path} loads ${target}, outside src/`);
      else if (to !== from && !allowed.includes(to)) wrong.push(`${path} loads ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('a source never loads another source', () => {
  const wrong: string[] = [];
  for (const path of sources('src/sources')) {
    const kind = path.split('/')[2];
    for (const { specifier } of importsOf(path)) {
      const target = specifier.startsWith('.')
        ? relative(projectRoot, join(projectRoot, dirname(path), specifier))
        : '';
      if (target.startsWith('src/sources/') && target.split('/')[2] !== kind) wrong.push(`${path} loads ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every folder that holds code says what it is', () => {
  const silent = new Set<string>();
  for (const path of sources('src'))
    if (!existsSync(join(projectRoot, path.split('/').slice(0, 2).join('/'), 'README.md')))
      silent.add(path.split('/').slice(0, 2).join('/'));
  assert.deepEqual([...silent], []);
});
