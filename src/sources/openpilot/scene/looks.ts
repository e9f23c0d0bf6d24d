/**
 * Colours and measures of the two looks, in pixels of openpilot's 2160×1080 canvas. Pure.
 */
import type { AlertState, FrameState } from '../frame-state.ts';
import type { SceneLook } from './options.ts';

export interface Look {
  readonly border: Readonly<Record<FrameState['status'], string>>;
  /** Of the picture's corners; 0: square. */
  readonly corner: number;
  /** Black at the top: how far it is even, and where it ends. */
  readonly header: { readonly even: number; readonly end: number };
  /** Middle of the digits and of the unit, from the top of the canvas. */
  readonly speedY: number;
  readonly unitY: number;
  /** Of the centre of the wheel from the right and top, and of the face from the side and bottom of the picture. */
  readonly wheel: { readonly x: number; readonly y: number };
  readonly face: { readonly x: number; readonly y: number };
  /** Of the words MAX while nobody steers but the driver. */
  readonly maxDisengaged: string;
}

/** openpilot of 2026: selfdrive/ui/onroad/*.py. */
const NOW: Look = {
  border: { disengaged: '#122839', override: '#89928d', engaged: '#167f40' },
  corner: 61,
  header: { even: 0, end: 300 },
  speedY: 180,
  unitY: 290,
  wheel: { x: 126, y: 126 },
  face: { x: 126, y: 126 },
  maxDisengaged: '#919b95',
};

/** openpilot of autumn 2022: selfdrive/ui/qt/onroad.cc, selfdrive/ui/ui.h. */
const OF_2022: Look = {
  border: { disengaged: '#173349', override: '#919b95', engaged: '#178644' },
  corner: 0,
  header: { even: 252, end: 420 },
  speedY: 134,
  unitY: 280,
  wheel: { x: 156, y: 141 },
  face: { x: 156, y: 140 },
  maxDisengaged: '#ffffff',
};

export function lookOf(look: SceneLook): Look {
  return look === '2022' ? OF_2022 : NOW;
}

export const ALERT_COLOURS: Readonly<Record<AlertState['status'], string>> = {
  normal: '#151515',
  userPrompt: '#da6f25',
  critical: '#c92231',
};

/** 2022: an alert colours everything around, and a quiet one takes the colour of the state. */
export function colourOf2022(status: FrameState['status'], alert: AlertState | null): string {
  return alert && alert.status !== 'normal' ? ALERT_COLOURS[alert.status] : OF_2022.border[status];
}
