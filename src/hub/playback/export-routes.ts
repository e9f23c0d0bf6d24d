/**
 * `export.mp4`: hours of footage as an ordinary MP4, with a known length, in any range of bytes.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { parseRange } from '../../base/byte-range.ts';
import { UserError } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { disposition } from '../bytes/send.ts';
import { registerRaw } from '../server/register.ts';
import { type ExportPlan, type ExportRequest, exportBytes, LONGEST_EXPORT_MS, planExport } from './export.ts';
import { noFootage, rangeOf } from './range.ts';
import type { PlaybackDeps } from './routes.ts';
import { instant } from './timeline.ts';

const MOST_FILES = 20_000;
/** Heads of exports kept, so that who asks for many ranges of one does not have its tables made each time. */
const KEPT_BYTES = 64_000_000;

export function registerExportRoutes(app: FastifyInstance, deps: PlaybackDeps): void {
  const kept = new KeptPlans();

  registerRaw(
    app,
    routes.exportVideo,
    async (request, reply, ctx, { params, query }) => {
      const camera = await deps.findCamera(params.id);
      const { from, to } = rangeOf(query);
      if (to - from > LONGEST_EXPORT_MS)
        throw new UserError('The range is longer than a day.', 'Export it in shorter parts.');
      const playables = await deps.library.playables(camera.id, query.track, from, to, MOST_FILES);
      const wanted: ExportRequest = { from, to, gaps: query.gaps };
      const name = JSON.stringify([
        camera.id,
        query.track,
        wanted,
        playables.map((one) => [one.key, one.shownFrom, one.shownTo, one.upTo]),
      ]);
      const known = kept.get(name);
      const made = known ?? (await planExport(playables, deps.shelf, wanted, deps.log, ctx.signal));
      reply.header('cache-control', 'private, no-cache');
      if (!made) {
        const next = await deps.library.next(camera.id, query.track, to);
        return reply.code(404).send(noFootage(camera.name, next));
      }
      if (made.kind === 'parts')
        return reply.code(409).send({
          error: 'several-codings',
          message: 'The camera’s coding changed within this range, so it does not fit into one file.',
          remedy: 'Export each part by itself; “fields” lists where they begin and end.',
          fields: Object.fromEntries(
            made.parts.map((part, index) => [`part${index + 1}`, `${instant(part.from)}/${instant(part.to)}`]),
          ),
        });
      if (!known) kept.put(name, made);

      const etag = `"${made.etag}"`;
      reply
        .header('etag', etag)
        .header('accept-ranges', 'bytes')
        .header('content-type', 'video/mp4')
        .header('content-disposition', disposition(fileName(camera.name, made.start), query.download !== undefined))
        .header('x-vidette-start', instant(made.start))
        .header('x-vidette-end', instant(made.end))
        .header('x-vidette-frames', made.frames);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      const ifRange = request.headers['if-range'];
      const range =
        ifRange !== undefined && ifRange !== etag ? undefined : parseRange(request.headers.range, made.bytes);
      if (range === 'unsatisfiable')
        return reply.code(416).header('content-range', `bytes */${made.bytes}`).header('content-length', 0).send();
      const { start, end } = range ?? { start: 0, end: made.bytes - 1 };
      reply.header('content-length', end - start + 1);
      if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${made.bytes}`);
      // A stream, though empty: for no body at all Fastify would say that the length is 0.
      if (request.method === 'HEAD') return reply.send(Readable.from([]));
      return reply.send(
        Readable.from(exportBytes(made, deps.shelf, { start, end }, ctx.signal), {
          objectMode: false,
          highWaterMark: 1,
        }),
      );
    },
    { long: true },
  );
}

/** `Front door 2026-11-21 18-05-00Z.mp4` */
function fileName(camera: string, start: number): string {
  return `${camera} ${instant(start).slice(0, 19).replace('T', ' ').replaceAll(':', '-')}Z.mp4`;
}

class KeptPlans {
  readonly #plans = new Map<string, ExportPlan>();

  get(name: string): ExportPlan | undefined {
    const plan = this.#plans.get(name);
    if (plan) {
      this.#plans.delete(name);
      this.#plans.set(name, plan);
    }
    return plan;
  }

  put(name: string, plan: ExportPlan): void {
    this.#plans.set(name, plan);
    let bytes = 0;
    for (const one of this.#plans.values()) bytes += one.head.length;
    for (const [old, one] of this.#plans) {
      if (bytes <= KEPT_BYTES || old === name) break;
      this.#plans.delete(old);
      bytes -= one.head.length;
    }
  }
}
