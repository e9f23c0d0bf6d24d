/**
 * Which of a car's files can be shown as they are. Damaged ones are repaired into a folder of their own first, and what plays of them is shown;
 * the car's encrypted ones are refused.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import type { DashcamRenderParams } from '../../../contract/worker.ts';
import type { CodecOptions } from '../../../media/codec/native-process.ts';
import type { PlainTrack } from '../../../media/mp4/plain-movie.ts';
import { ReadWindow } from '../../../media/mp4/random-reader.ts';
import { repairVideo } from '../../../media/repair/repair.ts';
import { nalHeadAt } from '../../../media/trail/nal-header.ts';
import { clipFacts } from '../layout/clip-facts.ts';
import { encryptedLength } from '../layout/encrypted.ts';
import type { CarClipTask, CarFile } from './car-clip.ts';
import { openPath } from './path-reader.ts';

/** So many are named in one sentence. */
const MOST_NAMES = 3;

type Found = 'sound' | 'damaged' | 'encrypted' | 'empty';

/** @throws UserError `encrypted` */
export async function soundClips(
  { params, files }: Pick<CarClipTask, 'params' | 'files'>,
  scratch: string,
  options: CodecOptions,
): Promise<{ readonly files: readonly CarFile[]; readonly notes: readonly string[] }> {
  const starts = new Map(params.clips.map(({ input, start }) => [input, start]));
  const found = new Map<CarFile, Found>();
  const shown = files.filter(({ input }) => starts.has(input));
  for (const file of shown) {
    options.signal?.throwIfAborted();
    found.set(file, await look(file, starts.get(file.input) ?? 0, params.ranges));
  }
  const encrypted = shown.filter((file) => found.get(file) === 'encrypted');
  if (encrypted.length > 0)
    throw new UserError(
      `${named(encrypted)} ${encrypted.length === 1 ? 'is' : 'are'} encrypted by the car.`,
      'Give its key, or decrypt it first, in the car or at dashcam.tesla.com; or choose cameras and times that are not encrypted.',
      { code: 'encrypted' },
    );
  const usable: CarFile[] = [];
  const notes: string[] = [];
  const broken = shown.filter((file) => found.get(file) !== 'sound');
  for (const file of shown) {
    if (found.get(file) === 'sound') usable.push(file);
    else {
      const at = broken.indexOf(file);
      const made = await repaired(file, files, join(scratch, `repaired-${at}`), {
        ...options,
        onProgress: (done) => options.onProgress?.((at + done) / broken.length, 'Repairing damaged footage'),
      });
      notes.push(made.note);
      if (made.path !== undefined) usable.push({ ...file, path: made.path, repaired: true });
    }
  }
  return { files: usable, notes };
}

function named(files: readonly CarFile[]): string {
  const names = files.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = files.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function repaired(
  file: CarFile,
  files: readonly CarFile[],
  folder: string,
  options: CodecOptions,
): Promise<{ readonly path: string | undefined; readonly note: string }> {
  await mkdir(folder, { recursive: true });
  const report = await repairVideo(file.path, {
    folder,
    // Other minutes of the same camera are coded alike; names as a car gives them tell which.
    likes: files.filter((other) => other !== file).map(({ path }) => path),
    ...options,
  });
  if (report.outcome === 'whole') return { path: file.path, note: `${file.name} is odd, but whole.` };
  if (!report.main || report.outcome !== 'repaired')
    return { path: undefined, note: `${file.name} is damaged, and nothing of it can be shown.` };
  const { frames, main } = report;
  const lost = frames.lost === null || frames.lost === 0 ? '' : `, ${frames.lost} are lost`;
  return {
    path: main.path,
    note: `${file.name} is damaged: the ${frames.recovered} pictures that can be proven to be of it are shown${lost}.`,
  };
}

async function look(file: CarFile, start: number, ranges: DashcamRenderParams['ranges']): Promise<Found> {
  await using reader = await openPath(file.path, file.name);
  if (reader.size === 0) return 'empty';
  if (encryptedLength(Buffer.from(await reader.read(0, 24))) !== undefined) return 'encrypted';
  const { complete, movie } = await clipFacts(reader);
  const track = movie?.tracks.find((one) => one.handler === 'vide');
  if (!complete || !track || track.samples.count === 0) return 'damaged';
  const window = new ReadWindow(reader, reader.size, 1 << 20);
  for (const range of ranges)
    if (!(await isSound(track, window, (range.start - start) / 1000, (range.end - start) / 1000))) return 'damaged';
  return 'sound';
}

/** Three zero bytes are in no NAL unit (ITU-T H.264 and H.265, emulation prevention), but in every hole of a file. */
const HOLE = Buffer.alloc(3);
/** Before the range decoding begins at a key picture. */
const LEAD_SECONDS = 4;

/** Whether the pictures of a stretch (seconds from the first picture) are what their table says: units that fill them, without holes. */
async function isSound(track: PlainTrack, window: ReadWindow, from: number, to: number): Promise<boolean> {
  const { samples, timescale, coding } = track;
  const codec = coding === 'avc1' ? 'h264' : coding === 'hvc1' || coding === 'hev1' ? 'h265' : undefined;
  if (!codec) return true;
  for (let sample = 0; sample < samples.count; sample++) {
    const time = (samples.times[sample] ?? 0) / timescale;
    if (time < from - LEAD_SECONDS) continue;
    if (time > to) break;
    const bytes = await window.view(samples.offsets[sample] ?? 0, samples.sizes[sample] ?? 0);
    if (!bytes) return false;
    for (let at = 0; at < bytes.length; ) {
      const head = nalHeadAt(codec, bytes, at);
      if (!head || at + 4 + head.length > bytes.length) return false;
      if (bytes.subarray(at + 4, at + 4 + head.length).includes(HOLE)) return false;
      at += 4 + head.length;
    }
  }
  return true;
}
