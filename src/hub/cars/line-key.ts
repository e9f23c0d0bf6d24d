/**
 * What a file that a drive has sent is called in the library: by the hub's own rules, whatever the drive has called it. Pure.
 */
import type { CarDriveLine } from '../../contract/car-drive.ts';
import { clipKey, eventFolderKey, namedKey, plain } from '../../sources/dashcam/harvest/key.ts';
import type { LineOf } from '../../sources/dashcam/harvest/manifest-line.ts';
import { parseEventFolder } from '../../sources/dashcam/layout/clip-name.ts';

/**
 * @param folder of the car
 * @param event what is known of the event that it belongs to
 * @param number 1 first, then others while names are taken
 */
export function keyOfLine(
  folder: string,
  line: CarDriveLine & { kind: 'file' },
  event: LineOf<'event'> | undefined,
  number: number,
): string {
  const { sha256, encrypted, track, ring } = line;
  const name = line.from.path.slice(line.from.path.lastIndexOf('/') + 1);
  const again = number <= 2 ? '' : `${number}-`;
  if (line.role === 'clip') {
    const utc = line.start === null ? undefined : Date.parse(line.start);
    const local = line.local === null ? undefined : Date.parse(`${line.local}Z`);
    const key = clipKey({ source: folder, track, utc, local, sha256, encrypted });
    return number === 1 ? key : key.replace(/(\.encrypted)?\.mp4$/, `.${number}$&`);
  }
  if (line.event === null || (ring !== 'saved' && ring !== 'sentry'))
    return namedKey(`${folder}/${plain(track)}`, again + name, sha256, true);
  const local = parseEventFolder(line.event.slice(line.event.indexOf('/') + 1)) ?? 0;
  // By the folder's name, which stays the same whatever else of the event is there: UTC by the zone of what the event says.
  const zone = event?.time == null ? undefined : Date.parse(event.time) - Date.parse(`${event.local}Z`);
  const utc = zone === undefined ? undefined : local + zone;
  return namedKey(eventFolderKey(folder, ring, utc, local), again + name, sha256, number > 1);
}
