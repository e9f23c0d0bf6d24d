/**
 * Which place of the page is open. Places live behind `#` (`#/cameras/<id>`), so that the hub need not know them and
 * a sub-path cannot break them. The one exception is `/sign-in#<code>`, the address in a one-time link.
 */
export type Place =
  | { readonly page: 'cameras' }
  /** `at`: show this moment, UTC milliseconds; otherwise live. */
  | { readonly page: 'camera'; readonly id: string; readonly at: number | undefined }
  /** Several cameras on one clock. */
  | { readonly page: 'together'; readonly ids: readonly string[]; readonly at: number | undefined }
  | { readonly page: 'drives' }
  /** `at`: seconds from its start. */
  | { readonly page: 'drive'; readonly id: string; readonly at: number | undefined }
  | { readonly page: 'cars' }
  /** An event of a car; `at`: UTC milliseconds. */
  | { readonly page: 'car-event'; readonly car: string; readonly event: string; readonly at: number | undefined }
  /** A stretch of a car's footage, UTC milliseconds. */
  | {
      readonly page: 'car-footage';
      readonly car: string;
      readonly from: number;
      readonly to: number;
      readonly at: number | undefined;
    }
  | { readonly page: 'replays' }
  | { readonly page: 'clips' }
  | { readonly page: 'settings' };

function parse(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?');
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'cameras' && parts[1] !== undefined) {
    const at = Number(new URLSearchParams(search).get('at') ?? Number.NaN);
    return { page: 'camera', id: decodeURIComponent(parts[1]), at: Number.isFinite(at) ? at : undefined };
  }
  if (parts[0] === 'together') {
    const query = new URLSearchParams(search);
    const at = Number(query.get('at') ?? Number.NaN);
    const ids = (query.get('cameras') ?? '').split(',').filter((id) => id !== '');
    return { page: 'together', ids, at: Number.isFinite(at) ? at : undefined };
  }
  if (parts[0] === 'drives' && parts[1] !== undefined) {
    const at = Number(new URLSearchParams(search).get('at') ?? Number.NaN);
    return { page: 'drive', id: decodeURIComponent(parts[1]), at: Number.isFinite(at) ? at : undefined };
  }
  if (parts[0] === 'drives') return { page: 'drives' };
  if (parts[0] === 'cars') return carPlace(parts.slice(1), new URLSearchParams(search));
  if (parts[0] === 'replays') return { page: 'replays' };
  if (parts[0] === 'clips') return { page: 'clips' };
  if (parts[0] === 'settings') return { page: 'settings' };
  return { page: 'cameras' };
}

function carPlace([car, kind, event]: readonly string[], query: URLSearchParams): Place {
  const number = (name: string): number => Number(query.get(name) ?? Number.NaN);
  const at = Number.isFinite(number('at')) ? number('at') : undefined;
  if (car === undefined) return { page: 'cars' };
  if (kind === 'events' && event !== undefined)
    return { page: 'car-event', car: decodeURIComponent(car), event: decodeURIComponent(event), at };
  const [from, to] = [number('from'), number('to')];
  if (kind === 'footage' && from < to) return { page: 'car-footage', car: decodeURIComponent(car), from, to, at };
  return { page: 'cars' };
}

/** The moment in the address as it stands now: the camera view keeps it up to date without making a new place of it. */
export function momentInAddress(): number | undefined {
  const place = parse(location.hash);
  return place.page === 'camera' || place.page === 'together' ? place.at : undefined;
}

class Route {
  place = $state.raw<Place>(parse(location.hash));
  constructor() {
    addEventListener('hashchange', () => {
      this.place = parse(location.hash);
    });
  }
}

/** The code of a one-time link, taken out of the address bar and the history at once. */
function takeCode(): string | undefined {
  if (!location.pathname.endsWith('/sign-in')) return undefined;
  const code = location.hash.slice(1);
  history.replaceState(null, '', `${new URL('.', document.baseURI).pathname}#/`);
  return code === '' ? undefined : code;
}

export const linkCode = takeCode();
export const route = new Route();

export const camerasHref = '#/';
export const drivesHref = '#/drives';
export const carsHref = '#/cars';
export const replaysHref = '#/replays';
export const clipsHref = '#/clips';
export const settingsHref = '#/settings';
export function cameraHref(id: string, at?: number): string {
  return `#/cameras/${encodeURIComponent(id)}${at === undefined ? '' : `?at=${Math.round(at)}`}`;
}
/** @param at seconds from its start */
export function driveHref(id: string, at?: number): string {
  return `#/drives/${encodeURIComponent(id)}${at === undefined ? '' : `?at=${Math.round(at * 10) / 10}`}`;
}
/** @param at UTC milliseconds */
export function carEventHref(car: string, event: string, at?: number): string {
  return `#/cars/${encodeURIComponent(car)}/events/${encodeURIComponent(event)}${at === undefined ? '' : `?at=${Math.round(at)}`}`;
}
/** UTC milliseconds. */
export function carFootageHref(car: string, from: number, to: number, at?: number): string {
  const place = at === undefined ? '' : `&at=${Math.round(at)}`;
  return `#/cars/${encodeURIComponent(car)}/footage?from=${Math.round(from)}&to=${Math.round(to)}${place}`;
}
export function togetherHref(ids: readonly string[], at?: number): string {
  return `#/together?cameras=${ids.map(encodeURIComponent).join(',')}${at === undefined ? '' : `&at=${Math.round(at)}`}`;
}
export function go(href: string): void {
  location.hash = href;
}
