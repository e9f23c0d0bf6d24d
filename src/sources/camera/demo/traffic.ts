/**
 * Cars that pass: where each is at a time, and how it looks.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import { disc, polygon } from './backdrop.ts';
import type { Palette } from './palette.ts';

type Body = 'sedan' | 'hatch' | 'van' | 'bus';

interface Vehicle {
  readonly body: Body;
  readonly colour: string;
  /** Where it stands in its lane's loop, in pixels. */
  readonly offset: number;
}

interface Lane {
  /** Of the wheels' lowest point. */
  readonly y: number;
  readonly scale: number;
  /** Pixels a second; negative drives to the left. */
  readonly speed: number;
  /** Length of the loop; longer than the scene, so that vehicles leave and come back. */
  readonly loop: number;
  readonly vehicles: readonly Vehicle[];
}

const LENGTH: Readonly<Record<Body, number>> = { sedan: 176, hatch: 146, van: 190, bus: 330 };

const LANES: readonly Lane[] = [
  {
    y: 531,
    scale: 0.8,
    speed: -148,
    loop: 2460,
    vehicles: [
      { body: 'hatch', colour: '#d8a13a', offset: 120 },
      { body: 'sedan', colour: '#3f6fb0', offset: 640 },
      { body: 'van', colour: '#e9e7e1', offset: 1220 },
      { body: 'sedan', colour: '#7a8a58', offset: 1830 },
    ],
  },
  {
    y: 588,
    scale: 1,
    speed: 186,
    loop: 2900,
    vehicles: [
      { body: 'sedan', colour: '#b83a3a', offset: 90 },
      { body: 'bus', colour: '#c9542f', offset: 760 },
      { body: 'hatch', colour: '#4b9aa3', offset: 1480 },
      { body: 'sedan', colour: '#39404d', offset: 1960 },
      { body: 'hatch', colour: '#ddd8cb', offset: 2430 },
    ],
  },
];

/** Draws the far lane (0) or the near one (1). @param t seconds */
export function drawLane(c: SKRSContext2D, p: Palette, lane: 0 | 1, t: number): void {
  const { y, scale, speed, loop, vehicles } = LANES[lane === 0 ? 0 : 1] ?? {
    y: 0,
    scale: 1,
    speed: 1,
    loop: 1,
    vehicles: [],
  };
  for (const [index, vehicle] of vehicles.entries()) {
    const way = vehicle.offset + Math.abs(speed) * t;
    const at = (((way % loop) + loop) % loop) - 420;
    const x = speed > 0 ? at : 1280 - at;
    if (x < -420 || x > 1700) continue;
    c.save();
    c.translate(x, y + Math.sin(t * 7 + index * 2) * 0.5);
    c.scale(speed > 0 ? scale : -scale, scale);
    drawVehicle(c, p, vehicle, way / (17 * scale));
    c.restore();
  }
}

/** Faces right; its middle is at 0, its wheels stand on 0. @param turn of the wheels, in radians */
function drawVehicle(c: SKRSContext2D, p: Palette, { body, colour }: Vehicle, turn: number): void {
  const half = LENGTH[body] / 2;
  c.fillStyle = 'rgba(8,10,20,0.34)';
  c.beginPath();
  c.ellipse(0, 1, half + 4, 7, 0, 0, Math.PI * 2);
  c.fill();
  if (p.light < 0.6) drawBeam(c, half, 0.6 - p.light);
  if (body === 'bus') drawBus(c, p, colour, half);
  else if (body === 'van') drawVan(c, p, colour, half);
  else drawCar(c, p, colour, half, body === 'hatch');
  const front = half - (body === 'bus' ? 62 : 34);
  const back = -half + (body === 'bus' ? 78 : 34);
  for (const x of [front, back]) drawWheel(c, p, x, body === 'bus' ? 19 : 17, turn);
  const night = p.light < 0.6;
  const height = body === 'bus' ? -34 : -36;
  c.fillStyle = night ? '#fff6cf' : '#f4ecd0';
  c.beginPath();
  c.ellipse(half - 5, height, 4.5, 5.5, 0, 0, Math.PI * 2);
  c.fill();
  c.fillStyle = night ? '#ff4a3a' : '#b3302a';
  c.fillRect(-half + 1, height - 5, 5, 11);
}

function drawCar(c: SKRSContext2D, p: Palette, colour: string, half: number, hatch: boolean): void {
  const rear = hatch ? -half + 8 : -half + 34;
  c.fillStyle = p.shade(colour);
  c.beginPath();
  c.moveTo(-half, -16);
  c.quadraticCurveTo(-half - 2, -42, -half + 12, -45);
  c.lineTo(rear - 2, -48);
  c.quadraticCurveTo(rear + 14, -76, rear + 34, -78);
  c.lineTo(12, -78);
  c.quadraticCurveTo(30, -76, 46, -50);
  c.quadraticCurveTo(half - 10, -46, half - 2, -36);
  c.quadraticCurveTo(half + 2, -26, half - 1, -14);
  c.closePath();
  c.fill();
  c.fillStyle = p.shade('#1d2530');
  polygon(c, [
    [rear + 10, -49],
    [rear + 24, -71],
    [(rear + 34) / 2 + 2, -72],
    [(rear + 34) / 2 + 2, -49],
  ]);
  polygon(c, [
    [(rear + 34) / 2 + 8, -49],
    [(rear + 34) / 2 + 8, -72],
    [12, -72],
    [36, -49],
  ]);
  c.fillStyle = p.shade('#e3b48f');
  disc(c, 12, -58, 5.4);
  c.fillStyle = 'rgba(255,255,255,0.22)';
  c.fillRect(-half + 10, -43, half * 2 - 20, 3);
  c.fillStyle = 'rgba(10,12,22,0.28)';
  c.fillRect(-half + 2, -20, half * 2 - 4, 5);
  c.fillRect((rear + 34) / 2 + 4, -46, 1.6, 26);
}

function drawVan(c: SKRSContext2D, p: Palette, colour: string, half: number): void {
  c.fillStyle = p.shade(colour);
  c.beginPath();
  c.moveTo(-half, -14);
  c.lineTo(-half, -92);
  c.quadraticCurveTo(-half, -100, -half + 10, -100);
  c.lineTo(half - 56, -100);
  c.quadraticCurveTo(half - 36, -98, half - 22, -58);
  c.quadraticCurveTo(half, -52, half, -14);
  c.closePath();
  c.fill();
  c.fillStyle = p.shade('#1d2530');
  polygon(c, [
    [half - 76, -60],
    [half - 76, -90],
    [half - 54, -90],
    [half - 34, -60],
  ]);
  c.fillStyle = p.shade('#2f7f6f');
  c.fillRect(-half + 14, -74, half * 1.05, 26);
  c.fillStyle = p.shade('#f4efe2');
  disc(c, -half + 36, -61, 8);
  c.fillRect(-half + 52, -66, 46, 4);
  c.fillRect(-half + 52, -58, 32, 4);
  c.fillStyle = 'rgba(10,12,22,0.25)';
  c.fillRect(-half + 2, -20, half * 2 - 4, 5);
}

function drawBus(c: SKRSContext2D, p: Palette, colour: string, half: number): void {
  c.fillStyle = p.shade(colour);
  c.beginPath();
  c.roundRect(-half, -118, half * 2, 106, 12);
  c.fill();
  c.fillStyle = p.shade('#f2e9d8');
  c.fillRect(-half, -60, half * 2, 8);
  for (let window = 0; window < 7; window++) {
    const x = -half + 14 + window * 42;
    c.fillStyle = p.light < 0.6 ? '#ffe4a6' : p.shade('#27323f');
    c.beginPath();
    c.roundRect(x, -104, window === 6 ? 46 : 36, 40, 4);
    c.fill();
    if (window % 2 === 0 && window < 6) {
      c.fillStyle = p.shade('#8a6a55');
      disc(c, x + 18, -78, 7);
      c.fillRect(x + 9, -72, 18, 8);
    }
  }
  c.fillStyle = 'rgba(10,12,22,0.25)';
  c.fillRect(-half + 3, -22, half * 2 - 6, 6);
}

function drawBeam(c: SKRSContext2D, half: number, strength: number): void {
  const beam = c.createLinearGradient(half, 0, half + 210, 0);
  beam.addColorStop(0, `rgba(255,240,190,${strength})`);
  beam.addColorStop(1, 'rgba(255,240,190,0)');
  c.fillStyle = beam;
  polygon(c, [
    [half - 4, -38],
    [half + 210, -56],
    [half + 210, 6],
    [half - 4, -30],
  ]);
}

function drawWheel(c: SKRSContext2D, p: Palette, x: number, radius: number, turn: number): void {
  c.fillStyle = '#14171d';
  disc(c, x, -radius + 1, radius);
  c.fillStyle = p.shade('#aeb4bb');
  disc(c, x, -radius + 1, radius * 0.58);
  c.strokeStyle = p.shade('#565c66');
  c.lineWidth = 2.4;
  c.beginPath();
  for (let spoke = 0; spoke < 5; spoke++) {
    const angle = turn + (spoke * Math.PI * 2) / 5;
    c.moveTo(x, -radius + 1);
    c.lineTo(x + Math.cos(angle) * radius * 0.55, -radius + 1 + Math.sin(angle) * radius * 0.55);
  }
  c.stroke();
}
