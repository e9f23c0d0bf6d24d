/** What a clip of a drive can show, and what it needs for that. Pure. */
import type { Drive, DriveFile } from '../../../src/contract/drive.ts';

export interface Mode {
  readonly layout: string;
  readonly name: string;
  /** Each of these, or one of the alternatives, in every minute. */
  readonly needs: readonly (readonly DriveFile[])[];
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
  { layout: 'stacked', name: 'Road above wide', needs: [ROAD, LOG, ['ecamera']], screen: true },
  { layout: 'pip', name: 'Driving screen with the driver in a corner', needs: [ROAD, LOG, ['dcamera']], screen: true },
  { layout: '360', name: 'All around (360°)', needs: [['ecamera'], ['dcamera']], screen: false },
];

/** Minutes that a range touches. Seconds. */
export function minutesOf(range: { readonly start: number; readonly end: number }): number[] {
  const first = Math.floor(range.start / 60);
  const last = Math.max(first, Math.floor((range.end - 0.001) / 60));
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Whether the files for a mode are there; where it is not known yet, they may be. */
export function canBe(
  mode: Mode,
  drive: Pick<Drive, 'minutes' | 'filesKnown'>,
  range: { start: number; end: number },
): boolean {
  if (!drive.filesKnown) return true;
  return minutesOf(range).every((minute) => {
    const files = drive.minutes.find((one) => one.minute === minute)?.files ?? [];
    return mode.needs.every((any) => any.some((file) => files.includes(file)));
  });
}

/** What it will be made from: everything at full quality, or something of it from the small files. */
export function isSmall(mode: Mode, drive: Pick<Drive, 'minutes'>, range: { start: number; end: number }): boolean {
  return minutesOf(range).some((minute) => {
    const files = drive.minutes.find((one) => one.minute === minute)?.files ?? [];
    return (
      (mode.needs.includes(ROAD) && !files.includes('fcamera')) || (mode.needs.includes(LOG) && !files.includes('rlog'))
    );
  });
}
