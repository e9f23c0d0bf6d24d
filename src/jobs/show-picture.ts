/** Shows the hub what a job is drawing just now: the newest small picture, when there is a new one. It never holds the job up. */
import { readFile, stat } from 'node:fs/promises';
import { pathOf } from '../contract/client.ts';
import { routes } from '../contract/routes.ts';
import { WORKER_PICTURE_BYTES } from '../contract/worker.ts';

export interface PictureOf {
  readonly job: { readonly id: string; readonly attempt: number };
  /** Where the render half puts its pictures. */
  readonly path: string;
  /** Without a slash at its end. */
  readonly hub: string;
  readonly token: string;
}

const PATIENCE_MS = 10_000;

/** @returns what shows the newest picture, if it was not shown yet; it throws what keeps it from that */
export function pictureShower({ job, path, hub, token }: PictureOf): () => Promise<void> {
  let shown = 0;
  return async () => {
    const found = await stat(path).catch(() => undefined);
    if (!found || found.mtimeMs === shown || found.size > WORKER_PICTURE_BYTES) return;
    shown = found.mtimeMs;
    const address = hub + pathOf(routes.workerPicture, { id: job.id }, { attempt: job.attempt });
    const answer = await fetch(address, {
      method: routes.workerPicture.method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: await readFile(path),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the hub answered ${answer.status}`);
  };
}
