/** Whether the codecs work here: a quarter of a second of grey, read and encoded in the codec process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderVideo } from '../../media/codec/codec.ts';
import { type Check, check, ok } from './check.ts';

const WIDTH = 64;
const HEIGHT = 48;
const FRAMES = 4;
const FPS = 15;

export function checkCodecs(): Promise<readonly Check[]> {
  return check('codecs', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'vidette-doctor-'));
    try {
      const path = join(scratch, 'grey.y4m');
      await writeFile(path, greyVideo());
      const started = performance.now();
      const { bytes } = await renderVideo(
        {
          inputs: [{ name: 'test picture', path }],
          sources: [{ name: 'test picture', pieces: [{ input: 0, from: 0, to: FRAMES / FPS, wallStart: 0 }] }],
          layout: 'main',
          overlay: { clock: false, timeZone: 'UTC' },
          limits: {},
          sound: 'mute',
          metadata: {},
          output: join(scratch, 'out.mp4'),
          scratch,
        },
        { silenceMs: 30_000 },
      );
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      return ok('codecs', `decode and encode (${bytes} bytes in ${seconds} s)`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** YUV4MPEG2: a line of text, then each frame as `FRAME`, luma and the two chroma planes (yuv4mpeg(5)). */
function greyVideo(): Buffer {
  const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.alloc((WIDTH * HEIGHT * 3) / 2, 128)]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FPS}:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, ...Array.from({ length: FRAMES }, () => frame)]);
}
