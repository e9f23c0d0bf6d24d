/** What a clip of a drive can show, and what it needs for that. Pure. */
import type { Drive, DriveFile } from '../../../src/contract/drive.ts';

export interface Mode {
  readonly layout: string;
  readonly name: string;
  /** Each of these, or one of the alternatives, in every minute. */
  readonly needs: readonly (readonly DriveFile[])[];
  /** Cameras of which one, there in every minute, is the small picture. */
  readonly small?: readonly DriveFile[];
  /** The driving screen is drawn in it. */
  readonly screen: boolean;
}

const ROAD: readonly DriveFile[] = ['fcamera', 'qcamera'];
const LOG: readonly DriveFile[] = ['rlog', 'qlog'];

export const MODES: readonly Mode[] = [
  { layout: 'ui', name: 'The driving screen', needs: [ROAD, LOG], screen: true },
  { layout: 'forward', name: 'Road camera alone', needs: [ROAD], screen: false },
  { layout: 'wide', name: 'Wide camera alone', needs: [['ecamera']], screen: false },
  { layout: 'driver', name: 'Driver camera alone', needs: [['dcamera']], screen: false },
  { layout: 'stacked', name: 'Road and wide camera', needs: [ROAD, LOG, ['ecamera']], screen: true },
  {
    layout: 'pip',
    name: 'Driving screen with a small picture',
    needs: [ROAD, LOG],
    small: ['dcamera', 'ecamera'],
    screen: true,
  },
  { layout: '360', name: 'All around (360°)', needs: [['ecamera'], ['dcamera']], screen: false },
];

/** Minutes that a range touches. Seconds. */
export function minutesOf(range: { readonly start: number; readonly end: number }): number[] {
  const first = Math.floor(range.start / 60);
  const last = Math.max(first, Math.floor((range.end - 0.001) / 60));
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

type Holding = Pick<Drive, 'minutes' | 'filesKnown'>;
interface Seconds {
  readonly start: number;
  readonly end: number;
}

/** Whether each of these, or one of its alternatives, is there in every minute; where that is not known yet, it may be. */
export function hasAll(drive: Holding, range: Seconds, needs: readonly (readonly DriveFile[])[]): boolean {
  if (!drive.filesKnown) return true;
  return minutesOf(range).every((minute) => {
    const files = drive.minutes.find((one) => one.minute === minute)?.files ?? [];
    return needs.every((any) => any.some((file) => files.includes(file)));
  });
}

/** What is drawn of openpilot, or said of the car, is in a log. */
export const hasLog = (drive: Holding, range: Seconds): boolean => hasAll(drive, range, [LOG]);

/** Whether the files for a mode are there. */
export function canBe({ needs, small }: Mode, drive: Holding, range: Seconds): boolean {
  return hasAll(drive, range, needs) && (small?.some((camera) => hasAll(drive, range, [[camera]])) ?? true);
}

/** What it will be made from: everything at full quality, or something of it from the small files. */
export function isSmall(mode: Mode, drive: Pick<Drive, 'minutes'>, range: Seconds): boolean {
  return minutesOf(range).some((minute) => {
    const files = drive.minutes.find((one) => one.minute === minute)?.files ?? [];
    return (
      (mode.needs.includes(ROAD) && !files.includes('fcamera')) || (mode.needs.includes(LOG) && !files.includes('rlog'))
    );
  });
}
