/** A prepared byte stream as access units that can be sent again and again. */
import { readFile } from 'node:fs/promises';
import type { VideoConfig } from '../../src/media/access-unit.ts';
import { annexBUnits, nalHeaderSize, nalRole, nalType } from '../../src/media/bitstream/nal.ts';
import { videoConfigOfAnnexB } from '../../src/media/bitstream/video-config.ts';
import type { Fixture } from '../fixtures/video.ts';

export interface Picture {
  /** As in an MP4 sample, without parameter sets. */
  readonly sample: Uint8Array;
  readonly key: boolean;
  /** Position in presentation order within the file. */
  readonly order: number;
}
export interface Elementary {
  readonly config: VideoConfig;
  /** In decoding order; the first is a key frame. */
  readonly pictures: readonly Picture[];
}

export async function readElementary(fixture: Fixture): Promise<Elementary> {
  const { codec, path } = fixture;
  const stream = await readFile(path);
  const order = JSON.parse(await readFile(`${path}.order`, 'utf8')) as number[];
  const pictures: Picture[] = [];
  let units: Uint8Array[] = [];
  let key = false;
  const finish = (): void => {
    if (units.length === 0) return;
    const sample = Buffer.alloc(units.reduce((sum, nal) => sum + 4 + nal.length, 0));
    let at = 0;
    for (const nal of units) {
      sample.writeUInt32BE(nal.length, at);
      sample.set(nal, at + 4);
      at += 4 + nal.length;
    }
    pictures.push({ sample, key, order: order[pictures.length] ?? pictures.length });
    units = [];
    key = false;
  };
  for (const nal of annexBUnits(stream)) {
    const role = nalRole(codec, nalType(codec, nal[0] ?? 0));
    if (role !== 'slice' && role !== 'key-slice') continue;
    if ((nal[nalHeaderSize(codec)] ?? 0) >= 0x80) finish();
    units.push(nal);
    key ||= role === 'key-slice';
  }
  finish();
  return { config: videoConfigOfAnnexB(codec, stream), pictures };
}
