/** Writes the logs of a whole route into a folder that looks like the device's own. */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import type { Layout } from './message-builder.ts';
import { minuteLogs, type PictureTruth, picturesOf } from './minute-log.ts';
import { type LogYear, shapeOf } from './shape.ts';
import type { World } from './world.ts';

type Compression = 'none' | 'zst' | 'bz2';

interface RouteOptions {
  /** Exists. */
  readonly folder: string;
  readonly world: World;
  readonly minutes: number;
  readonly year: LogYear;
  /** Which logs of which minute; both of all when it is not given. */
  readonly logs?: (minute: number) => readonly ('rlog' | 'qlog')[];
  /** Devices wrote bz2 until 2024; that needs Debian's `bzip2` here. */
  readonly compression?: Compression;
  readonly layout?: Layout;
  readonly traffic?: boolean;
  readonly thumbnail?: Uint8Array;
  /** Until 2024 the time of its start, then a count and an id. */
  readonly logId?: string;
}

interface WrittenRoute {
  readonly logId: string;
  /** `<dongle>|<log id>`. */
  readonly route: string;
  /** Which frame is which picture, and which second of the world it shows; in order. */
  readonly pictures: readonly PictureTruth[];
  /** `<folder>/<log id>--<minute>` for each minute. */
  readonly segments: readonly string[];
}

export async function writeRoute(options: RouteOptions): Promise<WrittenRoute> {
  const { folder, world, minutes, year, compression = 'zst' } = options;
  const logId = options.logId ?? (year < 2024 ? `${year}-08-14--10-30-00` : '0000001f--0a1b2c3d4e');
  const pictures = picturesOf(world, minutes);
  const shape = shapeOf(year);
  const segments: string[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const segment = join(folder, `${logId}--${minute}`);
    await mkdir(segment, { recursive: true });
    segments.push(segment);
    const logs = minuteLogs(
      world,
      pictures.filter((picture) => picture.segment === minute),
      { shape, layout: options.layout, traffic: options.traffic, thumbnail: options.thumbnail },
    );
    for (const name of options.logs?.(minute) ?? (['rlog', 'qlog'] as const))
      await writeFile(join(segment, name + SUFFIX[compression]), compress(logs[name], compression));
  }
  return { logId, route: `${world.dongleId}|${logId}`, pictures, segments };
}

const SUFFIX: Record<Compression, string> = { none: '', zst: '.zst', bz2: '.bz2' };

export function compress(bytes: Uint8Array, how: Compression): Uint8Array {
  if (how === 'none') return bytes;
  if (how === 'zst') return zstdCompressSync(bytes);
  const { stdout, error, status } = spawnSync('bzip2', ['-c', '-9'], { input: bytes, maxBuffer: 1 << 28 });
  if (error || status !== 0) throw new Error('bzip2 of Debian is needed to write .bz2', { cause: error });
  return stdout;
}
