/**
 * `vidette export CAMERA`: footage as it was recorded, downloaded as one ordinary MP4, or as several where the coding changed.
 */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Unavailable, UserError } from '../base/errors.ts';
import { pathOf } from '../contract/client.ts';
import { routes } from '../contract/routes.ts';
import { Problem } from '../contract/system.ts';
import { Moment, resolveMoment } from '../contract/time.ts';
import { publish, refuseExisting, scratchBeside } from '../media/finished-file.ts';
import { cameraCalled } from './camera-called.ts';
import { findHub, type OwnHub, whileHubRestarts } from './own-hub.ts';
import { megabytes, print, progressLine, untilAsked } from './terminal.ts';

export interface ExportOptions {
  readonly from: string;
  readonly to: string;
  readonly out?: string;
  readonly track: string;
  readonly keepGaps?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Exported {
  readonly file: string;
  readonly bytes: number;
  readonly frames: number;
  readonly from: string;
  readonly to: string;
}

/** RFC 3339 in UTC. */
interface Part {
  readonly from: string;
  readonly to: string;
}

export async function exportFootage(name: string, options: ExportOptions): Promise<void> {
  const now = Date.now();
  const whole = { from: momentOf(options.from, now), to: momentOf(options.to, now) };
  const force = options.force ?? false;
  if (options.out !== undefined) await refuseExisting(resolve(options.out), force);
  const signal = untilAsked();
  const hub = { current: await findHub() };
  const bar = progressLine(options.json ?? false);
  const made: Exported[] = [];
  try {
    const camera = await cameraCalled(name, hub.current, signal);
    const parts: Part[] = [whole];
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at];
      if (!part) break;
      const out = options.out === undefined ? undefined : numbered(options.out, at);
      const result = await download({
        camera,
        part,
        out,
        options,
        hub,
        signal,
        onBytes: (done) => bar.update(done, 'Saving'),
      });
      if ('parts' in result) {
        parts.splice(at, 1, ...result.parts);
        at--;
      } else made.push(result);
    }
  } finally {
    bar.end();
  }
  if (options.json) print(JSON.stringify({ files: made }));
  else for (const { file, bytes, frames } of made) print(`${file}  ${megabytes(bytes)}, ${frames} pictures`);
}

interface Download {
  readonly camera: string;
  readonly part: Part;
  readonly out: string | undefined;
  readonly options: ExportOptions;
  readonly hub: { current: OwnHub };
  readonly signal: AbortSignal;
  readonly onBytes: (done: number) => void;
}

async function download(task: Download): Promise<Exported | { parts: Part[] }> {
  const { camera, part, out, options, hub, signal } = task;
  const query = { ...part, track: options.track, gaps: options.keepGaps ? 'keep' : 'close' };
  const path = pathOf(routes.exportVideo, { id: camera }, query);
  let beside: string | undefined;
  let temporary = '';
  let etag: string | null = null;
  let bytes = 0;
  try {
    return await whileHubRestarts(hub, signal, async (current) => {
      // What came before the hub went away need not come again, as long as it is the same file.
      const headers: Record<string, string> = { authorization: `Bearer ${current.token}` };
      if (bytes > 0 && etag !== null) Object.assign(headers, { range: `bytes=${bytes}-`, 'if-range': etag });
      const response = await fetch(current.base + path, { headers, signal }).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new Unavailable('The hub does not answer.', 1000, { cause });
      });
      if (response.status === 409 || !response.ok || !response.body) return await partsOrThrow(response);
      if (response.status !== 206) bytes = 0;
      etag = response.headers.get('etag');
      const total = bytes + Number(response.headers.get('content-length'));
      const output = resolve(out ?? nameOf(response));
      await refuseExisting(output, options.force ?? false);
      if (beside === undefined) {
        beside = await scratchBeside(output, '.vidette-export-');
        temporary = join(beside, 'export.mp4');
      }
      const { body } = response;
      await pipeline(
        async function* () {
          try {
            for await (const chunk of body) {
              yield chunk;
              bytes += chunk.byteLength;
              task.onBytes(bytes / total);
            }
          } catch (cause) {
            signal.throwIfAborted();
            throw new Unavailable('The download was broken off.', 1000, { cause });
          }
        },
        createWriteStream(temporary, { flags: bytes > 0 ? 'a' : 'w', signal }),
      );
      if (bytes !== total) throw new Unavailable(`${bytes} of ${total} bytes came.`, 1000);
      await publish(temporary, output, options.force ?? false);
      return {
        file: out ?? nameOf(response),
        bytes,
        frames: Number(response.headers.get('x-vidette-frames')),
        from: response.headers.get('x-vidette-start') ?? part.from,
        to: response.headers.get('x-vidette-end') ?? part.to,
      };
    });
  } finally {
    if (beside !== undefined) await rm(beside, { recursive: true, force: true });
  }
}

async function partsOrThrow(response: Response): Promise<{ parts: Part[] }> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined)).data;
  const fields = problem?.fields ?? {};
  if (problem?.error === 'several-codings')
    return {
      parts: Object.values(fields).map((text) => {
        const [from = '', to = ''] = text.split('/');
        return { from, to };
      }),
    };
  const message = problem?.message ?? `The hub answered ${response.status}.`;
  if (response.status >= 502 && response.status <= 504) throw new Unavailable(message, 1000);
  throw new UserError(message, problem?.remedy ?? '', { code: problem?.error ?? `http-${response.status}` });
}

function nameOf(response: Response): string {
  const exact = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  return exact === undefined ? 'export.mp4' : decodeURIComponent(exact).replace(/[/\\]/g, '_');
}

/** `a.mp4`, `a-2.mp4`, … */
function numbered(file: string, at: number): string {
  const end = extname(file);
  return at === 0 ? file : `${file.slice(0, file.length - end.length)}-${at + 1}${end}`;
}

function momentOf(text: string, now: number): string {
  const moment = Moment.safeParse(text).success ? resolveMoment(text, now) : Number.NaN;
  if (Number.isFinite(moment) && moment >= 0) return new Date(moment).toISOString();
  throw new UserError(`“${text}” is no time.`, 'Write it as 2026-11-21T18:05:00Z, -5m for five minutes ago, or now.', {
    code: 'usage',
  });
}
