/**
 * The demo camera's picture: a street that Vidette draws itself. Wall time and frame number stand in it as words and as bar codes.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import { barCells } from '../../../media/barcode.ts';
import { inter } from '../../../media/scene/font.ts';
import type { Scene } from '../../../media/scene/scene.ts';
import { CLOCK, disc, drawBackdrop, GROUND, SCENE } from './backdrop.ts';
import { type Palette, paletteAt } from './palette.ts';
import { drawPavement } from './people.ts';
import { drawLane } from './traffic.ts';

/** What the picture says of itself. */
export interface StreetMoment {
  /** UTC ms. */
  readonly wallMs: number;
  readonly frame: number;
}

export interface Street {
  /** Draws the whole picture; the canvas may have any size of 16:9. */
  draw(canvas: Canvas, moment: StreetMoment): void;
}

export interface StreetOptions {
  /** IANA zone of the street's clocks and its daylight; that of the machine when absent. */
  readonly timeZone?: string;
}

/** The still part is drawn again this often, so that the light changes with the day. */
const RELIGHT_MS = 120_000;

export function createStreet(options: StreetOptions = {}): Street {
  const clock = localClock(options.timeZone);
  let still: { canvas: Canvas; palette: Palette; since: number } | undefined;
  return {
    draw(canvas, { wallMs, frame }) {
      const time = clock(wallMs);
      if (!still || still.canvas.width !== canvas.width || Math.abs(wallMs - still.since) > RELIGHT_MS) {
        const palette = paletteAt(time.hour + time.minute / 60);
        still = { canvas: createCanvas(canvas.width, canvas.height), palette, since: wallMs };
        const context = still.canvas.getContext('2d');
        context.scale(canvas.width / SCENE.width, canvas.height / SCENE.height);
        drawBackdrop(context, palette);
      }
      const { palette } = still;
      // Motion is a function of wall time alone, counted from the hour so that numbers stay small and exact.
      const t = (wallMs % 3_600_000) / 1000;
      const c = canvas.getContext('2d');
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.drawImage(still.canvas, 0, 0);
      c.scale(canvas.width / SCENE.width, canvas.height / SCENE.height);
      drawClouds(c, palette, t);
      drawHands(c, time);
      drawPavement(c, palette, 0, t);
      drawLane(c, palette, 0, t);
      drawLane(c, palette, 1, t);
      drawPavement(c, palette, 1, t);
      drawBand(c, time, frame);
      c.setTransform(1, 0, 0, 1, 0, 0);
      drawBars(c, canvas, wallMs, frame);
    },
  };
}

/** The street as a scene of its own: frame `round(t · fps)`, at `wallStart + t`. */
export function streetScene(
  options: StreetOptions & { width?: number; height?: number; fps?: number; wallStart?: number } = {},
): Scene {
  const { width = SCENE.width, height = SCENE.height, fps = 15 } = options;
  const wallStart = options.wallStart ?? Date.UTC(2026, 5, 21, 10);
  const street = createStreet({ timeZone: 'UTC', ...options });
  return {
    size: { width, height },
    fps,
    duration: Number.POSITIVE_INFINITY,
    draw: (canvas, t) => street.draw(canvas, { wallMs: Math.round(wallStart + t * 1000), frame: Math.round(t * fps) }),
  };
}

interface LocalTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function localClock(timeZone: string | undefined): (wallMs: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(timeZone === undefined ? {} : { timeZone }),
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  let last: { second: number; time: LocalTime } | undefined;
  return (wallMs) => {
    const now = Math.floor(wallMs / 1000);
    if (last?.second !== now) {
      const [hour = 0, minute = 0, second = 0] = format
        .format(now * 1000)
        .split(':')
        .map(Number);
      last = { second: now, time: { hour, minute, second } };
    }
    return last.time;
  };
}

function drawClouds(c: SKRSContext2D, p: Palette, t: number): void {
  c.fillStyle = `rgba(${p.glow > 0.4 ? '255,226,205' : '255,255,255'},${0.12 + 0.5 * p.light})`;
  for (const [offset, y, size, speed] of [
    [120, 56, 0.9, 5],
    [620, 34, 0.62, 3.6],
    [1010, 48, 0.78, 4.4],
  ] as const) {
    const x = ((offset + t * speed) % 1560) - 140;
    c.beginPath();
    for (const [dx, dy, radius] of [
      [-46, 6, 20],
      [-18, -6, 27],
      [14, -10, 30],
      [44, 4, 22],
    ] as const) {
      c.moveTo(x + dx * size + radius * size, y + dy * size);
      c.arc(x + dx * size, y + dy * size, radius * size, 0, Math.PI * 2);
    }
    c.rect(x - 52 * size, y + 2 * size, 104 * size, 22 * size);
    c.fill();
  }
}

function drawHands(c: SKRSContext2D, { hour, minute, second }: LocalTime): void {
  c.lineCap = 'round';
  const hand = (turns: number, length: number, width: number, colour: string): void => {
    const angle = turns * Math.PI * 2 - Math.PI / 2;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    c.moveTo(CLOCK.x, CLOCK.y);
    c.lineTo(CLOCK.x + Math.cos(angle) * length, CLOCK.y + Math.sin(angle) * length);
    c.stroke();
  };
  c.fillStyle = '#2a2f3a';
  for (let mark = 0; mark < 12; mark++) {
    const angle = (mark * Math.PI) / 6;
    disc(c, CLOCK.x + Math.cos(angle) * 22.5, CLOCK.y + Math.sin(angle) * 22.5, mark % 3 === 0 ? 1.9 : 1.1);
  }
  hand(((hour % 12) + minute / 60) / 12, 12, 3.2, '#222733');
  hand((minute + second / 60) / 60, 18, 2.4, '#222733');
  hand(second / 60, 20, 1.2, '#b8342c');
}

/** The dark band at the bottom: words beside the bar codes. */
function drawBand(c: SKRSContext2D, { hour, minute, second }: LocalTime, frame: number): void {
  const two = (value: number): string => String(value).padStart(2, '0');
  c.fillStyle = '#eef2f7';
  c.font = inter(700, 25);
  c.textAlign = 'center';
  c.textBaseline = 'middle';
  const y = (GROUND.band + SCENE.height) / 2 + 2;
  c.fillText(`${two(hour)}:${two(minute)}:${two(second)}`, 64, y);
  c.font = inter(500, 19);
  c.fillText(`#${frame}`, SCENE.width - 64, y);
  c.textAlign = 'left';
}

function drawBars(c: SKRSContext2D, { width, height }: Canvas, wallMs: number, frame: number): void {
  for (const [row, value] of [
    ['time', wallMs],
    ['frame', frame],
  ] as const)
    for (const cell of barCells(row, Math.max(0, Math.round(value)), width, height)) {
      c.fillStyle = cell.white ? '#fff' : '#000';
      c.fillRect(cell.x, cell.y, cell.width, cell.height);
    }
}
