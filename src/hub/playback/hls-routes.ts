/**
 * `hls/…`: playlists and their pieces, for Safari, VLC, televisions and everything else that plays HLS.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { refusal } from '../server/gate.ts';
import { type Context, register, registerRaw } from '../server/register.ts';
import { type Cut, cutsOf } from './cuts.ts';
import { type HlsPiece, hlsPieces, isGrowing, LONGEST_PLAYLIST_MS, playlistText } from './hls.ts';
import { momentOf, noFootage, rangeOf } from './range.ts';
import type { PlaybackDeps } from './routes.ts';
import { type PlayRange, RangeSigner, type Signature } from './signed-range.ts';
import { instant } from './timeline.ts';
import { fragmentBytes, MOST_SEGMENTS, planVideo } from './video.ts';

/** A link that was handed to a player works this long. */
const LINK_MS = 12 * 3_600_000;
/** Time stamps count from so long before the range, which may begin within a group of pictures. */
const LEAD_MS = 600_000;
/** A range that ends this much later than now may still grow. */
const SETTLE_MS = 15_000;
const MOST_FILES = 5000;
/** A piece is at most this long: a camera that sends a key frame each minute makes long ones. */
const LONGEST_PIECE_MS = 280_000;

interface HlsQuery {
  readonly track: string;
  readonly from: string;
  readonly to: string;
  readonly expires?: number | undefined;
  readonly sig?: string | undefined;
}

export function registerHlsRoutes(app: FastifyInstance, deps: PlaybackDeps): void {
  const signer = new RangeSigner(deps.linkKey, deps.now);

  /** The range asked for, when the caller may see it: by session, by token, or by the signature in the address. */
  const allowed = async (ctx: Context, id: string, query: HlsQuery): Promise<PlayRange & { name: string }> => {
    const refused = refusal({ access: 'viewer', method: 'GET' }, ctx.caller);
    const signed = query.sig !== undefined && query.expires !== undefined;
    if (refused && !signed) throw refused;
    const camera = await deps.findCamera(id);
    const { from, to } = rangeOf(query);
    if (to - from > LONGEST_PLAYLIST_MS)
      throw new UserError('The range is longer than a day.', 'Ask for a shorter one.');
    const range = { cameraId: camera.id, track: query.track, from, to };
    if (refused) signer.check(range, { expires: query.expires ?? 0, sig: query.sig ?? '' });
    return { ...range, name: camera.name };
  };
  /** What the addresses in a playlist carry. */
  const carried = (query: HlsQuery, more: Record<string, string>): string =>
    new URLSearchParams({
      track: query.track,
      from: query.from,
      to: query.to,
      ...(query.sig === undefined || query.expires === undefined
        ? {}
        : { expires: String(query.expires), sig: query.sig }),
      ...more,
    }).toString();

  register(app, routes.hlsLink, async ({ params, query }) => {
    const camera = await deps.findCamera(params.id);
    const range = { cameraId: camera.id, track: query.track, ...rangeOf(query) };
    const signature: Signature = signer.sign(range, LINK_MS);
    const text = carried({ ...query, ...signature }, {});
    return {
      path: `/api/cameras/${camera.id}/hls/index.m3u8?${text}`,
      expiresAt: instant(signature.expires),
    };
  });

  registerRaw(app, routes.hls, async (request, reply, ctx, { params, query }) => {
    const range = await allowed(ctx, params.id, query);
    const playables = await deps.library.playables(range.cameraId, range.track, range.from, range.to, MOST_FILES);
    const cuts: Cut[] = [];
    for await (const cut of cutsOf(playables, deps.shelf, range, deps.log, ctx.signal)) cuts.push(cut);
    const growing = range.to > deps.now() - SETTLE_MS;
    const pieces = hlsPieces(cuts, growing && isGrowing(cuts.at(-1)?.opened.index));
    if (pieces.length === 0 && !growing) {
      const next = await deps.library.next(range.cameraId, range.track, range.to);
      return reply.code(404).send(noFootage(range.name, next));
    }
    const text = playlistText({
      pieces,
      growing,
      initUrl: (piece) => `init.mp4?${carried(query, spanOf(piece))}`,
      pieceUrl: (piece) => `piece.m4s?${carried(query, spanOf(piece))}`,
    });
    reply.header('content-type', 'application/vnd.apple.mpegurl').header('cache-control', 'private, no-store');
    return reply.send(request.method === 'HEAD' ? '' : text);
  });

  registerRaw(app, routes.hlsInit, async (_request, reply, ctx, { params, query }) => {
    const range = await allowed(ctx, params.id, query);
    const plan = await pieceOf(range, query, ctx.signal);
    reply.header('content-type', 'video/mp4').header('cache-control', 'private, max-age=3600');
    return reply.send(plan.init);
  });

  registerRaw(
    app,
    routes.hlsPiece,
    async (request, reply, ctx, { params, query }) => {
      const range = await allowed(ctx, params.id, query);
      const plan = await pieceOf(range, query, ctx.signal);
      reply.header('content-type', 'video/iso.segment').header('cache-control', 'private, max-age=3600');
      if (request.method === 'HEAD') return reply.send(Readable.from([]));
      return reply.send(
        Readable.from(fragmentBytes(plan, deps.shelf, ctx.signal), { objectMode: false, highWaterMark: 1 }),
      );
    },
    { long: true },
  );

  const pieceOf = async (range: PlayRange, query: { start: string; end: string }, signal: AbortSignal) => {
    const start = momentOf(query.start, 'start');
    const end = Math.min(momentOf(query.end, 'end'), start + LONGEST_PIECE_MS);
    // A signature is for its range; the first piece begins with the key frame before it.
    if (end <= start || end <= range.from || start >= range.to || start < range.from - LEAD_MS)
      throw new UserError('This piece does not lie in its range.', 'Load the playlist again.', { code: 'forbidden' });
    const playables = await deps.library.playables(range.cameraId, range.track, start, end, MOST_SEGMENTS);
    const request = { from: start, to: end, origin: range.from - LEAD_MS };
    const plan = await planVideo(playables, deps.shelf, request, deps.log, signal);
    if (plan) return plan;
    throw new UserError('This footage is not there any more.', 'It may have been removed by retention.', {
      code: 'not-found',
    });
  };
}

function spanOf(piece: HlsPiece): { start: string; end: string } {
  return { start: instant(Math.round(piece.start)), end: instant(Math.round(piece.end)) };
}
