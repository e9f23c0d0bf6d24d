/** The files that somebody drops: a replay of the made-up map, its set with music and a picture, a skin. */
import { createCanvas } from '@napi-rs/canvas';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { autoPlay } from './auto-play.ts';
import { writeReplay } from './replay-writer.ts';
import { MAP_TEXT } from './scene/generated-play.ts';
import { writeZip } from './zip-writer.ts';

const RATE = 48_000;

/** A play without a mistake. @param player changes the file, and nothing that is drawn but the name */
export function madeReplay({
  mods = 0,
  player = 'vidette',
  mode = 0,
}: {
  mods?: number;
  player?: string;
  mode?: 0 | 1 | 2 | 3;
} = {}): Buffer {
  const beatmap = Buffer.from(MAP_TEXT);
  const frames = autoPlay(preparePlay(readBeatmap(beatmap, 'made up'), mods, 'made up'));
  return writeReplay({ mode, beatmap, mods, player, frames });
}

/** @param more files of the set */
export function madeSet(more: Readonly<Record<string, Uint8Array>> = {}): Buffer {
  return writeZip({ 'made up.osu': Buffer.from(MAP_TEXT), 'music.wav': wav(new Int16Array(RATE * 14)), ...more });
}

/** Its cursor is a large square. */
export function madeSkin(name = 'Made up', author = 'Nobody'): Buffer {
  const cursor = createCanvas(96, 96);
  const context = cursor.getContext('2d');
  context.fillStyle = '#ff00ff';
  context.fillRect(0, 0, 96, 96);
  const ini = `[General]\nName: ${name}\nAuthor: ${author}\nVersion: 2.7\n`;
  return writeZip({ 'skin.ini': Buffer.from(ini), 'cursor.png': cursor.toBuffer('image/png') });
}

/** Stereo, 48 kHz. */
function wav(samples: Int16Array): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}
