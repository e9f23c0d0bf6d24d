/**
 * Draws the street and encodes it as it happens, one picture a call. Native; for the demo camera's own process.
 */
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import type { WallMs } from '../../../base/units.ts';
import type { AccessUnit, VideoConfig } from '../../../media/access-unit.ts';
import { LiveEncoder } from '../pattern/live-encoder.ts';
import { createStreet, type Street } from './street.ts';

export const DEMO = { width: 1280, height: 720, fps: 15, bitrate: 1_200_000 } as const;

export class StreetEncoder {
  private readonly street: Street = createStreet();
  private readonly canvas: Canvas = createCanvas(DEMO.width, DEMO.height);
  private readonly encoder = new LiveEncoder({ ...DEMO, codec: 'h264', gop: DEMO.fps });

  get config(): VideoConfig {
    return this.encoder.config;
  }

  /** The street as it is now; with zero latency there is one unit for each picture. @param frame its number */
  encode(frame: number, wall: WallMs): AccessUnit[] {
    this.street.draw(this.canvas, { wallMs: wall, frame });
    this.encoder.draw(this.canvas.data());
    return this.encoder.encode(frame, wall);
  }
}
