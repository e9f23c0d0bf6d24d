/**
 * The video files of a drive as inputs of the engine: which camera of which minute is which input, and how large its pictures are.
 */
import { UserError } from '../../../base/errors.ts';
import { type OverlayInput, openPictures } from '../../../media/overlay/numbered-pictures.ts';
import { pictureSize } from '../../../media/overlay/picture-size.ts';
import type { BroughtMinute } from '../files/drive.ts';
import type { FileKind } from '../files/file-kind.ts';
import type { CameraName, Size } from '../scene/tiles.ts';
import { FPS, MINUTE_PICTURES, type PictureRange } from './clip-frames.ts';

const KINDS: Readonly<Record<CameraName, readonly FileKind[]>> = {
  road: ['fcamera', 'qcamera'],
  wide: ['ecamera'],
  driver: ['dcamera'],
};

export interface CameraFile {
  /** Index into `inputs`. */
  readonly input: number;
  readonly size: Size;
}

export class CameraFiles {
  readonly inputs: OverlayInput[] = [];
  private readonly files = new Map<string, CameraFile>();
  private readonly sounds = new Map<number, number>();

  /** @param cameras those that may be shown; others are not opened */
  constructor(minutes: readonly BroughtMinute[], cameras: readonly CameraName[]) {
    for (const { segment, shown, files } of minutes) {
      if (!shown) continue;
      const small = files.qcamera === undefined ? undefined : this.add('qcamera', segment, files.qcamera);
      if (small) this.sounds.set(segment, small.input);
      for (const camera of cameras) {
        const kind = KINDS[camera].find((one) => files[one] !== undefined);
        const path = kind && files[kind];
        if (!kind || path === undefined) continue;
        const file = kind === 'qcamera' && small ? small : this.add(kind, segment, path);
        this.files.set(`${camera} ${segment}`, file);
        const input = this.inputs[file.input];
        if (camera === 'road' && small && file !== small && input)
          this.inputs[file.input] = {
            ...input,
            light: { input: small.input, scale: small.size.width / file.size.width },
          };
      }
    }
  }

  file(camera: CameraName, segment: number): CameraFile | undefined {
    return this.files.get(`${camera} ${segment}`);
  }

  /** The input with the sound of a minute. */
  sound(segment: number): number | undefined {
    return this.sounds.get(segment);
  }

  /** Of the first minute that has it; null where a shown minute has none. */
  size(camera: CameraName, segments: Iterable<number>): Size | null {
    let first: Size | null = null;
    for (const segment of segments) {
      const file = this.file(camera, segment);
      if (!file) return null;
      first ??= file.size;
    }
    return first;
  }

  /**
   * The ranges as far as there are pictures: the last minute of a drive is mostly shorter than a minute.
   * @throws UserError where nothing is left
   */
  within(ranges: readonly PictureRange[], camera: CameraName, notes: string[]): PictureRange[] {
    return ranges.map(({ first, end }) => {
      const segment = Math.floor((end - 1) / MINUTE_PICTURES);
      const file = this.file(camera, segment);
      const input = file && this.inputs[file.input];
      if (!input) return { first, end };
      const last = segment * MINUTE_PICTURES + countOf(input);
      if (last >= end) return { first, end };
      const small = input.light && this.inputs[input.light.input];
      const smallLast = small ? segment * MINUTE_PICTURES + countOf(small) : 0;
      const there = `What is there of ${smallLast > last ? 'the full road video' : 'the drive'} ends at ${clock(last / FPS)}`;
      const longer =
        smallLast > last
          ? `The small one goes on until ${clock(smallLast / FPS)} and is shown when only the small files are used (--files low).`
          : '';
      if (last <= first)
        throw new UserError(
          `${there}; the clip would begin after it.`,
          smallLast > first ? longer : 'Choose an earlier start.',
          { code: 'missing' },
        );
      notes.push(`${there}, so the clip is ${((end - last) / FPS).toFixed(1)} s shorter. ${longer}`.trim());
      return { first, end: last };
    });
  }

  private add(kind: FileKind, segment: number, path: string): CameraFile {
    const raw = kind !== 'qcamera';
    const input: OverlayInput = {
      name: `${kind}.${raw ? 'hevc' : 'ts'} of minute ${segment}`,
      path,
      format: raw ? 'h265' : 'container',
    };
    const file = { input: this.inputs.length, size: pictureSize(input) };
    this.inputs.push(input);
    return file;
  }
}

function countOf(input: OverlayInput): number {
  const pictures = openPictures(input);
  try {
    return pictures.count;
  } finally {
    pictures.close();
  }
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}
