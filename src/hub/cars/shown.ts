/**
 * Rows of the catalog as answers. Pure.
 */

import type { CarEventSeen } from '../../catalog/car-events.ts';
import { type CarClipSeen, USUAL_MS } from '../../catalog/car-files.ts';
import type { CarCamera, CarClip, CarEvent } from '../../contract/car.ts';

/** The order in which cameras are shown; others follow by name. */
const ORDER = ['front', 'left_repeater', 'right_repeater', 'back', 'left_pillar', 'right_pillar'];

const iso = (ms: number): string => new Date(ms).toISOString();

/** Camera by camera, each in order of time. @param clips in order of time */
export function camerasOf(clips: readonly CarClipSeen[]): CarCamera[] {
  const groups = Map.groupBy(
    clips.filter((clip) => clip.start_at !== null),
    ({ camera }) => camera,
  );
  return [...groups.keys()].sort(byCamera).map((camera) => {
    const own = groups.get(camera) ?? [];
    return { camera, clips: own.map((clip, at) => clipOf(clip, own[at + 1]?.start_at ?? null)) };
  });
}

function byCamera(one: string, other: string): number {
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

/** @param next when the clip behind it of the same camera begins, UTC ms */
function clipOf(row: CarClipSeen, next: number | null): CarClip {
  const start = row.start_at ?? 0;
  const why = whyNot(row);
  return {
    id: row.id,
    camera: row.camera,
    start,
    startKnown: row.start_by !== null,
    duration: row.duration_ms ?? Math.max(0, Math.min(USUAL_MS, (next ?? Number.POSITIVE_INFINITY) - start)),
    bytes: row.bytes,
    codec: row.codec,
    width: row.width,
    height: row.height,
    playable: why === null,
    why,
    complete: row.complete,
    filled: row.filled,
    protected: row.protected,
    fileName: row.name,
  };
}

function whyNot({ encrypted, examined, complete, codec }: CarClipSeen): CarClip['why'] {
  if (encrypted) return 'encrypted';
  if (!examined) return 'unread';
  if (!complete || codec === null) return 'damaged';
  if (codec.startsWith('avc1')) return null;
  if (codec.startsWith('hvc1') || codec.startsWith('hev1')) return 'h265';
  return codec === 'mp4v' ? 'mp4v' : 'unknown-codec';
}

export function eventOf(row: CarEventSeen): CarEvent {
  const { id, name, ring, zone, local, reason, what, camera, city, street, latitude, longitude } = row;
  const { clips, bytes, damaged, encrypted, filled } = row;
  return {
    ...{ id, car: row.source_id, name, ring, zone, local, reason, what, camera, city, street, latitude, longitude },
    ...{ clips, bytes, damaged, encrypted, filled, protected: row.protected },
    at: iso(row.at),
    atKnown: row.at_known,
    start: iso(row.from_at ?? row.at),
    end: iso(row.to_at ?? row.at),
    cameras: [...row.cameras].sort(byCamera),
    hasPicture: row.picture,
  };
}
