/**
 * The camera that a newcomer finds: made once, when nothing else is configured.
 */

import type { Kysely } from 'kysely';
import { readSetting, writeSetting } from '../catalog/settings.ts';
import { changeSource, listSources } from '../catalog/sources.ts';
import type { Database } from '../catalog/tables.ts';
import { CameraCreate } from '../contract/camera.ts';
import type { Cameras } from './cameras.ts';
import { DEMO_BYTES } from './retention/plan.ts';

const MADE = 'demo-camera.made';

export class DemoCamera {
  readonly #db: Kysely<Database>;
  readonly #cameras: Cameras;
  #url: string | undefined;

  constructor(db: Kysely<Database>, cameras: Cameras) {
    this.#db = db;
    this.#cameras = cameras;
  }

  /** Where its stream is just now; undefined while it starts. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Whether it should run: it exists, or nothing was ever configured. A demo camera that was deleted is not made again. */
  async wanted(allowed: boolean): Promise<boolean> {
    const sources = await listSources(this.#db, 'camera');
    if (sources.some((source) => source.demo)) return true;
    return allowed && sources.length === 0 && (await readSetting(this.#db, MADE)) !== true;
  }

  /** Its process serves it at `url` now: makes the camera, or has recorders read it from there. */
  async servedAt(url: string): Promise<void> {
    const moved = this.#url !== undefined && this.#url !== url;
    this.#url = url;
    const found = (await listSources(this.#db, 'camera')).find((source) => source.demo);
    if (found) {
      // A new revision makes the recorder ask where it is.
      if (moved) await changeSource(this.#db, found.id, {});
      return;
    }
    if ((await readSetting(this.#db, MADE)) === true) return;
    await this.#cameras.create(
      CameraCreate.parse({ name: 'Demo street', url: 'demo:', retention: { bytes: DEMO_BYTES } }),
      { demo: true },
    );
    await writeSetting(this.#db, MADE, true);
  }
}
