/**
 * A car's footage as the engine wants it: frame after frame, which picture of which camera lies where, and what is drawn beside it.
 */
import type { FrameRate } from '../../../media/codec/plan.ts';
import type { KeptDrawing, OverlayFrame, OverlayScene, Rect, Tile } from '../../../media/overlay/overlay-scene.ts';
import { barDrawings } from '../scene/bar.ts';
import { barState, type Units } from '../scene/bar-state.ts';
import { gapDrawing, groundDrawing, labelDrawing, stampDrawing } from '../scene/car-drawings.ts';
import { coordinates, timeStamp } from '../scene/stamp.ts';
import { cameraName } from './camera-names.ts';
import type { CameraTrack } from './camera-track.ts';
import type { FootageClip } from './car-footage.ts';
import { clipFrames, frameCount, type WallRange } from './clip-frames.ts';
import { type CarLayout, type Cell, fitted } from './layouts.ts';
import type { TelemetryTrack } from './telemetry-track.ts';

export interface CarShow {
  readonly layout: CarLayout;
  /** By camera. */
  readonly tracks: ReadonlyMap<string, CameraTrack<FootageClip>>;
  /** Of which camera only one is shown at a time: the second from this moment on (UTC ms). */
  readonly switchAt: number | null;
  /** Undefined: it is not shown. */
  readonly telemetry: TelemetryTrack | undefined;
  readonly units: Units;
  /** Minutes east of Greenwich at a moment; null: not known. */
  readonly zoneAt: (utc: number) => number | null;
  /** Shown beneath the pictures; empty: none. */
  readonly title: string;
  /** Whether time and place are shown. */
  readonly stamp: boolean;
  /** City and street; empty: neither is shown. */
  readonly place: string;
  /** Whether the telemetry's coordinates are shown. */
  readonly coordinates: boolean;
  /** Whether the cameras' names are shown. */
  readonly labels: boolean;
  readonly ranges: readonly WallRange[];
  readonly rate: FrameRate;
  readonly speed: number;
}

const NOTHING: readonly Rect[] = [];

export class CarPlay implements OverlayScene {
  readonly size: OverlayScene['size'];
  readonly rate: FrameRate;
  readonly frames: number;
  /** Frames in which a camera that is shown had no picture; of the last play that came to its end. */
  gaps: ReadonlyMap<string, number> = new Map();
  readonly #show: CarShow;

  constructor(show: CarShow) {
    this.#show = show;
    this.size = show.layout.size;
    this.rate = show.rate;
    this.frames = frameCount(show.ranges, show.rate, show.speed);
  }

  *play(): Generator<OverlayFrame> {
    const { ranges, rate, speed } = this.#show;
    const gaps = new Map<string, number>();
    for (const { utc } of clipFrames(ranges, rate, speed)) yield this.#frame(utc, gaps);
    this.gaps = gaps;
  }

  #frame(utc: number, gaps: Map<string, number>): OverlayFrame {
    const tiles: Tile[] = [];
    const over: KeptDrawing[] = [];
    for (const cell of this.#cells(utc)) {
      const { camera, rect } = cell;
      const shown = this.#show.tracks.get(camera)?.at(utc);
      if (shown) {
        const { input, width, height } = shown.clip;
        const window = { x: 0, y: 0, width: width & ~1, height: height & ~1 };
        const place = fitted(shown.clip, rect);
        tiles.push({ input, picture: shown.picture, window, place });
        if (this.#show.labels) over.push(labelDrawing(cameraName(camera), place));
      } else {
        gaps.set(camera, (gaps.get(camera) ?? 0) + 1);
        over.push(gapDrawing(cameraName(camera), rect));
      }
    }
    return { tiles, draw: () => NOTHING, kept: () => [...over, ...this.#footer(utc)] };
  }

  #cells(utc: number): readonly Cell[] {
    const { layout, switchAt } = this.#show;
    if (switchAt === null) return layout.cells;
    const cell = layout.cells[utc < switchAt ? 0 : 1] ?? layout.cells[0];
    return cell ? [cell] : [];
  }

  #footer(utc: number): KeptDrawing[] {
    const { layout, telemetry, units, title, place, zoneAt } = this.#show;
    const { bar, stamp } = layout.footer;
    const top = bar?.y ?? stamp?.y;
    if (top === undefined) return [];
    const { width, height } = layout.size;
    const drawings = [groundDrawing({ x: 0, y: top, width, height: height - top })];
    const car = telemetry?.at(utc);
    if (bar && telemetry) drawings.push(...barDrawings(barState(car, units, telemetry.percent), bar));
    if (stamp && !this.#show.stamp) drawings.push(stampDrawing(title, '', stamp));
    else if (stamp) {
      // Once a second is often enough for what is read.
      const second = Math.floor(utc / 1000) * 1000;
      const then = telemetry?.at(second) ?? car;
      const where = this.#show.coordinates && then ? coordinates(then.latitude, then.longitude) : undefined;
      const words = [title, place, where ?? ''].filter((part) => part !== '').join(' · ');
      drawings.push(stampDrawing(timeStamp(utc, zoneAt(utc)), words, stamp));
    }
    return drawings;
  }
}
