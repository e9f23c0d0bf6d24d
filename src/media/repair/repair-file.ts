/**
 * Takes a damaged video apart and writes what is left of it. Inside a process of its own: it decodes what it finds.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { VideoCodec } from '../bitstream/nal.ts';
import type { Report } from '../codec/report.ts';
import { NAL_HEAD } from '../trail/nal-header.ts';
import { picturesByTable } from './by-table.ts';
import { FileBytes, isBlank } from './bytes.ts';
import { isEncryptedClip } from './encrypted.ts';
import { firstFitting } from './fitting.ts';
import { Habit } from './habit.ts';
import { type Coding, codingOfKept, keptCoding, SliceReader } from './parameters.ts';
import { lookAt } from './picture-judge.ts';
import { findRuns, type Run } from './runs.ts';
import { placeOfData, readSampleTable, type SampleTable } from './sample-table.ts';
import { type SeenPicture, type SeenRun, sortOut } from './sort-out.ts';
import type { MadeFile, RepairReport, RepairTask } from './task.ts';
import { damageOf, lostByNumbers, startOf, tableTimes, withDurations } from './times.ts';
import { writePictures } from './write-pictures.ts';

/** Pictures a second of every Tesla, and a guess for others. */
const USUAL_FPS = 36;

/** Broken pictures that are looked into. */
const MOST_BROKEN = 5000;

const NOTHING: RepairReport = {
  outcome: 'nothing',
  codec: null,
  width: null,
  height: null,
  main: null,
  unverified: [],
  frames: { recovered: 0, unverified: 0, lost: null },
  damage: [],
  created: null,
  coding: null,
  notes: [],
};

export async function repairFile(task: RepairTask, report: Report): Promise<RepairReport> {
  report(0, 'Reading the file');
  using bytes = new FileBytes(task.path);
  if (bytes.size === 0) return nothing('The file is empty: there is nothing to recover.');
  if (isEncryptedClip(bytes))
    return {
      ...NOTHING,
      outcome: 'encrypted',
      notes: ['The clip is encrypted by the car. It is not damaged, and can be read with its key only.'],
    };
  const table = readSampleTable(bytes, task.name);
  const found = table && picturesByTable(bytes, table);
  if (table && found && found.broken === 0) {
    const { coding, created } = table;
    return {
      ...NOTHING,
      outcome: 'whole',
      codec: coding.codec,
      width: coding.width,
      height: coding.height,
      frames: { recovered: table.samples.length, unverified: 0, lost: 0 },
      created,
      coding: keptCoding(coding),
      notes: ['Nothing is wrong with its tables and the shape of its pictures; nothing was written.'],
    };
  }
  // Where less than half of the tables is right, they are of other data, or the data has moved.
  const useTable = table && found && found.good * 2 >= table.samples.length;
  const where = placeOfData(bytes);
  if (!useTable && !where && isBlank(bytes)) return nothing('The file holds zeros only: there is nothing to recover.');

  const search = (codec: VideoCodec, reader?: SliceReader, habit?: Habit): Run[] =>
    findRuns(bytes, {
      codec,
      reader,
      ...(habit && { habit }),
      from: where?.from,
      to: where?.to ?? bytes.size,
      onProgress: (at) => report(0.3 * (at / bytes.size), 'Looking for pictures'),
    });
  const habit = new Habit();
  const searchAs = (coding: Coding): Run[] => search(coding.codec, new SliceReader(coding));
  let runs: readonly Run[];
  let coding: Coding | undefined = table?.coding;
  if (useTable) {
    runs = [{ pictures: found.pictures, ends: 'data' }];
  } else {
    coding ??= firstFitting(bytes, searchAs, task.likes, task.known.map(codingOfKept));
    runs = coding ? search(coding.codec, new SliceReader(coding), habit) : search('h264');
  }
  const pictures = runs.reduce((sum, run) => sum + run.pictures.length, 0);
  if (pictures === 0) return nothing('No picture of a video is left in the file: there is nothing to recover.');
  if (!coding)
    return {
      ...NOTHING,
      outcome: 'unknown-coding',
      frames: { recovered: 0, unverified: pictures, lost: null },
      notes: [
        `${pictures} pictures are there, but the part that says how they are coded is lost. Name a whole video of the same camera with --like.`,
      ],
    };

  const seen = lookAt(bytes, runs, coding, (part) => report(0.3 + 0.5 * part, 'Decoding what was found'));
  seen.push(...lookAt(bytes, insideBroken(bytes, seen, coding, habit), coding, () => undefined));
  const dataAt = useTable ? undefined : where?.from;
  const sorted = sortOut(seen, {
    owned: task.owned,
    mayBegin: (first) => dataAt === undefined || (first.pieces[0]?.at ?? dataAt) <= dataAt,
  });
  if (sorted.main.length + sorted.unverified.length === 0)
    return nothing('No picture in the file can be decoded: there is nothing to recover.');
  const created = table?.created ?? null;
  const fps = coding.fps > 0 ? coding.fps : USUAL_FPS;
  const times = useTable ? tableTimes(table) : undefined;
  const origin = sorted.main[0] ?? sorted.unverified[0]?.[0];
  const make = (name: string, list: readonly SeenPicture[]): MadeFile => {
    const path = join(task.scratch, name);
    const timed = withDurations(list, fps, times);
    const start = startOf(origin, list[0], fps, times);
    const duration = writePictures(path, bytes, timed, coding, (created ?? 0) + (start ?? 0) * 1000, (index) =>
      report(0.8 + 0.2 * (index / list.length), 'Writing'),
    );
    return { path, frames: list.length, duration, bytes: statSync(path).size, start };
  };
  const main = sorted.main.length > 0 ? make('main.mp4', sorted.main) : null;
  const unverified = sorted.unverified.map((list, index) => make(`unverified-${index + 1}.mp4`, list));
  const others = sorted.unverified.reduce((sum, list) => sum + list.length, 0);
  return {
    outcome: 'repaired',
    codec: coding.codec,
    width: coding.width,
    height: coding.height,
    main,
    unverified,
    frames: {
      recovered: sorted.main.length,
      unverified: others,
      lost: useTable ? table.samples.length - sorted.main.length : lostByNumbers(sorted.main, fps),
    },
    damage: damageOf({ at: where?.from ?? 0, end: where?.to ?? bytes.size }, sorted.main, fps, times),
    created,
    coding: table ? keptCoding(table.coding) : null,
    notes: notesOf(table, sorted.main.length, others),
  };
}

const nothing = (why: string): RepairReport => ({ ...NOTHING, notes: [why] });

/** Pictures that stand inside of what a broken one claims: a block of the drive that was swapped into it. */
function insideBroken(bytes: FileBytes, seen: readonly SeenRun[], coding: Coding, habit: Habit): Run[] {
  const broken = seen.flatMap(({ pictures }) => pictures.filter((one) => !one.whole)).slice(0, MOST_BROKEN);
  const reader = new SliceReader(coding);
  return broken.flatMap(({ pieces: [first, ...more] }) => {
    if (!first || first.end - first.at <= NAL_HEAD) return [];
    const parts = [{ at: first.at + NAL_HEAD, end: first.end }, ...more];
    return findRuns(bytes, { codec: coding.codec, reader, parts, to: bytes.size, habit });
  });
}

function notesOf(table: SampleTable | undefined, main: number, unverified: number): string[] {
  const notes: string[] = [];
  if (table?.others) notes.push('Sound and other tracks beside the pictures are left out.');
  if (unverified > 0 && main === 0)
    notes.push(
      `The clip breaks off in its first picture, so there is nothing that the ${unverified} pictures behind it could be compared with: they may be another camera’s or an older recording’s, and are in files of their own.`,
    );
  else if (unverified > 0)
    notes.push(
      `${unverified} pictures behind a damage cannot be proven to be of this clip (another camera’s or an older recording’s bytes may stand there). They are in files of their own.`,
    );
  return notes;
}
