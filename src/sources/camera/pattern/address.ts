/**
 * What stands behind `test:`, and behind `images:` after the folder. Pure.
 */
import { UserError } from '../../../base/errors.ts';

export interface PatternAddress {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Seconds from key frame to key frame. */
  readonly gop: number;
  readonly codec: 'h264' | 'h265';
}

export interface ImagesAddress {
  readonly folder: string;
  /** Images a second. */
  readonly fps: number;
  /** `loop`: one after the other, and again; `newest`: always the one that was changed last. */
  readonly show: 'loop' | 'newest';
  /** Absent: that of the first image. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

const LARGEST = 7680;

/** @throws UserError that names the parameter */
export function patternAddress(url: string): PatternAddress {
  const given = parametersOf(url.replace(/^test:/, ''), ['size', 'fps', 'gop', 'codec']);
  const size = sizeOf(given.get('size') ?? '1280x720');
  const codec = given.get('codec') ?? 'h264';
  if (codec !== 'h264' && codec !== 'h265') throw wrong('codec', 'Write codec=h264 or codec=h265.');
  return {
    ...size,
    codec,
    fps: numberOf('fps', given.get('fps') ?? '15', 1, 60),
    gop: numberOf('gop', given.get('gop') ?? '2', 0.1, 30),
  };
}

/** @throws UserError that names what is wrong */
export function imagesAddress(url: string): ImagesAddress {
  const rest = url.replace(/^images:(\/\/(?=\/))?/, '');
  const mark = rest.indexOf('?');
  const folder = decode(mark < 0 ? rest : rest.slice(0, mark));
  if (!folder.startsWith('/'))
    throw new UserError(
      'The folder of images is not named from the root.',
      'Write it like images:/srv/pictures?fps=1.',
    );
  const given = parametersOf(mark < 0 ? '' : rest.slice(mark), ['fps', 'show', 'size']);
  const show = given.get('show') ?? 'loop';
  if (show !== 'loop' && show !== 'newest') throw wrong('show', 'Write show=loop or show=newest.');
  const size = given.get('size');
  return {
    folder,
    show,
    fps: numberOf('fps', given.get('fps') ?? '1', 0.01, 30),
    size: size === null ? undefined : sizeOf(size),
  };
}

function parametersOf(text: string, known: readonly string[]): URLSearchParams {
  const given = new URLSearchParams(text.replace(/^\?/, ''));
  for (const name of given.keys())
    if (!known.includes(name)) throw wrong(name.slice(0, 40), `There are ${known.join(', ')}.`);
  return given;
}

function sizeOf(text: string): { width: number; height: number } {
  const [, width = 0, height = 0] = (/^(\d{2,4})[x×](\d{2,4})$/.exec(text) ?? []).map(Number);
  if (width < 64 || height < 64 || width > LARGEST || height > LARGEST || width % 2 > 0 || height % 2 > 0)
    throw wrong('size', 'Write it like size=1280x720: even numbers from 64 to 7680.');
  return { width, height };
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text === '' || !(value >= least && value <= most)) throw wrong(name, `Write a number from ${least} to ${most}.`);
  return value;
}

function wrong(name: string, remedy: string): UserError {
  return new UserError(`“${name}” of this address is not understood.`, remedy);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
