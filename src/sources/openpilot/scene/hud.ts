/**
 * All layers of a moment, from below to above: gradient, speed, boxes, icons, alert, border, brand.
 */
import type { DriveInfo } from '../frame-state.ts';
import { alertRect, drawAlert } from './draw-alert.ts';
import { borderPieces, drawBorder } from './draw-border.ts';
import { clockText, DETAILS_SECONDS, detailsText, plate, routeText, tierText } from './draw-brand.ts';
import { drawFace, FACE_RADIUS, type FaceIcon } from './draw-face.ts';
import { drawSetSpeed, setSpeedBox, setSpeedText, speedText, wordsLayer } from './draw-speed.ts';
import { drawWheel, WHEEL_RADIUS, type WheelIcon } from './draw-wheel.ts';
import { aroundCircle, evenAround, LayerCache } from './layer-cache.ts';
import { inset, type Layout } from './layout.ts';
import { ALERT_COLOURS, colourOf2022, type Look, lookOf } from './looks.ts';
import type { SceneMoment } from './moment.ts';
import type { SceneOptions } from './options.ts';
import type { Layer, Rect } from './tiles.ts';

export class Hud {
  private readonly layout: Layout;
  private readonly options: SceneOptions;
  private readonly look: Look;
  private readonly of2022: boolean;
  private readonly metric: boolean;
  private readonly unitWord: string;
  private readonly details: string;
  private readonly cache = new LayerCache();

  constructor(layout: Layout, options: SceneOptions, info: DriveInfo) {
    this.layout = layout;
    this.options = options;
    this.look = lookOf(options.look);
    this.of2022 = options.look === '2022';
    this.metric = options.units === 'auto' ? (info.metric ?? false) : options.units === 'metric';
    this.unitWord = this.metric ? 'km/h' : 'mph';
    this.details = options.brand.details ? detailsText(info) : '';
  }

  layers(moment: SceneMoment): Layer[] {
    const { hud } = this.layout;
    const ui = hud
      ? [
          ...this.insetFrame(),
          ...this.speed(moment, hud),
          this.wheel(moment, hud),
          ...this.face(moment, hud),
          ...this.alert(moment, hud),
          ...this.border(moment),
        ]
      : [];
    return [...ui, ...this.brand(moment)].filter((layer) => layer !== null);
  }

  private layer(key: string, make: () => Omit<Layer, 'key'>): Layer {
    return this.cache.get(key, () => {
      const made = make();
      return { ...made, rect: evenAround(made.rect, this.layout.size) };
    });
  }

  private speed({ state }: SceneMoment, hud: Rect): Layer[] {
    const { unit } = this.layout;
    const { look, metric } = this;
    const middle = { x: hud.x + hud.width / 2 };
    const top = hud.y - 30 * unit;
    const speed = speedText(state.speed, metric);
    const layers = [
      this.layer('header', () => this.header(hud)),
      this.layer(`speed ${speed}`, () =>
        wordsLayer(speed, { weight: 700, size: 176 * unit }, '#ffffff', { ...middle, y: top + look.speedY * unit }),
      ),
      this.layer('unit', () =>
        wordsLayer(this.unitWord, { weight: this.of2022 ? 400 : 500, size: 66 * unit }, 'rgba(255, 255, 255, 0.78)', {
          ...middle,
          y: top + look.unitY * unit,
        }),
      ),
    ];
    if (!state.hasCruise) return layers;
    const set = setSpeedText(state.setSpeed, metric);
    const box = setSpeedBox(metric);
    const place = {
      x: hud.x + box.x * unit,
      y: hud.y + box.y * unit,
      width: box.width * unit,
      height: box.height * unit,
    };
    const max = this.layer(`max ${set} ${state.status}`, () => ({
      rect: inset(place, -4 * unit),
      draw: (context) => drawSetSpeed(context, place, unit, set, state.status, look),
    }));
    return [...layers, max];
  }

  /** Around the small picture of mode `pip`. */
  private insetFrame(): Layer[] {
    const { panels, unit } = this.layout;
    const width = Math.max(2, 4 * unit);
    return panels.flatMap(({ fit, target }) =>
      fit === 'cover'
        ? [
            this.layer('inset', () => ({
              rect: inset(target, -width),
              draw: (context) => {
                context.strokeStyle = 'rgba(0, 0, 0, 0.7)';
                context.lineWidth = width;
                context.strokeRect(
                  target.x - width / 2,
                  target.y - width / 2,
                  target.width + width,
                  target.height + width,
                );
              },
            })),
          ]
        : [],
    );
  }

  private header(hud: Rect): Omit<Layer, 'key'> {
    const { unit } = this.layout;
    const end = hud.y + this.look.header.end * unit;
    return {
      rect: { ...hud, height: end - hud.y },
      draw: (context) => {
        const gradient = context.createLinearGradient(0, hud.y + this.look.header.even * unit, 0, end);
        gradient.addColorStop(0, 'rgba(0, 0, 0, 0.45)');
        gradient.addColorStop(1, 'rgba(0, 0, 0, 0)');
        context.fillStyle = gradient;
        context.fillRect(hud.x, hud.y, hud.width, end - hud.y);
      },
    };
  }

  private wheel({ state }: SceneMoment, hud: Rect): Layer | null {
    // 2022: the icon tells that it could be engaged, and is not there when it could not.
    if (this.of2022 && !state.engageable && state.status === 'disengaged') return null;
    const { unit } = this.layout;
    const ready = state.engageable || state.status !== 'disengaged';
    // Two degrees are a pixel at the rim.
    const angle = state.experimental ? 0 : Math.round(state.steeringAngleDeg / 2) * 2;
    const icon: WheelIcon = {
      experimental: state.experimental,
      angle: Number.isFinite(angle) ? angle % 360 : 0,
      disc: this.of2022 ? colourOf2022(state.status, state.alert) : 'rgba(0, 0, 0, 0.65)',
      alpha: ready || this.of2022 ? 1 : 0.706,
    };
    const x = hud.x + hud.width - this.look.wheel.x * unit;
    const y = hud.y + this.look.wheel.y * unit;
    return this.layer(`wheel ${icon.experimental} ${icon.angle} ${icon.disc} ${icon.alpha}`, () => ({
      rect: aroundCircle(x, y, WHEEL_RADIUS * unit),
      draw: (context) => drawWheel(context, x, y, unit, icon),
    }));
  }

  private face({ state, head }: SceneMoment, hud: Rect): Layer[] {
    if (!state.face || state.alert) return [];
    const { unit } = this.layout;
    // A fiftieth of a radian is a pixel of the arcs; less would make a picture of its own for every moment.
    const step = (value: number): number => (Number.isFinite(value) ? Math.round(value * 50) / 50 : 0);
    const [pitch, yaw, roll] = head.pose;
    const icon: FaceIcon = {
      pose: [step(pitch), step(yaw), step(roll)],
      change: [step(head.change[0]), step(head.change[1])],
      fade: step(head.fade),
      active: state.face.active,
      engaged: state.status !== 'disengaged',
      still: this.of2022,
    };
    const side = this.look.face.x * unit;
    const x = state.face.rightHandDrive ? hud.x + hud.width - side : hud.x + side;
    const y = hud.y + hud.height - this.look.face.y * unit;
    const key = this.of2022 ? `${icon.active}` : JSON.stringify(icon);
    return [
      this.layer(`face ${state.face.rightHandDrive} ${key}`, () => ({
        rect: aroundCircle(x, y, FACE_RADIUS * unit),
        draw: (context) => drawFace(context, x, y, unit, icon),
      })),
    ];
  }

  private alert({ state }: SceneMoment, hud: Rect): Layer[] {
    const { alert } = state;
    if (!alert) return [];
    const { unit, size } = this.layout;
    const colour = this.of2022 ? colourOf2022(state.status, alert) : ALERT_COLOURS[alert.status];
    const canvas = { x: 0, y: 0, width: size.width, height: hud.y + hud.height + hud.x };
    const rect = alertRect(alert.size, hud, canvas, unit, this.of2022);
    return [
      this.layer(`alert ${alert.size} ${colour} ${JSON.stringify([alert.text1, alert.text2])}`, () => ({
        rect,
        draw: (context) => drawAlert(context, alert, rect, unit, colour, this.of2022),
      })),
    ];
  }

  private border({ state }: SceneMoment): Layer[] {
    const { size, border, unit } = this.layout;
    if (border === 0) return [];
    const colour = this.of2022 ? colourOf2022(state.status, state.alert) : this.look.border[state.status];
    const inside = inset({ x: 0, y: 0, ...size }, border);
    const corner = this.look.corner * unit;
    return borderPieces(size, inside, corner).flatMap((rect, piece) =>
      rect.width > 0 && rect.height > 0
        ? [
            this.layer(`border ${colour} ${piece}`, () => ({
              rect,
              draw: (context) => drawBorder(context, size, inside, corner, colour),
            })),
          ]
        : [],
    );
  }

  /** Title at the left, clock and route at the right, beside what the UI has there; notes in the narrow strip below the alerts. */
  private brand({ state, clipSeconds }: SceneMoment): Layer[] {
    const { brand: area, hud, unit } = this.layout;
    const { brand } = this.options;
    const [before, after] = hud ? [290, this.look.wheel.x + WHEEL_RADIUS + 30] : [30, 30];
    const left = { x: area.x + before * unit, y: area.y + 24 * unit, align: 'left' as const };
    const right = { x: area.x + area.width - after * unit, y: area.y + 24 * unit, align: 'right' as const };
    // The UI's speed is in the middle.
    const room = area.width / 2 - (hud ? before + 170 : before + 40) * unit;
    const layers: Layer[] = [];
    const add = (key: string, text: string, size: number, at: Parameters<typeof plate>[2], width: number): void => {
      const font: Font = { weight: size > 40 ? 700 : 500, size: size * unit };
      if (text !== '') layers.push(this.layer(`${key} ${text}`, () => plate(text, font, at, width)));
    };
    add('title', brand.title.trim(), 36, left, room);
    if (brand.clock) add('clock', clockText(state.routeSeconds), 44, right, room);
    add(
      'route',
      routeText(this.options),
      26,
      { ...right, y: right.y + (brand.clock ? 74 : 0) * unit },
      room + 60 * unit,
    );
    const bottom = area.y + area.height - 37 * unit;
    const tier = hud ? tierText(state.tier) : '';
    add('tier', tier, 23, { x: area.x + area.width - 62 * unit, y: bottom, align: 'right' }, area.width / 4);
    if (clipSeconds < DETAILS_SECONDS)
      add('details', this.details, 23, { x: area.x + 62 * unit, y: bottom, align: 'left' }, area.width * 0.75);
    return layers;
  }
}

type Font = Parameters<typeof plate>[1];
