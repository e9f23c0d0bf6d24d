/** The chunk process of a replay, which writes down each chunk that it begins: how much work is done twice is counted, not believed. */
import { appendFileSync } from 'node:fs';
import { serveChunks } from '../src/media/chunks/serve-chunks.ts';
import { openReplay } from '../src/sources/osu/clip/open-replay.ts';
import type { ReplayWork } from '../src/sources/osu/clip/work.ts';

export interface CountedWork extends ReplayWork {
  /** Path of the list: a line with the first frame of each chunk that was begun. */
  readonly begun: string;
}

serveChunks(async (work: CountedWork) => {
  const opened = await openReplay(work);
  const { scene } = opened;
  const from: typeof scene.from = (first) => {
    appendFileSync(work.begun, `${first}\n`);
    return scene.from(first);
  };
  return { ...opened, scene: { ...scene, from } };
});
