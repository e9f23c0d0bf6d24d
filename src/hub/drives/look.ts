/**
 * What a look into a folder finds, as rows of the catalog. Pure.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { FoundDrive } from '../../catalog/drives.ts';
import type { DriveMinuteRow } from '../../catalog/tables.ts';
import { startInName } from '../../sources/openpilot/library/file-names.ts';
import type { ScannedDrive } from '../../sources/openpilot/library/scan-folder.ts';
import { SEGMENT_SECONDS } from '../../sources/openpilot/names/route-request.ts';

/** A drive of a folder. Its start is a guess until its logs are read. */
export function foundInFolder(sourceId: string, drive: ScannedDrive): FoundDrive {
  const { dongle, logId } = drive;
  const minutes: DriveMinuteRow[] = drive.minutes.map(({ minute, files }) => ({ minute, files: { ...files } }));
  const first = drive.minutes[0];
  // A file is written last at the end of its minute.
  const written = Math.min(...Object.values(first?.files ?? {}).map((file) => file.changed));
  const guessed = startInName(logId) ?? written - ((first?.minute ?? 0) + 1) * SEGMENT_SECONDS * 1000;
  return {
    id: randomUUID(),
    sourceId,
    route: dongle === null ? logId : `${dongle}|${logId}`,
    startAt: Math.max(0, Math.round(Number.isFinite(guessed) ? guessed : 0)),
    startKnown: false,
    durationMs: ((drive.minutes.at(-1)?.minute ?? 0) + 1) * SEGMENT_SECONDS * 1000,
    minutes,
    filesKnown: true,
    facts: {},
    logsOf: logsOf(minutes),
  };
}

/** Of the logs of a drive, and which minutes have pictures: changes when there is something new to read. Empty: there is no log. */
export function logsOf(minutes: readonly DriveMinuteRow[]): string {
  const logs = minutes.flatMap(({ minute, files }) => {
    const log = files.qlog ?? files.rlog;
    return log ? [`${minute} ${log.path} ${log.bytes} ${log.changed}`] : [];
  });
  return logs.length === 0 ? '' : createHash('sha256').update(logs.join('\n')).digest('base64url').slice(0, 22);
}
