/**
 * The stability gate: which files of a drive that is in use the car has finished. Pure; the caller scans, and says when.
 *
 * A file is accepted when its entry, the places of its data and its contents are the same in two scans that lie far enough apart, and its contents
 * are whole. Whatever changes begins anew.
 */
import type { Milliseconds, MonotonicMs } from '../../../base/units.ts';

/** What one scan saw of a file. */
export interface Sighting {
  readonly path: string;
  /** Of its entry and the places of its data: `DriveEntry.print`. */
  readonly print: string;
  /** SHA-256 of its contents. */
  readonly contents: string;
  /** Its boxes tile it, with data and movie, and every sample inside; of what is no video, its own end. */
  readonly whole: boolean;
}

export interface GateOptions {
  /** How far two scans must lie apart. */
  readonly apart: Milliseconds;
  /** Nobody writes to the drive: what is whole is accepted at once. */
  readonly notInUse: boolean;
}

interface Waiting {
  readonly print: string;
  readonly contents: string;
  readonly since: MonotonicMs;
}

/** What is known of the files that are not accepted yet. A value: each scan makes the next one. */
export interface Gate {
  readonly waiting: ReadonlyMap<string, Waiting>;
}

export const emptyGate: Gate = { waiting: new Map() };

export interface Judged {
  readonly gate: Gate;
  /** Paths of the files that may be taken, in the order of the sightings. */
  readonly accepted: readonly string[];
  /** Those that have to be seen once more, and why. */
  readonly held: ReadonlyMap<string, 'new' | 'changed' | 'too-soon' | 'not-whole'>;
}

/**
 * @param sightings every file of one scan that is not taken yet; one that is missing is forgotten
 * @param now when the scan *began*: what was read later is younger than that
 */
export function judge(gate: Gate, sightings: readonly Sighting[], now: MonotonicMs, options: GateOptions): Judged {
  const waiting = new Map<string, Waiting>();
  const accepted: string[] = [];
  const held = new Map<string, 'new' | 'changed' | 'too-soon' | 'not-whole'>();
  for (const { path, print, contents, whole } of sightings) {
    if (!whole) {
      held.set(path, 'not-whole');
      continue;
    }
    if (options.notInUse) {
      accepted.push(path);
      continue;
    }
    const before = gate.waiting.get(path);
    const same = before !== undefined && before.print === print && before.contents === contents;
    if (same && now - before.since >= options.apart) {
      accepted.push(path);
      continue;
    }
    waiting.set(path, same ? before : { print, contents, since: now });
    held.set(path, same ? 'too-soon' : before ? 'changed' : 'new');
  }
  return { gate: { waiting }, accepted, held };
}
