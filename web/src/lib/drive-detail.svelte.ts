/** One drive that is open: what happened in it, and how its film is coded. */
import type { DriveDetail, DriveFilm } from '../../../src/contract/drive.ts';
import { routes } from '../../../src/contract/routes.ts';
import { client, type Failure, failureOf } from './api.ts';
import { events } from './events.svelte.ts';

export class OpenDrive {
  readonly id: string;
  detail = $state.raw<DriveDetail | undefined>();
  film = $state.raw<DriveFilm | undefined>();
  failure = $state.raw<Failure | undefined>();
  /** There is a drive, but no film of it that can be played. */
  filmFailure = $state.raw<Failure | undefined>();
  /** It was removed while it was open. */
  gone = $state(false);
  #asking = false;

  constructor(id: string) {
    this.id = id;
  }

  /** Follows it; returns how to stop. */
  open(): () => void {
    void this.load();
    const stop = events.listen((event) => {
      if (event.type === 'drive' && event.drive.id === this.detail?.drive.id) void this.load();
      if (event.type === 'drive-deleted' && event.id === this.detail?.drive.id) this.gone = true;
    });
    return stop;
  }

  async load(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const detail = await client.call(routes.getDrive, { params: { id: this.id } });
      this.detail = detail;
      this.failure = undefined;
      if (!this.film || this.film.minutes.length < filmed(detail)) await this.#loadFilm(detail.drive.id);
    } catch (error) {
      this.failure = failureOf(error);
    } finally {
      this.#asking = false;
    }
  }

  async #loadFilm(id: string): Promise<void> {
    try {
      this.film = await client.call(routes.driveFilm, { params: { id } });
      this.filmFailure = undefined;
    } catch (error) {
      this.filmFailure = failureOf(error);
    }
  }
}

function filmed({ drive }: DriveDetail): number {
  return drive.minutes.filter(({ files }) => files.includes('qcamera')).length;
}
