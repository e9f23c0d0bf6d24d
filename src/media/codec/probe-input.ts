/** What FFmpeg sees in a file, inside the codec process. */
import { Codec, type Stream } from 'node-av/lib';
import { InputFile } from './input-file.ts';
import { measureInput } from './measure.ts';
import type { RenderInput } from './plan.ts';
import type { Probe } from './task.ts';

/** @throws BadInput when it is nothing that FFmpeg reads */
export function probeInput(input: RenderInput): Probe {
  const file = new InputFile(input, { video: true, audio: true });
  try {
    const { video, audio } = file;
    const measure = video && measureInput(input, 0, 5);
    return {
      format: file.formatName,
      duration: Number.isFinite(file.duration) ? file.duration : null,
      video:
        video && measure
          ? {
              codec: codecName(video),
              width: measure.shape.width,
              height: measure.shape.height,
              fps: Math.round(measure.rate * 1000) / 1000,
              turn: measure.turn,
            }
          : null,
      audio: audio
        ? {
            codec: codecName(audio),
            channels: audio.codecpar.channels,
            sampleRate: audio.codecpar.sampleRate,
          }
        : null,
    };
  } finally {
    file.close();
  }
}

const codecName = (stream: Stream): string => Codec.findDecoder(stream.codecpar.codecId)?.name ?? 'unknown';
