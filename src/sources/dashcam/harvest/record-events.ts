/**
 * What the manifest says of events: each as the car tells it, and which other clips show what the car has lost of it.
 */
import { byTime, clipsFor, type OwnClip } from './fill.ts';
import type { Intake } from './intake.ts';
import type { LineOf } from './manifest-line.ts';
import type { Survey, Times } from './survey.ts';

/** Its clips may still be coming: the car makes an event's folder before it copies the video. */
const GRACE = 10 * 60_000;

/** @returns how many events are new, or told in another way than before */
export function recordEvents(intake: Intake, survey: Survey, times: Times, now: () => Date): number {
  let count = 0;
  for (const [name, event] of survey.events) {
    const before = intake.known.event(name);
    // A file that cannot be read today does not take away what is known.
    if (before && !event) continue;
    const { local, time } = times.ofEvent(name, event);
    const line: LineOf<'event'> = {
      kind: 'event',
      at: now().toISOString(),
      event: name,
      ring: name.startsWith('saved/') ? 'saved' : 'sentry',
      time: time ? new Date(time.utc).toISOString() : null,
      local: new Date(local).toISOString().slice(0, 19),
      zone: time?.zone ?? null,
      reason: event?.reason?.slice(0, MOST_TEXT) ?? null,
      what: event?.kind ?? null,
      camera: event?.camera ?? null,
      city: event?.city?.slice(0, MOST_TEXT) ?? null,
      street: event?.street?.slice(0, MOST_TEXT) ?? null,
      latitude: event?.latitude ?? null,
      longitude: event?.longitude ?? null,
    };
    if (before && JSON.stringify({ ...before, at: '' }) === JSON.stringify({ ...line, at: '' })) continue;
    intake.record(line);
    count += 1;
  }
  return count;
}

const MOST_TEXT = 200;

/**
 * @param inUse the car uses the drive: young events wait
 * @returns how many events were filled now
 */
export function fillEvents(intake: Intake, now: () => Date, inUse: boolean): number {
  const { known } = intake;
  const events = [...known.events()];
  if (events.length === 0) return 0;
  const own = new Map<string, OwnClip>();
  for (const [sha256, { isClip, start, track, seconds, complete }] of known.files)
    if (isClip && start !== undefined && !known.plainOf.has(sha256))
      own.set(sha256, { sha256, track, start, seconds, complete });
  const all = byTime([...own.values()]);
  let count = 0;
  for (const { event: name, time } of events) {
    if (time === null) continue;
    const moment = Date.parse(time);
    if (inUse && now().getTime() - moment < GRACE) continue;
    const files = [...(known.filesOf.get(name) ?? [])];
    // What somebody has thrown away is not looked for elsewhere.
    if (files.some((sha256) => known.gone.has(sha256))) continue;
    const mine = files.flatMap((sha256) => own.get(sha256) ?? []);
    const clips = clipsFor(moment, mine, all);
    if (clips.length === 0 || clips.join() === known.fill(name).join()) continue;
    intake.record({ kind: 'fill', at: now().toISOString(), event: name, clips });
    count += 1;
  }
  return count;
}
