/**
 * The button at the top right: a steering wheel that turns with the car's, or a flask in experimental mode.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';

export const WHEEL_RADIUS = 96;

export interface WheelIcon {
  readonly experimental: boolean;
  /** Degrees, positive to the left. */
  readonly angle: number;
  /** CSS colour of the disc. */
  readonly disc: string;
  /** 0 to 1. */
  readonly alpha: number;
}

/** @param unit pixels of the canvas for one of openpilot's */
export function drawWheel(context: SKRSContext2D, x: number, y: number, unit: number, icon: WheelIcon): void {
  context.save();
  context.translate(x, y);
  context.scale(unit, unit);
  context.fillStyle = icon.disc;
  context.beginPath();
  context.arc(0, 0, WHEEL_RADIUS, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = icon.alpha;
  if (icon.experimental) flask(context);
  else {
    context.rotate((-icon.angle * Math.PI) / 180);
    wheel(context);
  }
  context.restore();
}

/** Rim, hub and three spokes, within 144 × 144. */
function wheel(context: SKRSContext2D): void {
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.arc(0, 0, 70, 0, 2 * Math.PI);
  context.arc(0, 0, 56, 0, 2 * Math.PI, true);
  context.fill('evenodd');
  // Spokes widen toward the rim; the hub is their middle.
  context.beginPath();
  context.moveTo(-58, -18);
  context.quadraticCurveTo(-30, -15, -16, -19);
  context.quadraticCurveTo(0, -25, 16, -19);
  context.quadraticCurveTo(30, -15, 58, -18);
  context.lineTo(58, 6);
  context.quadraticCurveTo(28, 4, 21, 20);
  context.quadraticCurveTo(14, 34, 14, 58);
  context.lineTo(-14, 58);
  context.quadraticCurveTo(-14, 34, -21, 20);
  context.quadraticCurveTo(-28, 4, -58, 6);
  context.closePath();
  context.fill();
}

/** A conical flask, half full. */
function flask(context: SKRSContext2D): void {
  const outline = (): void => {
    context.beginPath();
    context.moveTo(-17, -58);
    context.lineTo(-17, -18);
    context.lineTo(-52, 44);
    context.quadraticCurveTo(-62, 64, -40, 64);
    context.lineTo(40, 64);
    context.quadraticCurveTo(62, 64, 52, 44);
    context.lineTo(17, -18);
    context.lineTo(17, -58);
  };
  const orange = context.createLinearGradient(-50, -60, 50, 64);
  orange.addColorStop(0, '#ffd23f');
  orange.addColorStop(1, '#ff5a1f');
  context.save();
  outline();
  context.closePath();
  context.clip();
  context.fillStyle = orange;
  context.fillRect(-70, 12, 140, 60);
  context.restore();
  context.strokeStyle = orange;
  context.lineWidth = 9;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  outline();
  context.stroke();
  context.beginPath();
  context.moveTo(-27, -60);
  context.lineTo(27, -60);
  context.stroke();
  context.fillStyle = '#ffffff';
  for (const [x, y, radius] of [
    [-12, 38, 8],
    [16, 30, 5],
    [4, -6, 6],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
}
