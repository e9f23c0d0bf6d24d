/**
 * Everything that stands still: sky, houses, trees, pavement, road. Drawn once per palette, in a frame of 1280×720.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Palette } from './palette.ts';

export const SCENE = { width: 1280, height: 720 } as const;
/** Heights of the scene's lines, from the top. */
export const GROUND = { houses: 452, curb: 488, middle: 541, front: 594, band: 668 } as const;

interface House {
  readonly x: number;
  readonly width: number;
  readonly top: number;
  readonly wall: string;
  readonly roof: string;
  readonly style: 'gable' | 'flat' | 'mansard';
  readonly shop?: string;
}

const HOUSES: readonly House[] = [
  { x: -30, width: 190, top: 222, wall: '#e3c9a8', roof: '#8f4f3c', style: 'gable', shop: '#b8433f' },
  { x: 160, width: 150, top: 176, wall: '#b9cbd6', roof: '#47566b', style: 'mansard' },
  { x: 310, width: 205, top: 246, wall: '#e8dcc2', roof: '#9b5a44', style: 'gable', shop: '#2f7f6f' },
  { x: 640, width: 178, top: 196, wall: '#d9a58b', roof: '#5c4a52', style: 'flat', shop: '#315e92' },
  { x: 818, width: 146, top: 236, wall: '#cfd8c0', roof: '#7b4a3a', style: 'gable' },
  { x: 964, width: 196, top: 168, wall: '#c5b8cf', roof: '#4b4a66', style: 'mansard', shop: '#c08a2d' },
  { x: 1160, width: 160, top: 228, wall: '#e6cbb7', roof: '#93513f', style: 'gable' },
];

/** The tower between the third and the fourth house carries the clock. */
export const CLOCK = { x: 577, y: 222, radius: 27 } as const;
/** Street lamps: x of the pole. */
const LAMPS: readonly number[] = [118, 438, 758, 1078];

export function drawBackdrop(c: SKRSContext2D, p: Palette): void {
  drawSky(c, p);
  drawHills(c, p);
  drawTower(c, p);
  for (const house of HOUSES) drawHouse(c, p, house);
  drawGround(c, p);
  for (const [x, size] of [
    [248, 1],
    [552, 0.86],
    [872, 1.08],
    [1182, 0.94],
  ] as const)
    drawTree(c, p, x, 476, size);
  for (const x of LAMPS) drawLamp(c, p, x);
}

function drawSky(c: SKRSContext2D, p: Palette): void {
  const sky = c.createLinearGradient(0, 0, 0, 430);
  sky.addColorStop(0, p.skyTop);
  sky.addColorStop(0.6, p.skyMiddle);
  sky.addColorStop(1, p.skyBottom);
  c.fillStyle = sky;
  c.fillRect(0, 0, SCENE.width, 460);
  if (p.light < 0.5) {
    for (let star = 0; star < 90; star++) {
      const x = (star * 733.7) % SCENE.width;
      const y = ((star * 419.3) % 260) + 6;
      c.fillStyle = `rgba(255,255,255,${(0.5 - p.light) * (0.5 + ((star * 7) % 10) / 12)})`;
      c.fillRect(x, y, star % 4 === 0 ? 2.2 : 1.4, star % 4 === 0 ? 2.2 : 1.4);
    }
  }
  const [x, y, radius] = p.light > 0.3 ? [1052, 96 + p.glow * 90, 34] : [1052, 92, 24];
  const halo = c.createRadialGradient(x, y, radius * 0.6, x, y, radius * 5);
  const tint = p.light > 0.3 ? (p.glow > 0.4 ? '255,190,120' : '255,244,214') : '214,226,255';
  halo.addColorStop(0, `rgba(${tint},0.55)`);
  halo.addColorStop(1, `rgba(${tint},0)`);
  c.fillStyle = halo;
  c.fillRect(x - radius * 5, y - radius * 5, radius * 10, radius * 10);
  c.fillStyle = `rgb(${tint})`;
  disc(c, x, y, radius);
}

function drawHills(c: SKRSContext2D, p: Palette): void {
  for (const [base, height, colour, wave] of [
    [372, 44, '#a9bccb', 0.0061],
    [402, 36, '#8fa79f', 0.0093],
  ] as const) {
    c.fillStyle = p.shade(colour, 0.8);
    c.beginPath();
    c.moveTo(0, 460);
    for (let x = 0; x <= SCENE.width; x += 16)
      c.lineTo(x, base - height * (0.5 + 0.35 * Math.sin(x * wave) + 0.15 * Math.sin(x * wave * 2.7 + 1)));
    c.lineTo(SCENE.width, 460);
    c.fill();
  }
}

function drawTower(c: SKRSContext2D, p: Palette): void {
  const { x } = CLOCK;
  c.fillStyle = p.shade('#cbb89a');
  c.fillRect(x - 42, 178, 84, 280);
  c.fillStyle = p.shade('#b39f82');
  c.fillRect(x + 20, 178, 22, 280);
  c.fillStyle = p.shade('#55657a');
  polygon(c, [
    [x - 52, 180],
    [x, 86],
    [x + 52, 180],
  ]);
  c.fillStyle = p.shade('#d8c8ae');
  c.fillRect(x - 48, 174, 96, 9);
  c.fillRect(x - 46, 270, 92, 7);
  for (const at of [302, 356]) windowPane(c, p, x - 11, at, 22, 34, at === 302);
  c.fillStyle = p.shade('#f5efe0', 0.35);
  disc(c, x, CLOCK.y, CLOCK.radius + 4);
  c.fillStyle = p.light < 0.5 ? '#fff3cf' : '#fffdf6';
  disc(c, x, CLOCK.y, CLOCK.radius);
}

function drawHouse(c: SKRSContext2D, p: Palette, house: House): void {
  const { x, width, top } = house;
  const height = GROUND.houses - top;
  const wall = c.createLinearGradient(0, top, 0, GROUND.houses);
  wall.addColorStop(0, p.shade(house.wall));
  wall.addColorStop(1, p.shade(house.wall, 1.12));
  c.fillStyle = wall;
  c.fillRect(x, top, width, height);
  c.fillStyle = 'rgba(20,24,44,0.10)';
  c.fillRect(x + width - 12, top, 12, height);
  drawRoof(c, p, house);
  const floor = 58;
  const columns = Math.max(2, Math.round(width / 52));
  const floors = Math.floor((height - (house.shop ? 74 : 22)) / floor);
  for (let row = 0; row < floors; row++)
    for (let column = 0; column < columns; column++) {
      const lit = (column * 5 + row * 3 + Math.round(x)) % 3 !== 0;
      windowPane(c, p, x + ((column + 0.5) * width) / columns - 11, top + 18 + row * floor, 22, 32, lit);
    }
  c.fillStyle = p.shade('#fffaf0', 0.9);
  c.fillRect(x, GROUND.houses - 4, width, 4);
  if (house.shop) drawShop(c, p, house, house.shop);
  else drawDoor(c, p, x + width / 2 - 12);
}

function drawRoof(c: SKRSContext2D, p: Palette, { x, width, top, roof, style }: House): void {
  c.fillStyle = p.shade(roof);
  if (style === 'gable')
    polygon(c, [
      [x - 8, top + 2],
      [x + width / 2, top - 62],
      [x + width + 8, top + 2],
    ]);
  else if (style === 'mansard') {
    polygon(c, [
      [x - 4, top + 2],
      [x + 14, top - 46],
      [x + width - 14, top - 46],
      [x + width + 4, top + 2],
    ]);
    for (const at of [0.3, 0.7]) windowPane(c, p, x + width * at - 10, top - 36, 20, 26, at > 0.5);
  } else c.fillRect(x - 4, top - 12, width + 8, 14);
  c.fillStyle = p.shade('#6d4438');
  c.fillRect(x + width * 0.72, top - (style === 'flat' ? 34 : 52), 16, style === 'flat' ? 24 : 34);
}

function windowPane(
  c: SKRSContext2D,
  p: Palette,
  x: number,
  y: number,
  width: number,
  height: number,
  lit: boolean,
): void {
  c.fillStyle = p.shade('#fbf7ee', 0.9);
  c.fillRect(x - 3, y - 3, width + 6, height + 7);
  const warm = lit && p.light < 0.75;
  const glass = c.createLinearGradient(x, y, x + width, y + height);
  glass.addColorStop(0, warm ? '#ffd98a' : p.shade('#89a9bf'));
  glass.addColorStop(1, warm ? '#f5b65a' : p.shade('#5f7f98'));
  c.fillStyle = glass;
  c.fillRect(x, y, width, height);
  c.fillStyle = p.shade('#fbf7ee', 0.9);
  c.fillRect(x + width / 2 - 1, y, 2, height);
  c.fillRect(x, y + height * 0.42, width, 2);
}

function drawShop(c: SKRSContext2D, p: Palette, { x, width }: House, awning: string): void {
  const top = GROUND.houses - 66;
  c.fillStyle = p.shade('#453b3a');
  c.fillRect(x + 12, top + 12, width - 24, 54);
  const inside = c.createLinearGradient(0, top + 16, 0, GROUND.houses);
  inside.addColorStop(0, p.light < 0.75 ? '#ffe2a3' : p.shade('#bcd3dc'));
  inside.addColorStop(1, p.light < 0.75 ? '#e9a75b' : p.shade('#7f9dab'));
  c.fillStyle = inside;
  c.fillRect(x + 18, top + 18, width - 84, 42);
  c.fillRect(x + width - 56, top + 18, 32, 48);
  c.fillStyle = p.shade('#453b3a');
  c.fillRect(x + 18 + (width - 84) / 2, top + 18, 3, 42);
  const stripes = 9;
  for (let stripe = 0; stripe < stripes; stripe++) {
    const left = x + 6 + ((width - 12) * stripe) / stripes;
    const wide = (width - 12) / stripes;
    c.fillStyle = p.shade(stripe % 2 === 0 ? awning : '#f6f0e4', 0.9);
    c.fillRect(left, top - 6, wide + 0.5, 20);
    c.beginPath();
    c.arc(left + wide / 2, top + 14, wide / 2, 0, Math.PI);
    c.fill();
  }
}

function drawDoor(c: SKRSContext2D, p: Palette, x: number): void {
  c.fillStyle = p.shade('#f5efe2', 0.9);
  c.fillRect(x - 4, GROUND.houses - 56, 32, 56);
  c.fillStyle = p.shade('#6b3f34');
  c.fillRect(x, GROUND.houses - 52, 24, 52);
  c.fillStyle = '#e5c26a';
  disc(c, x + 19, GROUND.houses - 26, 1.8);
}

function drawGround(c: SKRSContext2D, p: Palette): void {
  c.fillStyle = p.shade('#c9c5bc');
  c.fillRect(0, GROUND.houses, SCENE.width, GROUND.curb - GROUND.houses);
  c.fillStyle = p.shade('#a8a49b');
  for (let x = 0; x < SCENE.width; x += 40) c.fillRect(x, GROUND.houses, 1, 30);
  c.fillRect(0, GROUND.houses + 15, SCENE.width, 1);
  c.fillStyle = p.shade('#8d8a84');
  c.fillRect(0, GROUND.curb - 7, SCENE.width, 7);
  const road = c.createLinearGradient(0, GROUND.curb, 0, GROUND.front);
  road.addColorStop(0, p.shade('#575c66'));
  road.addColorStop(1, p.shade('#474c56'));
  c.fillStyle = road;
  c.fillRect(0, GROUND.curb, SCENE.width, GROUND.front - GROUND.curb);
  c.fillStyle = p.shade('#f1eedf', 0.6);
  for (let x = 20; x < SCENE.width; x += 92) c.fillRect(x, GROUND.middle - 2, 48, 4);
  c.fillStyle = p.shade('#8d8a84');
  c.fillRect(0, GROUND.front, SCENE.width, 9);
  c.fillStyle = p.shade('#d3cec4');
  c.fillRect(0, GROUND.front + 9, SCENE.width, GROUND.band - GROUND.front);
  c.fillStyle = p.shade('#b1ada3');
  for (let x = 0; x < SCENE.width; x += 64) {
    c.fillRect(x, GROUND.front + 9, 1.5, 28);
    c.fillRect(x + 32, GROUND.front + 37, 1.5, 40);
  }
  c.fillRect(0, GROUND.front + 37, SCENE.width, 1.5);
  c.fillStyle = '#12161f';
  c.fillRect(0, GROUND.band, SCENE.width, SCENE.height - GROUND.band);
}

function drawTree(c: SKRSContext2D, p: Palette, x: number, y: number, size: number): void {
  c.fillStyle = 'rgba(15,20,40,0.18)';
  c.beginPath();
  c.ellipse(x + 4, y + 2, 34 * size, 6 * size, 0, 0, Math.PI * 2);
  c.fill();
  c.fillStyle = p.shade('#6e4d38');
  polygon(c, [
    [x - 6 * size, y],
    [x - 3.5 * size, y - 78 * size],
    [x + 3.5 * size, y - 78 * size],
    [x + 6 * size, y],
  ]);
  for (const [dx, dy, radius, colour] of [
    [-26, -84, 27, '#3f7a4b'],
    [25, -88, 28, '#3f7a4b'],
    [0, -78, 31, '#3a7247'],
    [-13, -110, 29, '#4f8f57'],
    [15, -114, 27, '#57985c'],
    [-3, -132, 21, '#66a566'],
    [-19, -100, 15, '#62a263'],
    [20, -124, 13, '#77b272'],
  ] as const) {
    c.fillStyle = p.shade(colour);
    disc(c, x + dx * size, y + dy * size, radius * size);
  }
}

function drawLamp(c: SKRSContext2D, p: Palette, x: number): void {
  const top = 338;
  if (p.light < 0.8) {
    const glow = c.createRadialGradient(x + 22, top + 8, 2, x + 22, top + 8, 86);
    glow.addColorStop(0, `rgba(255,222,150,${0.75 * (0.8 - p.light)})`);
    glow.addColorStop(1, 'rgba(255,222,150,0)');
    c.fillStyle = glow;
    c.fillRect(x - 70, top - 80, 190, 180);
    c.fillStyle = `rgba(255,222,150,${0.2 * (0.8 - p.light)})`;
    polygon(c, [
      [x + 14, top + 8],
      [x + 30, top + 8],
      [x + 84, GROUND.curb],
      [x - 40, GROUND.curb],
    ]);
  }
  c.fillStyle = p.shade('#2d3440', 0.6);
  c.fillRect(x - 2.5, top, 5, GROUND.curb - 10 - top);
  c.fillRect(x - 5, GROUND.curb - 24, 10, 16);
  c.fillRect(x - 2.5, top, 26, 4);
  c.fillStyle = p.light < 0.8 ? '#fff0c4' : p.shade('#e8e4d4');
  c.beginPath();
  c.ellipse(x + 22, top + 7, 9, 5, 0, 0, Math.PI * 2);
  c.fill();
}

export function disc(c: SKRSContext2D, x: number, y: number, radius: number): void {
  c.beginPath();
  c.arc(x, y, radius, 0, Math.PI * 2);
  c.fill();
}

export function polygon(c: SKRSContext2D, points: readonly (readonly [number, number])[]): void {
  c.beginPath();
  for (const [index, [x, y]] of points.entries()) {
    if (index === 0) c.moveTo(x, y);
    else c.lineTo(x, y);
  }
  c.closePath();
  c.fill();
}
