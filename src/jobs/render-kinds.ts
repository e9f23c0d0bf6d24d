/** The render halves that this installation has: one folder a kind, loaded when its first job comes. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { entry } from '../base/entry.ts';
import type { RenderJob } from '../contract/worker.ts';
import type { Rendered, RenderIo } from '../media/render-io.ts';

export type Render = (job: RenderJob, io: RenderIo) => Promise<Rendered>;

export interface RenderKinds {
  readonly names: readonly string[];
  load(kind: string): Promise<Render>;
}

const KINDS = ['camera', 'dashcam', 'openpilot', 'osu'];

/** Looks into `src/sources/<kind>/render`. */
export function installedKinds(): RenderKinds {
  const file = (kind: string): string => entry(import.meta.url, `../sources/${kind}/render`);
  return {
    names: KINDS.filter((kind) => existsSync(file(kind))),
    async load(kind) {
      const module = (await import(pathToFileURL(file(kind)).href)) as { render?: Render };
      if (typeof module.render !== 'function') throw new Error(`sources/${kind}/render exports no render()`);
      return module.render;
    },
  };
}
