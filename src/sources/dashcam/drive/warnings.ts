/** What a person should know: one text for each kind, until it is over. Each new one is in the log once. */
import type { Log } from '../../../base/log.ts';
import type { DriveWarning } from './drive.ts';

export class Warnings {
  readonly #texts = new Map<DriveWarning['kind'], string>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get list(): readonly DriveWarning[] {
    return [...this.#texts].map(([kind, text]) => ({ kind, text }));
  }

  set(kind: DriveWarning['kind'], text: string): void {
    if (this.#texts.get(kind) !== text) this.#log.warn(text, { kind });
    this.#texts.set(kind, text);
  }

  clear(kind: DriveWarning['kind']): void {
    this.#texts.delete(kind);
  }
}

/** Bytes for people. */
export const gb = (bytes: number): string => `${(Math.max(0, bytes) / 1e9).toFixed(1)} GB`;
