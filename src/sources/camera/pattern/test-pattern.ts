/**
 * The test picture: bars of colour, a ramp of grey, something that moves, the time of day and the number of the picture.
 * Everything that stands still is drawn once; each picture then costs a few rectangles. Native.
 */
import { createCanvas } from '@napi-rs/canvas';
import type { Clock } from '../../../base/clock.ts';
import { paintBars } from '../../../media/barcode.ts';
import { inter } from '../../../media/scene/font.ts';
import type { DemuxSink } from '../reader/demux.ts';
import type { SentUnit } from '../reader/messages.ts';
import type { PatternAddress } from './address.ts';
import { LiveEncoder, type Plane } from './live-encoder.ts';
import { paced } from './pace.ts';

/** Bars of ITU-R BT.1729: 75 % white, yellow, cyan, green, magenta, red, blue. */
const COLOURS = ['#bfbfbf', '#bfbf00', '#00bfbf', '#00bf00', '#bf00bf', '#bf0000', '#0000bf'] as const;
const LETTERS = '0123456789-:. ';
const PANEL = '#202020';

interface Layout {
  readonly clock: { readonly x: number; readonly y: number };
  readonly frame: { readonly x: number; readonly y: number };
  readonly letter: { readonly width: number; readonly height: number };
  readonly track: { readonly y: number; readonly height: number };
}

/** Encodes for ever; ends only by an error or with its process. */
export async function showPattern(address: PatternAddress, sink: DemuxSink, clock: Clock): Promise<never> {
  const { width, height, fps, gop, codec } = address;
  const encoder = new LiveEncoder({
    codec,
    width,
    height,
    fps,
    gop: Math.max(1, Math.round(gop * fps)),
    bitrate: Math.round(Math.max(150_000, width * height * fps * 0.06)),
  });
  const layout = layoutOf(width, height);
  encoder.draw(background(address, layout));
  const letters = lettersOf(layout);
  sink.config({ video: encoder.config });
  const began = clock.monotonic();
  for await (const frame of paced(fps, clock)) {
    const wall = clock.wall();
    const [luma] = encoder.planes();
    write(luma, layout.clock, new Date(wall).toISOString().slice(0, 23).replace('T', ' '), letters, layout);
    write(luma, layout.frame, String(frame).padStart(9), letters, layout);
    move(luma, width, layout, ((clock.monotonic() - began) / 4000) % 1);
    const pixels = { data: luma.data, width, height, channels: 1 as const, stride: luma.stride };
    paintBars(pixels, 'time', wall);
    paintBars(pixels, 'frame', frame);
    await sink.units(encoder.encode(frame, wall).map(sent));
  }
  throw new Error('time has ended');
}

/** An encoded picture as a reader child hands it over. */
export function sent(unit: { data: readonly Uint8Array[]; key: boolean; pts: number; dts: number }): SentUnit {
  return { kind: 'video', data: Buffer.concat(unit.data), key: unit.key, pts: unit.pts, dts: unit.dts };
}

function layoutOf(width: number, height: number): Layout {
  const letterHeight = Math.max(10, 2 * Math.round(height / 24));
  const letterWidth = Math.max(6, Math.min(2 * Math.round(letterHeight * 0.33), Math.floor(width / 26)));
  const x = Math.round((width - letterWidth * 23) / 2);
  const y = Math.round(height * 0.66);
  return {
    clock: { x, y },
    frame: { x: x + letterWidth * 14, y: y + letterHeight + 2 },
    letter: { width: letterWidth, height: letterHeight },
    track: { y: Math.round(height * 0.86), height: Math.max(4, Math.round(height * 0.05)) },
  };
}

function background({ width, height, fps, codec }: PatternAddress, layout: Layout): Buffer {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  for (const [index, colour] of COLOURS.entries()) {
    context.fillStyle = colour;
    const from = Math.round((index * width) / COLOURS.length);
    context.fillRect(from, 0, Math.round(((index + 1) * width) / COLOURS.length) - from, height);
  }
  const ramp = context.createLinearGradient(0, 0, width, 0);
  ramp.addColorStop(0, '#000');
  ramp.addColorStop(1, '#fff');
  context.fillStyle = ramp;
  context.fillRect(0, Math.round(height * 0.5), width, Math.round(height * 0.12));
  context.fillStyle = PANEL;
  context.fillRect(0, Math.round(height * 0.62), width, height);
  context.fillStyle = '#ebebeb';
  context.font = inter(500, Math.round(layout.letter.height * 0.8));
  context.textBaseline = 'top';
  context.fillText(`${width} × ${height}, ${fps}/s, ${codec}`, layout.clock.x, layout.frame.y);
  return canvas.data();
}

/** Brightness of each letter, rows without a gap. */
function lettersOf({ letter }: Layout): Map<string, Uint8Array> {
  const letters = new Map<string, Uint8Array>();
  const canvas = createCanvas(letter.width, letter.height);
  const context = canvas.getContext('2d');
  context.font = inter(700, Math.round(letter.height * 0.85));
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const one of LETTERS) {
    context.fillStyle = PANEL;
    context.fillRect(0, 0, letter.width, letter.height);
    context.fillStyle = '#fff';
    context.fillText(one, letter.width / 2, letter.height / 2, letter.width);
    const { data } = context.getImageData(0, 0, letter.width, letter.height);
    // Studio range: 16 is black, 235 is white (ITU-R BT.709).
    letters.set(
      one,
      Uint8Array.from({ length: letter.width * letter.height }, (_, at) => 16 + ((data[at * 4] ?? 0) * 219) / 255),
    );
  }
  return letters;
}

function write(
  luma: Plane,
  at: { x: number; y: number },
  text: string,
  letters: ReadonlyMap<string, Uint8Array>,
  { letter: { width, height } }: Layout,
): void {
  for (const [index, one] of [...text].entries()) {
    const pixels = letters.get(one);
    if (pixels === undefined) continue;
    for (let row = 0; row < height; row += 1)
      luma.data.set(pixels.subarray(row * width, (row + 1) * width), (at.y + row) * luma.stride + at.x + index * width);
  }
}

/** A white block that crosses the picture. @param done 0 to 1 */
function move(luma: Plane, width: number, { track }: Layout, done: number): void {
  const from = Math.round(done * (width - track.height));
  for (let row = track.y; row < track.y + track.height; row += 1) {
    const start = row * luma.stride;
    luma.data.fill(43, start, start + width);
    luma.data.fill(235, start + from, start + from + track.height);
  }
}
