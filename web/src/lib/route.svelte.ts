/**
 * Which place of the page is open. Places live behind `#` (`#/cameras/<id>`), so that the hub need not know them and
 * a sub-path cannot break them. The one exception is `/sign-in#<code>`, the address in a one-time link.
 */
type Place =
  | { readonly page: 'cameras' }
  /** `at`: show this moment, UTC milliseconds; otherwise live. */
  | { readonly page: 'camera'; readonly id: string; readonly at: number | undefined }
  /** Several cameras on one clock. */
  | { readonly page: 'together'; readonly ids: readonly string[]; readonly at: number | undefined }
  | { readonly page: 'drives' }
  /** `at`: seconds from its start. */
  | { readonly page: 'drive'; readonly id: string; readonly at: number | undefined }
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
  if (parts[0] === 'clips') return { page: 'clips' };
  if (parts[0] === 'settings') return { page: 'settings' };
  return { page: 'cameras' };
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
export const clipsHref = '#/clips';
export const settingsHref = '#/settings';
export function cameraHref(id: string, at?: number): string {
  return `#/cameras/${encodeURIComponent(id)}${at === undefined ? '' : `?at=${Math.round(at)}`}`;
}
/** @param at seconds from its start */
export function driveHref(id: string, at?: number): string {
  return `#/drives/${encodeURIComponent(id)}${at === undefined ? '' : `?at=${Math.round(at * 10) / 10}`}`;
}
export function togetherHref(ids: readonly string[], at?: number): string {
  return `#/together?cameras=${ids.map(encodeURIComponent).join(',')}${at === undefined ? '' : `&at=${Math.round(at)}`}`;
}
export function go(href: string): void {
  location.hash = href;
}
