/**
 * What is drawn beside and over a car's pictures, besides the bar: its ground, time and place, the cameras' names, and places without footage.
 */
import type { KeptDrawing, Rect } from '../../../media/overlay/overlay-scene.ts';
import { drawWords, fitWords, INK, widthOf } from './ink.ts';

/** Opaque, under bar and stamp. */
export function groundDrawing(rect: Rect): KeptDrawing {
  return {
    key: 'ground',
    rect,
    draw(context) {
      context.fillStyle = INK.ground;
      context.fillRect(rect.x, rect.y, rect.width, rect.height);
    },
  };
}

/** Two lines at the right where there is room for them, or time at the left and the rest at the right of one. */
export function stampDrawing(time: string, place: string, rect: Rect): KeptDrawing {
  const { x, y, width, height } = rect;
  return {
    key: `stamp ${time} ${place}`,
    rect,
    draw(context) {
      const tall = width / height < 12;
      const margin = height * (tall ? 0.3 : 0.5);
      const room = width - 2 * margin;
      if (tall) {
        const top = fitWords(time, { weight: 600, size: height * 0.36 }, room);
        const lines = place === '' ? 0.5 : 0.32;
        drawWords(context, top.text, top.font, {
          x: x + width - margin,
          y: y + height * lines,
          align: 'right',
          colour: INK.text,
        });
        if (place === '') return;
        const below = fitWords(place, { weight: 400, size: height * 0.26 }, room);
        drawWords(context, below.text, below.font, {
          x: x + width - margin,
          y: y + height * 0.72,
          align: 'right',
          colour: INK.quiet,
        });
        return;
      }
      const font = { weight: 600, size: height * 0.56 } as const;
      const left = fitWords(time, font, room);
      drawWords(context, left.text, left.font, { x: x + margin, y: y + height / 2, align: 'left', colour: INK.text });
      const rest = room - widthOf(left.text, left.font) - height;
      if (place === '' || rest < height * 2) return;
      const right = fitWords(place, { weight: 400, size: height * 0.5 }, rest);
      drawWords(context, right.text, right.font, {
        x: x + width - margin,
        y: y + height / 2,
        align: 'right',
        colour: INK.quiet,
      });
    },
  };
}

const labelSize = (cell: Rect): number => Math.max(10, Math.min(24, cell.height / 20));

/** The camera's name in the corner of its picture. */
export function labelDrawing(name: string, cell: Rect): KeptDrawing {
  const size = labelSize(cell);
  const font = { weight: 600, size } as const;
  const margin = Math.round(size * 0.6);
  const rect = {
    x: cell.x + margin,
    y: cell.y + margin,
    width: Math.min(cell.width - margin, Math.ceil(widthOf(name, font) + size * 1.2)),
    height: Math.ceil(size * 1.7),
  };
  return {
    key: `label ${name} ${cell.x} ${cell.y} ${cell.height}`,
    rect,
    draw(context) {
      context.fillStyle = 'rgba(8, 10, 14, 0.6)';
      context.beginPath();
      context.roundRect(rect.x, rect.y, rect.width, rect.height, size * 0.4);
      context.fill();
      const place = { x: rect.x + size * 0.6, y: rect.y + rect.height / 2, align: 'left', colour: INK.text } as const;
      drawWords(context, name, font, place);
    },
  };
}

/** A calm place where a camera has no picture at that moment. */
export function gapDrawing(name: string, cell: Rect): KeptDrawing {
  return {
    key: `gap ${name} ${cell.x} ${cell.y}`,
    rect: cell,
    draw(context) {
      context.fillStyle = '#171b21';
      context.fillRect(cell.x, cell.y, cell.width, cell.height);
      const size = Math.max(12, Math.min(34, cell.height / 13));
      const middle = cell.x + cell.width / 2;
      const y = cell.y + cell.height / 2;
      const room = cell.width * 0.9;
      const top = fitWords(name, { weight: 600, size }, room);
      drawWords(context, top.text, top.font, { x: middle, y: y - size * 0.75, align: 'center', colour: INK.quiet });
      const below = fitWords('No footage', { weight: 500, size: size * 0.85 }, room);
      drawWords(context, below.text, below.font, {
        x: middle,
        y: y + size * 0.75,
        align: 'center',
        colour: INK.faint,
      });
    },
  };
}
