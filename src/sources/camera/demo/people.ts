/**
 * People-like shapes that walk by, with swinging limbs, and one dog.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import { disc } from './backdrop.ts';
import type { Palette } from './palette.ts';

interface Walker {
  /** Pixels a second; negative walks to the left. */
  readonly speed: number;
  readonly offset: number;
  readonly scale: number;
  readonly coat: string;
  readonly trousers: string;
  readonly skin: string;
  readonly hair: string;
  readonly dog?: true;
  readonly bag?: string;
}

const LOOP = 1560;
const PAVEMENTS: readonly { readonly y: number; readonly walkers: readonly Walker[] }[] = [
  {
    y: 479,
    walkers: [
      { speed: 37, offset: 200, scale: 0.72, coat: '#9a3f5b', trousers: '#2f3646', skin: '#e6b999', hair: '#3b2a22' },
      { speed: -43, offset: 700, scale: 0.76, coat: '#3f6f8f', trousers: '#3a3a3a', skin: '#8d5a3c', hair: '#1f1814' },
      { speed: 31, offset: 1050, scale: 0.66, coat: '#d8a13a', trousers: '#4d5d7a', skin: '#f0c8a8', hair: '#c58a45' },
      {
        speed: -34,
        offset: 1380,
        scale: 0.72,
        coat: '#5d7f4f',
        trousers: '#38343f',
        skin: '#d9a47e',
        hair: '#6b6b6b',
        bag: '#8a5a3a',
      },
    ],
  },
  {
    y: 655,
    walkers: [
      {
        speed: 52,
        offset: 330,
        scale: 1.12,
        coat: '#2f6f6a',
        trousers: '#2b3040',
        skin: '#e9bd9c',
        hair: '#54301f',
        dog: true,
      },
      {
        speed: -58,
        offset: 980,
        scale: 1.18,
        coat: '#c8543f',
        trousers: '#394560',
        skin: '#9c6645',
        hair: '#17120f',
        bag: '#e3d3a7',
      },
      { speed: 47, offset: 1240, scale: 1.06, coat: '#6a5a9a', trousers: '#4a4a52', skin: '#f1cdb0', hair: '#8f6a3a' },
    ],
  },
];

/** Draws who walks on the far pavement (0) or the near one (1). @param t seconds */
export function drawPavement(c: SKRSContext2D, p: Palette, pavement: 0 | 1, t: number): void {
  const { y, walkers } = PAVEMENTS[pavement === 0 ? 0 : 1] ?? { y: 0, walkers: [] };
  for (const walker of walkers) {
    const way = walker.offset + Math.abs(walker.speed) * t;
    const at = (((way % LOOP) + LOOP) % LOOP) - 140;
    c.save();
    c.translate(walker.speed > 0 ? at : 1280 - at, y);
    c.scale(walker.speed > 0 ? walker.scale : -walker.scale, walker.scale);
    drawWalker(c, p, walker, (way / (21 * walker.scale)) * Math.PI * 0.5);
    c.restore();
  }
}

/** Faces right, stands on 0; about 88 high. @param phase of the step, in radians */
function drawWalker(c: SKRSContext2D, p: Palette, walker: Walker, phase: number): void {
  const swing = Math.sin(phase);
  const lift = Math.abs(Math.cos(phase)) * 2.2;
  c.fillStyle = 'rgba(10,12,24,0.25)';
  c.beginPath();
  c.ellipse(0, 0, 19, 4, 0, 0, Math.PI * 2);
  c.fill();
  if (walker.dog) drawDog(c, p, phase);
  c.lineCap = 'round';
  c.lineJoin = 'round';
  const hip = -42 - lift;
  const shoulder = -70 - lift;
  limb(c, p.shade(walker.coat, 1.25), 6, 0, shoulder + 4, -swing * 0.62, 15, -swing * 0.62 - 0.35, 14);
  leg(c, p.shade(walker.trousers, 1.2), hip, -swing);
  leg(c, p.shade(walker.trousers), hip, swing);
  c.fillStyle = p.shade(walker.coat);
  c.beginPath();
  c.roundRect(-9, shoulder - 3, 18, 35, 8);
  c.fill();
  if (walker.bag) {
    c.fillStyle = p.shade(walker.bag);
    c.beginPath();
    c.roundRect(-15, shoulder + 4, 9, 20, 4);
    c.fill();
  }
  limb(c, p.shade(walker.coat, 0.8), 6.4, 0, shoulder + 4, swing * 0.62, 15, swing * 0.62 - 0.35, 14);
  c.fillStyle = p.shade(walker.skin);
  c.fillRect(-2.5, shoulder - 8, 5, 8);
  disc(c, 1.5, shoulder - 13, 8.4);
  c.fillStyle = p.shade(walker.hair);
  c.beginPath();
  c.arc(0, shoulder - 15, 8.8, Math.PI * 0.86, Math.PI * 1.95);
  c.closePath();
  c.fill();
}

function leg(c: SKRSContext2D, colour: string, hip: number, swing: number): void {
  const knee = swing * 0.52 + 0.12;
  limb(c, colour, 7.6, 0, hip, swing * 0.55, 20, swing * 0.55 - Math.max(0, knee) * 0.8 * (swing < 0 ? 1.3 : 0.35), 21);
}

/** Two joined strokes from a joint; angles from straight down, in radians, forward is positive. */
function limb(
  c: SKRSContext2D,
  colour: string,
  width: number,
  x: number,
  y: number,
  upper: number,
  upperLength: number,
  lower: number,
  lowerLength: number,
): void {
  const midX = x + Math.sin(upper) * upperLength;
  const midY = y + Math.cos(upper) * upperLength;
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(midX, midY);
  c.lineTo(midX + Math.sin(lower) * lowerLength, midY + Math.cos(lower) * lowerLength);
  c.stroke();
}

function drawDog(c: SKRSContext2D, p: Palette, phase: number): void {
  const colour = p.shade('#a8763e');
  c.strokeStyle = p.shade('#3a3f4a');
  c.lineWidth = 1.2;
  c.beginPath();
  c.moveTo(10, -44);
  c.quadraticCurveTo(34, -22, 52, -25);
  c.stroke();
  c.lineCap = 'round';
  for (const [x, shift] of [
    [36, 0],
    [40, Math.PI],
    [57, Math.PI * 0.6],
    [61, Math.PI * 1.6],
  ] as const)
    limb(c, colour, 3.6, x, -15, Math.sin(phase * 1.7 + shift) * 0.5, 7, Math.sin(phase * 1.7 + shift) * 0.5 - 0.2, 7);
  c.fillStyle = colour;
  c.beginPath();
  c.roundRect(32, -25, 33, 13, 6);
  c.fill();
  disc(c, 67, -28, 7);
  c.fillRect(68, -29, 10, 5.5);
  c.fillStyle = p.shade('#6d4a26');
  c.beginPath();
  c.ellipse(63.5, -29, 3, 6.5, 0.2, 0, Math.PI * 2);
  c.fill();
  c.strokeStyle = colour;
  c.lineWidth = 3;
  c.beginPath();
  c.moveTo(33, -22);
  c.quadraticCurveTo(26, -30 + Math.sin(phase * 4) * 3, 25, -35);
  c.stroke();
}
