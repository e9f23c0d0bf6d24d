/**
 * What the logs of a drive tell, one minute after the other, so that no more than one log is in memory.
 */
import { InputError, messageOf } from '../../../base/errors.ts';
import { readLog } from '../log/read-log.ts';
import { summarizeDrive } from '../timeline/drive-summary.ts';
import { type MinuteSummary, SUMMARY_KINDS, summarizeMinute } from '../timeline/minute-summary.ts';
import type { DriveSummary, ReaderFile, SummaryMoment } from './messages.ts';

/** Of a way no more points are kept: a screen has not many more. */
const MOST_POINTS = 1500;
/** A drive with more of them tells the first. */
const MOST_MOMENTS = 2000;
const MOST_LABEL = 200;
/** The same alert again after so few seconds is the one before, that went on. */
const SAME_ALERT_SECONDS = 0.5;

/** @param files one log for each minute @throws InputError when none of them can be read */
export async function readSummary(files: readonly ReaderFile[]): Promise<DriveSummary> {
  const minutes: MinuteSummary[] = [];
  const notes: string[] = [];
  for (const { minute, path, name } of files) {
    try {
      minutes.push(summarizeMinute(minute, await readLog(path, { name, kinds: SUMMARY_KINDS })));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      notes.push(messageOf(error).slice(0, 300));
    }
  }
  if (minutes.length === 0) throw new InputError('its log', notes[0] ?? 'there is none');
  const { info, startAt, engaged, alerts, disengagements, bookmarks, distance, track } = summarizeDrive(minutes);
  const moments: SummaryMoment[] = [
    ...engaged.map(({ start, end }) => moment('engaged', start, end)),
    ...disengagements.map(({ at, alert }) => moment('disengaged', at, at, alert ? wordsOf(alert) : null)),
    ...bookmarks.map((at) => moment('bookmark', at, at)),
  ];
  let last: SummaryMoment | undefined;
  for (const { start, end, alert } of alerts) {
    const label = wordsOf(alert);
    if (label === null) continue;
    if (last?.label === label && start - last.end < SAME_ALERT_SECONDS) {
      moments.pop();
      last = { ...last, end };
    } else last = { ...moment('alert', start, end, label), severity: alert.status };
    moments.push(last);
  }
  return {
    startAt,
    car: info.car,
    device: info.device,
    version: info.version,
    engaged: engaged.map(({ start, end }) => ({ start, end })),
    moments: moments.sort((a, b) => a.start - b.start).slice(0, MOST_MOMENTS),
    track: thinned(track),
    distance,
    notes,
  };
}

function moment(kind: SummaryMoment['kind'], start: number, end: number, label: string | null = null): SummaryMoment {
  return { kind, start, end: Math.max(start, end), label, severity: null };
}

/** What was on the screen, in one line; null: nothing to read. */
function wordsOf({ text1, text2 }: { text1: string; text2: string }): string | null {
  const words = [text1, text2]
    .map((text) => text.replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim())
    .filter((text) => text !== '')
    .join(': ');
  return words === '' ? null : words.slice(0, MOST_LABEL);
}

/** Every nth point, and the last. Places to a metre. */
function thinned(track: readonly (readonly [number, number, number])[]): [number, number, number][] {
  const step = Math.max(1, Math.ceil(track.length / MOST_POINTS));
  const fixed = (value: number, digits: number): number => Number(value.toFixed(digits));
  return track
    .filter((_, at) => at % step === 0 || at === track.length - 1)
    .map(([at, latitude, longitude]) => [fixed(at, 2), fixed(latitude, 5), fixed(longitude, 5)]);
}
