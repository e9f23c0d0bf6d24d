/**
 * HLS (RFC 8216) over stored footage: what a playlist lists. Pure but for the cuts, which come from the files' own indexes.
 */
import type { SegmentIndex } from '../../media/mp4/segment-index.ts';
import { type Cut, exactWall } from './cuts.ts';
import { instant } from './timeline.ts';

/** A media segment of the playlist holds at least this much, where its file goes on so long. */
const PIECE_MS = 4000;
/** Holes up to this are rounding: playback goes on without a seam. */
const JOIN_MS = 100;
export const LONGEST_PLAYLIST_MS = 86_400_000;

/** One media segment. Times are UTC ms, not rounded. */
export interface HlsPiece {
  readonly start: number;
  readonly end: number;
  /** Equal for pieces with the same head. */
  readonly config: string;
  readonly run: string;
}

/**
 * Splits cuts at key frames. In a file that still grows the last piece is left out until it is whole, so that what has been listed never changes.
 * @param growing whether the last cut's file is still written
 */
export function hlsPieces(cuts: readonly Cut[], growing: boolean): HlsPiece[] {
  const pieces: HlsPiece[] = [];
  for (const [at, cut] of cuts.entries()) {
    const { index, config } = cut.opened;
    const last = cut.fragments.at(-1);
    if (!last) continue;
    const ends = exactWall(index, last.time + last.durationTicks);
    const common = { config, run: index.identity.run };
    let start: number | undefined;
    for (const entry of cut.fragments) {
      const wall = exactWall(index, entry.time);
      start ??= wall;
      if (!entry.key || wall - start < PIECE_MS) continue;
      pieces.push({ start, end: wall, ...common });
      start = wall;
    }
    if (start !== undefined && start < ends && !(growing && at === cuts.length - 1))
      pieces.push({ start, end: ends, ...common });
  }
  return pieces;
}

export interface Playlist {
  readonly pieces: readonly HlsPiece[];
  /** More may come: the playlist has no end yet. */
  readonly growing: boolean;
  /** Address of the head with which a piece is to be read, and of its bytes; relative to the playlist. */
  readonly initUrl: (piece: HlsPiece) => string;
  readonly pieceUrl: (piece: HlsPiece) => string;
}

/** The text of a media playlist (RFC 8216 section 4.3). */
export function playlistText({ pieces, growing, initUrl, pieceUrl }: Playlist): string {
  const longest = Math.max(PIECE_MS, ...pieces.map((piece) => piece.end - piece.start));
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.ceil(longest / 1000)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${growing ? 'EVENT' : 'VOD'}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  let before: HlsPiece | undefined;
  for (const piece of pieces) {
    const seam = before !== undefined && (piece.run !== before.run || piece.start - before.end > JOIN_MS);
    if (seam) lines.push('#EXT-X-DISCONTINUITY');
    if (piece.config !== before?.config) lines.push(`#EXT-X-MAP:URI="${initUrl(piece)}"`);
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${instant(Math.round(piece.start))}`);
    lines.push(`#EXTINF:${((piece.end - piece.start) / 1000).toFixed(5)},`, pieceUrl(piece));
    before = piece;
  }
  if (!growing) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** Whether the file of the last cut is still written. */
export function isGrowing(index: SegmentIndex | undefined): boolean {
  return index !== undefined && !index.complete;
}
