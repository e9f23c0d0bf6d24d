import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../../base/errors.ts';
import { JpegDepacketizer } from './jpeg-depacketizer.ts';
import { emptyPacket, readRtp } from './rtp.ts';
import { parseSdp, type SdpMedia } from './sdp.ts';
import type { VideoUnit } from './video-depacketizer.ts';

function jpegMedia(attributes = ''): SdpMedia {
  const [media] = parseSdp(`m=video 0 RTP/AVP 26\n${attributes}`).media;
  assert.ok(media);
  return media;
}

interface Part {
  offset: number;
  payload: Uint8Array;
  rtp?: number;
  marker?: boolean;
  type?: number;
  quality?: number;
  width?: number;
  height?: number;
  /** Restart header and tables, as they stand behind the main header. */
  more?: Uint8Array;
  extension?: Uint8Array;
}
function packet(part: Part): Buffer {
  const { offset, payload, rtp = 0, marker = false, type = 1, quality = 60, width = 80, height = 45 } = part;
  const head = Buffer.alloc(12);
  head.set([0x80 | (part.extension ? 0x10 : 0), 26 | (marker ? 0x80 : 0)]);
  head.writeUInt32BE(rtp, 4);
  const main = Buffer.from([0, 0, 0, 0, type, quality, width, height]);
  main.writeUIntBE(offset, 1, 3);
  return Buffer.concat([head, part.extension ?? Buffer.alloc(0), main, part.more ?? Buffer.alloc(0), payload]);
}

function read(
  media: SdpMedia,
  parts: readonly (Part & { gap?: boolean })[],
): { units: VideoUnit[]; damaged: string[] } {
  const units: VideoUnit[] = [];
  const damaged: string[] = [];
  const reader = new JpegDepacketizer(media, { unit: (unit) => units.push(unit), damaged: (why) => damaged.push(why) });
  const rtp = emptyPacket();
  for (const part of parts) {
    const data = packet(part);
    assert.ok(readRtp(data, 0, data.length, rtp));
    reader.packet(data, rtp, part.gap ?? false);
  }
  return { units, damaged };
}

/** Segments of a JPEG up to its scan: marker → body. */
function segments(jpeg: Buffer): Map<number, Buffer[]> {
  const found = new Map<number, Buffer[]>();
  for (let at = 2; at < jpeg.length; ) {
    assert.equal(jpeg[at], 0xff);
    const marker = jpeg[at + 1] ?? 0;
    const size = jpeg.readUInt16BE(at + 2);
    found.set(marker, [...(found.get(marker) ?? []), jpeg.subarray(at + 4, at + 2 + size)]);
    at += 2 + size;
    if (marker === 0xda) break;
  }
  return found;
}

test('a picture in several packets gets a head by its quality, and an end', () => {
  const { units, damaged } = read(jpegMedia(), [
    { offset: 0, payload: Buffer.alloc(100, 1), rtp: 9 },
    { offset: 100, payload: Buffer.alloc(50, 2), rtp: 9, marker: true },
  ]);
  assert.deepEqual(damaged, []);
  assert.deepEqual(units[0]?.picture, { width: 640, height: 360 });
  const jpeg = Buffer.concat(units[0].pieces);
  assert.equal(jpeg.length, units[0].size);
  assert.deepEqual([jpeg.readUInt16BE(0), jpeg.readUInt16BE(jpeg.length - 2)], [0xffd8, 0xffd9]);
  const found = segments(jpeg);
  assert.deepEqual([found.get(0xdb)?.length, found.get(0xc4)?.length, found.has(0xdd)], [2, 4, false]);
  // Quality 60: 80 % of the tables of the standard.
  assert.deepEqual([...(found.get(0xdb)?.[0]?.subarray(0, 4) ?? [])], [0, 13, 9, 10]);
  assert.deepEqual([...(found.get(0xc0)?.[0]?.subarray(0, 5) ?? [])], [8, 360 >> 8, 360 & 255, 640 >> 8, 640 & 255]);
});

test('restart markers, and tables that are sent once and used again', () => {
  const restart = Buffer.from([0, 16, 0xff, 0xff]);
  const tables = Buffer.concat([Buffer.from([0, 0, 0, 128]), Buffer.alloc(64, 3), Buffer.alloc(64, 4)]);
  const none = Buffer.from([0, 0, 0, 0]);
  const { units, damaged } = read(jpegMedia(), [
    {
      offset: 0,
      payload: Buffer.alloc(9),
      rtp: 1,
      type: 65,
      quality: 200,
      more: Buffer.concat([restart, none]),
      marker: true,
    },
    {
      offset: 0,
      payload: Buffer.alloc(9),
      rtp: 2,
      type: 65,
      quality: 200,
      more: Buffer.concat([restart, tables]),
      marker: true,
    },
    {
      offset: 0,
      payload: Buffer.alloc(9),
      rtp: 3,
      type: 65,
      quality: 200,
      more: Buffer.concat([restart, none]),
      marker: true,
    },
  ]);
  assert.deepEqual(damaged, ['its tables were never sent']);
  assert.equal(units.length, 2);
  for (const unit of units) {
    const found = segments(Buffer.concat(unit.pieces));
    assert.deepEqual([...(found.get(0xdd)?.[0] ?? [])], [0, 16]);
    assert.deepEqual([found.get(0xdb)?.[0]?.at(1), found.get(0xdb)?.[1]?.at(1)], [3, 4]);
  }
});

test('sizes above 2040 pixels: by the description, or by the header that ONVIF adds', () => {
  const large = { offset: 0, payload: Buffer.alloc(9), width: 0, height: 0, marker: true };
  const told = read(jpegMedia('a=framesize:26 3840-2160\n'), [large]).units[0]?.picture;
  assert.deepEqual(told, { width: 3840, height: 2160 });
  const frame = Buffer.from([
    0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0x0b, 0xd0, 0x0f, 0xc0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0, 0, 0,
  ]);
  const extension = Buffer.concat([Buffer.from([0xff, 0xd8, 0, frame.length / 4]), frame]);
  assert.deepEqual(read(jpegMedia(), [{ ...large, extension }]).units[0]?.picture, { width: 4032, height: 3024 });
  assert.deepEqual(read(jpegMedia(), [large]).damaged, ['its size is not told']);
  assert.deepEqual(
    read(jpegMedia('a=x-dimensions:1918,1078\n'), [{ ...large, width: 240, height: 135 }]).units[0]?.picture,
    {
      width: 1918,
      height: 1078,
    },
  );
});

test('a picture with a hole is left out, the next one is not', () => {
  const { units, damaged } = read(jpegMedia(), [
    { offset: 0, payload: Buffer.alloc(100), rtp: 1 },
    { offset: 200, payload: Buffer.alloc(100), rtp: 1, marker: true, gap: true },
    { offset: 0, payload: Buffer.alloc(100), rtp: 2, marker: true },
    { offset: 100, payload: Buffer.alloc(100), rtp: 3, marker: true, gap: true },
  ]);
  assert.deepEqual([units.map((unit) => unit.rtp), damaged.length], [[2], 2]);
});

test('property: any packets end in whole pictures, damage or an InputError', () => {
  const part = fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), rtp: fc.nat(3), gap: fc.boolean() });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const reader = new JpegDepacketizer(jpegMedia(), {
        unit: (unit) => assert.equal(unit.size, Buffer.concat(unit.pieces).length),
        damaged: () => undefined,
      });
      const rtp = emptyPacket();
      for (const { bytes, rtp: time, gap } of parts) {
        const data = Buffer.from(bytes);
        if (!readRtp(data, 0, data.length, rtp)) continue;
        try {
          reader.packet(data, { ...rtp, timestamp: time }, gap);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }
    }),
  );
});
