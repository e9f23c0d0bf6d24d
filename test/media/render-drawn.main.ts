/** Renders a clip in chunks until it is killed. */
import { type ChunkedClip, renderChunks } from '../../src/media/chunks/render-chunks.ts';

process.once('message', (clip: ChunkedClip) => {
  void renderChunks(clip, { signal: new AbortController().signal }).then(() => process.exit(0));
});
