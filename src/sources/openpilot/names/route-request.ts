/**
 * What a person named: a route (or a device and a time), and the part of it.
 */
import type { WallMs } from '../../../base/units.ts';
import type { ProviderName } from './providers.ts';

/** A route is stored in files of a minute. */
export const SEGMENT_SECONDS = 60;

/** The part of a route that a name tells. */
export type RouteSpan =
  | { readonly kind: 'whole' }
  /** Seconds since the start of the route; end is greater than start. */
  | { readonly kind: 'seconds'; readonly start: number; readonly end: number }
  /** Minutes as in a Python slice: `end` is not part of it, negative numbers count from the end of the route, null is open. */
  | { readonly kind: 'segments'; readonly first: number | null; readonly end: number | null };

/** A capability to read one route, out of a shared address. Never logged, never stored with a job. */
export interface Share {
  /** As the server gave it: seconds since 1970, or an ISO date. */
  readonly exp: string;
  readonly sig: string;
}

/** Where the name came from. */
export interface NamedHost {
  /** In lower case, with the port where there is one. */
  readonly host: string;
  readonly provider: ProviderName | null;
}

interface Asked {
  readonly share: Share | null;
  /** The host of an address; null for a bare name. */
  readonly server: NamedHost | null;
}

export interface NamedRoute extends Asked {
  readonly kind: 'route';
  /** The device, 16 hexadecimal digits; null where only a log id was given, as in a device's own folder. */
  readonly dongle: string | null;
  /** `2022-09-04--11-15-52` or `0000002c--d68dde99ca`. */
  readonly logId: string;
  readonly span: RouteSpan;
}

/** An old connect address: which route it is, the API knows. */
export interface TimedRoute extends Asked {
  readonly kind: 'time';
  readonly dongle: string;
  readonly start: WallMs;
  readonly end: WallMs;
}

export type RouteRequest = NamedRoute | TimedRoute;

/** `a2a0ccea32023010|2023-07-27--13-01-19`, the name that the API uses; the log id alone without a dongle. */
export function routeName(route: { readonly dongle: string | null; readonly logId: string }): string {
  return route.dongle === null ? route.logId : `${route.dongle}|${route.logId}`;
}

/**
 * Seconds of a route that a span means.
 * @param segmentCount minutes of the route, counted from 0
 * @returns null for the whole route, or when the minutes lie outside of it
 */
export function secondsOf(span: RouteSpan, segmentCount: number): { start: number; end: number } | null {
  switch (span.kind) {
    case 'whole':
      return null;
    case 'seconds':
      return { start: span.start, end: span.end };
    case 'segments': {
      const place = (index: number): number =>
        Math.min(Math.max(index < 0 ? segmentCount + index : index, 0), segmentCount);
      const first = place(span.first ?? 0);
      const end = place(span.end ?? segmentCount);
      return end > first ? { start: first * SEGMENT_SECONDS, end: end * SEGMENT_SECONDS } : null;
    }
  }
}
