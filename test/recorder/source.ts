/**
 * A camera that sends made-up pictures: each holds its number as text, so that it can be found again in a file.
 * The parameter sets are real, the slices only begin like real ones; nothing here is meant to be decoded.
 */
import { mediaTime, wallMs } from '../../src/base/units.ts';
import type { AccessUnit, StreamConfig } from '../../src/media/access-unit.ts';
import { BitWriter } from '../../src/media/bitstream/bits.ts';
import { videoConfig } from '../../src/media/bitstream/video-config.ts';
import { type Mount, type RtspServer, startRtspServer } from '../../src/sources/camera/rtsp/server.ts';

const PPS = Uint8Array.of(0x68, 0xce, 0x38, 0x80);

/** Pictures of the given size, both multiples of 16. */
function madeUpConfig(width = 640, height = 352): StreamConfig {
  return { video: videoConfig('h264', { vps: [], sps: [sps(width, height)], pps: [PPS] }) };
}

/** Sequence parameter set (ITU-T H.264 section 7.3.2.1.1): baseline, level 3, no reordering. */
function sps(width: number, height: number): Uint8Array {
  const w = new BitWriter();
  const ue = (value: number): void => {
    const bits = Math.floor(Math.log2(value + 1));
    w.bits(0, bits);
    w.bits(value + 1, bits + 1);
  };
  for (const byte of [0x67, 66, 0xc0, 30]) w.bits(byte, 8);
  for (const value of [0, 0, 2, 1]) ue(value);
  w.bits(0, 1);
  ue(width / 16 - 1);
  ue(height / 16 - 1);
  w.bits(0b1100, 4);
  w.bits(1, 1);
  w.align();
  return w.bytes().slice();
}

/** @param frame its number; also its time, at `fps` */
function madeUpPicture(frame: number, key: boolean, fps: number, size = 2000): AccessUnit {
  const nal = Buffer.alloc(size, 0x55);
  (key ? Buffer.from([0x65, 0x88, 0x84]) : Buffer.from([0x41, 0x9a, 0x24])).copy(nal);
  nal.write(`<${frame}>`, 8, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  const time = mediaTime(Math.round((frame * 90_000) / fps));
  return { kind: 'video', data: [length, nal], size: nal.length + 4, key, pts: time, dts: time, arrival: wallMs(0) };
}

/** The numbers of the pictures in a file, in order. */
export function picturesIn(file: Uint8Array): number[] {
  const text = Buffer.from(file).toString('latin1');
  return [...text.matchAll(/[\x65\x41][\x88\x9a][\x84\x24]U{5}<(\d+)>/g)].map(([, number]) => Number(number));
}

export interface Source {
  readonly port: number;
  url(mount: string): string;
  /** Pictures sent so far on each mount. */
  readonly sent: number;
  readonly mounts: readonly Mount[];
  /** Sends nothing; connections stay open. */
  pause(paused: boolean): void;
  close(): Promise<void>;
}

/** Serves `mounts` streams `/cam0`, `/cam1` … of `fps` pictures a second, a key frame each `gop`. */
export async function startSource(options: {
  readonly mounts: number;
  readonly fps?: number;
  readonly gop?: number;
  readonly auth?: { readonly username: string; readonly password: string };
}): Promise<Source> {
  const { fps = 25, gop = 25, auth } = options;
  const server: RtspServer = await startRtspServer({
    host: '127.0.0.1',
    port: 0,
    ...(auth ? { auth: { ...auth, kind: 'digest' } } : {}),
  });
  const mounts = Array.from({ length: options.mounts }, (_, index) => server.mount(`cam${index}`, madeUpConfig()));
  const began = performance.now();
  let sent = 0;
  let paused = false;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) * fps) / 1000);
    for (; sent < due; sent += 1) {
      if (paused) continue;
      for (const mount of mounts) mount.push(madeUpPicture(sent, sent % gop === 0, fps));
    }
  }, 10);
  return {
    port: server.port,
    url: (mount) => `rtsp://127.0.0.1:${server.port}/${mount}`,
    get sent() {
      return sent;
    },
    mounts,
    pause(value) {
      paused = value;
    },
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}
