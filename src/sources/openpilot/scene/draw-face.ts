/**
 * The icon of driver monitoring: a head that turns as the driver's does, and arcs that show how far.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import { apply, type Matrix3, multiply } from './matrix.ts';

export const FACE_RADIUS = 96;
/** Half length of the arcs. */
const ARC = 66.5;
/** Depth in front of the head's centre at which its outline lies, and distance from which it is seen. */
const DEPTH = 8;
const VIEW = 120;

export interface FaceIcon {
  /** Pitch, yaw, roll, radians. */
  readonly pose: readonly [number, number, number];
  /** Of pitch and yaw: thicker arcs while they change. */
  readonly change: readonly [number, number];
  /** 0: at work. */
  readonly fade: number;
  readonly active: boolean;
  readonly engaged: boolean;
  /** 2022: neither turns nor has arcs. */
  readonly still: boolean;
}

/** @param unit pixels of the canvas for one of openpilot's */
export function drawFace(context: SKRSContext2D, x: number, y: number, unit: number, icon: FaceIcon): void {
  context.save();
  context.translate(x, y);
  context.scale(unit, unit);
  context.fillStyle = 'rgba(0, 0, 0, 0.275)';
  context.beginPath();
  context.arc(0, 0, FACE_RADIUS, 0, 2 * Math.PI);
  context.fill();
  const alpha = icon.still ? (icon.active ? 1 : 0.2) : icon.active ? 0.65 : 0.2;
  context.globalAlpha = alpha;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  shoulders(context);
  head(context, icon.still ? [0, 0, 0] : icon.pose, icon.still ? 0 : icon.fade);
  if (!icon.still) arcs(context, icon);
  context.restore();
}

function shoulders(context: SKRSContext2D): void {
  context.save();
  context.beginPath();
  context.arc(0, 0, FACE_RADIUS - 10, 0, 2 * Math.PI);
  context.clip();
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.ellipse(0, 100, 68, 40, 0, Math.PI, 2 * Math.PI);
  context.fill();
  context.restore();
}

/** An egg whose narrow end is the chin. */
function head(context: SKRSContext2D, pose: readonly [number, number, number], fade: number): void {
  const turn = turned(pose.map((angle) => angle * (1 - fade)));
  context.strokeStyle = '#ffffff';
  context.lineWidth = 5.2;
  context.beginPath();
  for (let step = 0; step < 48; step++) {
    const angle = (step / 48) * 2 * Math.PI;
    const down = Math.sin(angle);
    const point = apply(turn, [Math.cos(angle) * (37 - 5 * down), down * 50, DEPTH]);
    const depth = point[2] * (1 - fade) + DEPTH * fade;
    const near = (depth - DEPTH) / VIEW + 1;
    context.lineTo(point[0] * near, point[1] * near);
  }
  context.closePath();
  context.stroke();
}

/** Roll in the picture's plane, then yaw about the upright, then pitch about the level axis. */
function turned([pitch = 0, yaw = 0, roll = 0]: readonly number[]): Matrix3 {
  const [sp, cp, sy, cy] = [Math.sin(pitch), Math.cos(pitch), Math.sin(yaw), Math.cos(yaw)];
  const [sr, cr] = [Math.sin(roll), Math.cos(roll)];
  const byRoll: Matrix3 = [cr, sr, 0, -sr, cr, 0, 0, 0, 1];
  const byYaw: Matrix3 = [cy, 0, -sy, 0, 1, 0, sy, 0, cy];
  const byPitch: Matrix3 = [1, 0, 0, 0, cp, -sp, 0, sp, cp];
  return multiply(byPitch, multiply(byYaw, byRoll));
}

/** Half ellipses, as far out as the head is turned. */
function arcs(context: SKRSContext2D, { pose, change, fade, engaged }: FaceIcon): void {
  context.globalAlpha = 0.4 * (1 - fade);
  context.strokeStyle = engaged ? 'rgb(26, 242, 66)' : 'rgb(139, 139, 139)';
  const across = -Math.sin(pose[1] * (1 - fade)) * ARC;
  const along = -Math.sin(pose[0] * (1 - fade)) * ARC;
  const thick = (moved: number): number => 6.7 + 12 * Math.min(1, moved * 5);
  if (Math.abs(across) > 0.5) {
    context.lineWidth = thick(change[1]);
    context.beginPath();
    const from = across < 0 ? Math.PI / 2 : -Math.PI / 2;
    context.ellipse(across / 2, 0, Math.abs(across) / 2, ARC, 0, from, from + Math.PI);
    context.stroke();
  }
  if (Math.abs(along) > 0.5) {
    context.lineWidth = thick(change[0]);
    context.beginPath();
    const from = along < 0 ? Math.PI : 0;
    context.ellipse(0, along / 2, ARC, Math.abs(along) / 2, 0, from, from + Math.PI);
    context.stroke();
  }
}
