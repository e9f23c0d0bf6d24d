/**
 * The worker's loop: lease a job from the hub, bring its inputs here, render, upload, report; and beside it one live conversion. It holds its token and what is inside
 * the job, and reaches neither database nor credentials.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, messageOf, Unavailable, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import { type Client, createClient, signedAddress } from '../contract/client.ts';
import { routes } from '../contract/routes.ts';
import type { JobOrders, RenderJob, TranscodeJob } from '../contract/worker.ts';
import type { Rendered, RenderIo } from '../media/render-io.ts';
import { convertLive } from './convert-live.ts';
import { type Held, KeptWork } from './kept-work.ts';
import { Pulse } from './pulse.ts';
import { installedKinds, type RenderKinds } from './render-kinds.ts';
import { pictureShower } from './show-picture.ts';
import { download, upload } from './transfer.ts';
import { type WorkerProcess, workerLog } from './worker-options.ts';

export interface WorkerOptions extends WorkerProcess {
  /** Default: as `logFile` says. */
  readonly log?: Log;
  /** Default: those that are installed. */
  readonly kinds?: RenderKinds;
  /** Called whenever the hub has answered. */
  readonly onContact?: () => void;
}

/** How long one request for a job may wait at the hub (contract: at most 25 s). */
const POLL_MS = 25_000;
const HEARTBEAT_MS = 5000;
/** How long a finished result is offered to a hub that is away. */
const SETTLE_MS = 600_000;
/** Of the sentences that go with a result. */
const MOST_NOTES = 20;
const LONGEST_NOTE = 500;

/** Works until the signal is aborted; a job that is under way is then given back. */
export async function runWorker(given: WorkerOptions, signal: AbortSignal): Promise<void> {
  const options = { ...given, hub: given.hub.replace(/\/+$/, '') };
  const log = options.log ?? workerLog(options.logFile);
  const kinds = options.kinds ?? installedKinds();
  const client = createClient({ base: options.hub, token: options.token });
  await clear(options.scratchDir);
  const kept = new KeptWork(join(options.scratchDir, 'kept'), log);
  kept.sweep();
  log.info('The worker is ready.', { kinds: kinds.names });
  // A conversion goes on for as long as somebody watches: it has a place of its own, and no clip waits for it.
  await Promise.all(
    (['render', 'transcode'] as const).map((type) => serve(type, kinds, client, { ...options, log, kept }, signal)),
  );
  log.info('The worker has ended.');
}

/** One job of a type after the other. */
async function serve(
  type: 'render' | 'transcode',
  kinds: RenderKinds,
  client: Client,
  options: Running,
  signal: AbortSignal,
): Promise<void> {
  const { log, kept } = options;
  let wait = 250;
  while (!signal.aborted) {
    try {
      const mine = type === 'render' ? kept.jobs : [];
      const { job, heartbeatMs, settled } = await client.call(
        routes.workerLease,
        { body: { worker: options.id, types: [type], kinds: [...kinds.names], waitMs: POLL_MS, kept: mine } },
        { signal },
      );
      options.onContact?.();
      kept.forget(settled);
      wait = 250;
      if (job?.type === 'render') await work(job, heartbeatMs || HEARTBEAT_MS, kinds, client, options, signal);
      else if (job) await convert(job, heartbeatMs || HEARTBEAT_MS, client, options, signal);
    } catch (error) {
      if (signal.aborted) break;
      // A hub that is away, a token that was revoked, a hub of another version: all may mend themselves.
      wait = error instanceof UserError ? 10_000 : Math.min(wait * 2, 5000);
      log[error instanceof Unavailable ? 'debug' : 'error']('No job could be asked for; trying again.', {
        error: messageOf(error),
        waitMs: wait,
      });
      await pause(wait, signal);
    }
  }
}

type Running = WorkerOptions & { readonly log: Log; readonly kept: KeptWork };

/** One job from beginning to end. What goes wrong with it is reported to the hub and never ends the worker. */
async function work(
  job: RenderJob,
  heartbeatMs: number,
  kinds: RenderKinds,
  client: Client,
  options: Running,
  signal: AbortSignal,
): Promise<void> {
  const log = options.log.child({ job: job.id, attempt: job.attempt });
  const scratch = join(options.scratchDir, `${job.id}-${job.attempt}`);
  const lost = new AbortController();
  const jobSignal = AbortSignal.any([signal, lost.signal]);
  const picture = join(scratch, 'now.jpg');
  const pulse = new Pulse(job, {
    ...{ heartbeatMs, client, log, onContact: options.onContact },
    onLost: (orders) => lost.abort(new Error(orders)),
    showPicture: pictureShower({ job, path: picture, hub: options.hub, token: options.token }),
  });
  let held: Held | undefined;
  const keep = (): string | undefined => {
    held ??= options.kept.take(job);
    return held?.folder;
  };
  /** Nobody will go on with what was finished of it. */
  let over = false;
  log.info('A job begins.', { kind: job.kind });
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const render = await kinds.load(job.kind);
    const rendered = await render(job, ioFor(job, { scratch, picture, keep }, jobSignal, pulse, options.hub));
    jobSignal.throwIfAborted();
    await checkResult(rendered, job);
    pulse.tell(0.99, 'Uploading');
    await upload(
      rendered.path,
      { url: signedAddress(options.hub, job.output.url), headers: job.output.headers },
      { signal: jobSignal },
    );
    const { bytes, sha256, duration, width, height } = rendered;
    const notes = (rendered.notes ?? []).slice(0, MOST_NOTES).map((note) => note.slice(0, LONGEST_NOTE));
    const orders = await settle(log, signal, () =>
      client.call(routes.workerComplete, {
        params: { id: job.id },
        body: {
          attempt: job.attempt,
          result: { bytes, sha256, duration, width, height, ...(notes.length > 0 ? { notes } : {}) },
        },
      }),
    );
    // Where it is another's by now, the hub tells when that one has finished it.
    over = orders !== 'lost';
    log.info('The job is done.', { bytes, orders });
  } catch (error) {
    const orders = lost.signal.aborted ? messageOf(lost.signal.reason) : undefined;
    // A fault may lie in what was kept: the next attempt begins anew.
    over = orders === undefined ? !signal.aborted && !(error instanceof Unavailable) : orders === 'cancel';
    await giveUp(job, error, orders, client, log, signal);
  } finally {
    pulse.stop();
    held?.end(over);
    options.kept.sweep();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Converts a live track for as long as the hub wants it. What goes wrong is reported, and never ends the worker. */
async function convert(
  job: TranscodeJob,
  heartbeatMs: number,
  client: Client,
  options: Running,
  signal: AbortSignal,
): Promise<void> {
  const log = options.log.child({ job: job.id, attempt: job.attempt });
  const lost = new AbortController();
  const pulse = new Pulse(job, {
    ...{ heartbeatMs, client, log, onContact: options.onContact },
    onLost: (orders) => lost.abort(new Error(orders)),
  });
  log.info('A conversion begins.');
  try {
    const address = signedAddress(options.hub, job.url).replace(/^http/, 'ws');
    await convertLive({ job, address, log, signal: AbortSignal.any([signal, lost.signal]) });
    log.info('The conversion is over.');
  } catch (error) {
    await giveUp(job, error, lost.signal.aborted ? messageOf(lost.signal.reason) : undefined, client, log, signal);
  } finally {
    pulse.stop();
  }
}

async function giveUp(
  job: RenderJob | TranscodeJob,
  error: unknown,
  orders: string | undefined,
  client: Client,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  if (orders !== undefined) return log.info('The job is not ours any more.', { orders });
  const stopped = signal.aborted;
  const hopeless = error instanceof InputError || error instanceof UserError;
  const message = stopped ? 'The worker was stopped.' : redact(messageOf(error)).slice(0, 2000);
  if (!stopped) log.error('The job failed.', { error });
  const body = { attempt: job.attempt, error: message === '' ? 'unknown' : message, retry: !hopeless || stopped };
  try {
    // When this process is about to end, one try must do: otherwise the lease runs out by itself.
    if (stopped)
      await client.call(routes.workerFail, { params: { id: job.id }, body }, { signal: AbortSignal.timeout(2000) });
    else await settle(log, signal, () => client.call(routes.workerFail, { params: { id: job.id }, body }));
  } catch (cause) {
    log.warn('The hub could not be told; the job is free again when its lease ends.', { error: messageOf(cause) });
  }
}

/** Repeats a final report while the hub is away. */
async function settle(log: Log, signal: AbortSignal, report: () => Promise<JobOrders>): Promise<JobOrders['orders']> {
  const deadline = performance.now() + SETTLE_MS;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
    try {
      return (await report()).orders;
    } catch (error) {
      if (!(error instanceof Unavailable) || signal.aborted || performance.now() > deadline) throw error;
      log.debug('The hub is away; reporting again.', { waitMs: wait });
      await pause(wait, signal);
    }
  }
}

function ioFor(
  job: RenderJob,
  { scratch, picture, keep }: Pick<RenderIo, 'scratch' | 'picture' | 'keep'>,
  signal: AbortSignal,
  pulse: Pulse,
  hub: string,
): RenderIo {
  const fetched = new Map<string, Promise<string>>();
  return {
    ...{ scratch, signal },
    ...(picture === undefined ? {} : { picture }),
    ...(keep === undefined ? {} : { keep }),
    onProgress: (progress, stage) => pulse.tell(progress, stage),
    fetchInput(name) {
      const known = fetched.get(name);
      if (known) return known;
      const index = job.inputs.findIndex((input) => input.name === name);
      const input = job.inputs[index];
      if (!input) return Promise.reject(new InputError(name, 'the job has no such input'));
      // The name comes from outside: only its ending is used.
      const ending = /^\.[a-z0-9]{1,8}$/i.exec(extname(name))?.[0] ?? '';
      const path = join(scratch, `input-${index}${ending}`);
      const fetching = download(
        {
          name,
          url: signedAddress(hub, input.url),
          path,
          sha256: input.sha256,
          bytes: input.bytes,
          outside: input.outside,
        },
        { signal },
      ).then(() => path);
      fetched.set(name, fetching);
      // One that failed may be asked for again.
      fetching.catch(() => fetched.delete(name));
      return fetching;
    },
  };
}

/** What a render half says is checked before anybody is told. */
async function checkResult(rendered: Rendered, job: RenderJob): Promise<void> {
  const { size } = await stat(rendered.path);
  if (size !== rendered.bytes) throw new Error(`the result has ${size} bytes, not ${rendered.bytes}`);
  if (job.limits.maxBytes !== undefined && size > job.limits.maxBytes)
    throw new Error(`the result has ${size} bytes, more than ${job.limits.maxBytes}`);
}

/** What an earlier run of this worker left behind. */
async function clear(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder))
    if (/^[0-9a-f-]{36}-\d+$/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
