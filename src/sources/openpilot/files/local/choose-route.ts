/**
 * One route out of those that a folder or a device holds. Pure.
 */
import { UserError } from '../../../../base/errors.ts';
import { type NamedRoute, routeName } from '../../names/route-request.ts';
import type { RouteHolding } from '../holding.ts';

/**
 * @param wanted null: the only one that is there
 * @param place the folder or device, for messages
 * @throws UserError that says which routes are there
 */
export function chooseRoute(routes: readonly RouteHolding[], wanted: NamedRoute | null, place: string): RouteHolding {
  if (routes.length === 0)
    throw new UserError(
      `There is no drive in ${place}.`,
      'A folder of drives holds 0000002c--d68dde99ca--0/rlog.zst and the like, a2a0ccea32023010_0000002c--d68dde99ca--0--rlog.zst, or the files of one minute.',
      { code: 'not-found' },
    );
  const named = wanted === null ? routes : routes.filter((route) => isSame(route, wanted));
  const [first, second] = named;
  if (first !== undefined && second === undefined) return first;
  // One minute in a folder that tells no name is what was asked for.
  const [only] = routes;
  if (wanted !== null && first === undefined && only?.logId === null && routes.length === 1)
    return { ...only, dongle: wanted.dongle, logId: wanted.logId };
  const there = `There: ${named.length > 1 ? list(named) : list(routes)}.`;
  if (wanted !== null && first === undefined)
    throw new UserError(`${place} does not hold ${routeName(wanted)}.`, there, { code: 'not-found' });
  throw new UserError(`${place} holds ${named.length} drives.`, `Name one of them. ${there}`, { code: 'ambiguous' });
}

function isSame(route: RouteHolding, wanted: NamedRoute): boolean {
  return (
    route.logId === wanted.logId && (route.dongle === null || wanted.dongle === null || route.dongle === wanted.dongle)
  );
}

function list(routes: readonly RouteHolding[]): string {
  const names = routes
    .slice(-10)
    .map(({ dongle, logId }) => (logId === null ? 'one without a name' : routeName({ dongle, logId })));
  return routes.length > names.length
    ? `${names.join(', ')} and ${routes.length - names.length} older`
    : names.join(', ');
}
