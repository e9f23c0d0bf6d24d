/** Ids of what belongs to a car: the same whenever its manifest or its drive is read again. */
import { stableId } from '../../catalog/stable-id.ts';

/** Of a file in the library. @param sha256 hex */
export const storedFileId = (sourceId: string, sha256: string): string => stableId([sourceId, 'file', sha256]);

/** Of a file on a drive that is watched. */
export const drivenFileId = (sourceId: string, path: string, print: string): string =>
  stableId([sourceId, 'drive', path, print]);

/** @param name `sentry/2026-03-01_17-02-44` */
export const eventId = (sourceId: string, name: string): string => stableId([sourceId, 'event', name]);
