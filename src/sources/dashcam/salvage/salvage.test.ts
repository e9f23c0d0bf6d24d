import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fill, makeFootage } from '../../../../test/dashcam/car.ts';
import { EXFAT_DAMAGE, FAT32_DAMAGE } from '../../../../test/dashcam/damage.ts';
import { ExfatImage } from '../../../../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../../../../test/dashcam/fat32-image.ts';
import { type SalvageReport, salvageImage } from './salvage.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-salvage-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Every file below a folder. */
async function filesIn(root: string): Promise<Map<string, Buffer>> {
  const out = new Map<string, Buffer>();
  for (const item of await readdir(root, { withFileTypes: true, recursive: true }))
    if (item.isFile()) {
      const path = join(item.parentPath, item.name);
      out.set(path.slice(root.length + 1), await readFile(path));
    }
  return out;
}

async function salvage(image: string, name: string): Promise<{ files: Map<string, Buffer>; report: SalvageReport }> {
  const out = join(folder, `out-${name}`);
  const report = await salvageImage(image, out);
  return { files: await filesIn(out), report };
}

function assertSame(found: ReadonlyMap<string, Buffer>, wanted: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual([...found.keys()].sort(), [...wanted.keys()].sort());
  for (const [path, bytes] of wanted) assert.ok(found.get(path)?.equals(bytes), `${path} has other bytes`);
}

describe('everything that is still in the image comes out, under its own name', () => {
  for (const telemetry of [true, false]) {
    const footage = makeFootage({ telemetry, seed: telemetry ? 1 : 2 });
    const how = telemetry ? 'with telemetry' : 'without telemetry';
    for (const { name, what, apply } of FAT32_DAMAGE)
      test(`${name}: ${what}, ${how}`, async () => {
        using image = new Fat32Image(join(folder, `${name}-${telemetry}.img`), { bytes: 16 << 20 });
        fill(image, footage);
        apply(image);
        const { files, report } = await salvage(image.writer.path, `${name}-${telemetry}`);
        assertSame(files, footage.files);
        assert.deepEqual(report.volumes[0]?.lost, []);
      });
    for (const { name, what, apply } of EXFAT_DAMAGE)
      test(`${name}: ${what}, ${how}`, async () => {
        using image = new ExfatImage(join(folder, `${name}-${telemetry}.img`), { bytes: 16 << 20 });
        fill(image, footage);
        apply(image);
        const { files, report } = await salvage(image.writer.path, `${name}-${telemetry}`);
        assertSame(files, footage.files);
        assert.deepEqual(report.volumes[0]?.lost, []);
      });
  }
});
