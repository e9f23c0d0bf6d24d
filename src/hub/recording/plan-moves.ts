/**
 * Which cameras change their recorder when recorders come and go. Pure.
 */
export interface PoolMember {
  readonly id: string;
  /** Most cameras it takes. */
  readonly capacity: number;
  /** Cameras that it holds or is about to get. */
  readonly held: readonly string[];
  /** It is about to end: everything goes to others. */
  readonly draining: boolean;
  /** It has been there long enough to be counted on. */
  readonly steady: boolean;
}

export interface Move {
  readonly cameraId: string;
  readonly from: string;
  readonly to: string;
}

/** Recorders that differ by no more than this are left alone: every move costs the camera a connection for a moment. */
const LEAST_SPREAD = 2;
const SPREAD_OF_AVERAGE = 0.25;

/**
 * First what draining recorders hold, then, as long as recorders differ by more than a quarter of the average (and by more than two cameras),
 * from the fullest to the emptiest. Never to one that is full, draining or new; never more than is needed; never back and forth, because a
 * move only ever makes the difference smaller.
 *
 * @param movable a camera that must stay for now (it is moving already, or could not be moved a moment ago) is passed over
 * @param most moves in the answer
 */
export function planMoves(
  members: readonly PoolMember[],
  movable: (cameraId: string) => boolean,
  most: { readonly draining: number; readonly balancing: number },
): Move[] {
  const load = new Map(members.map((member) => [member.id, member.held.length]));
  const loadOf = (member: PoolMember): number => load.get(member.id) ?? 0;
  const takers = members.filter((member) => member.steady && !member.draining);
  const moves: Move[] = [];
  const gone = new Set<string>();
  const give = (cameraId: string, from: PoolMember, to: PoolMember): void => {
    moves.push({ cameraId, from: from.id, to: to.id });
    gone.add(cameraId);
    load.set(from.id, loadOf(from) - 1);
    load.set(to.id, loadOf(to) + 1);
  };
  const emptiest = (): PoolMember | undefined => {
    const free = takers.filter((member) => loadOf(member) < member.capacity);
    return free.sort((a, b) => loadOf(a) - loadOf(b) || (a.id < b.id ? -1 : 1))[0];
  };

  for (const member of members) {
    if (!member.draining) continue;
    for (const cameraId of member.held) {
      const to = emptiest();
      if (to === undefined || moves.length >= most.draining) break;
      if (movable(cameraId)) give(cameraId, member, to);
    }
  }

  const total = takers.reduce((sum, member) => sum + loadOf(member), 0);
  const spread = Math.max(LEAST_SPREAD, (total / Math.max(1, takers.length)) * SPREAD_OF_AVERAGE);
  for (let count = 0; count < most.balancing; count++) {
    const to = emptiest();
    const donors = takers.filter((from) => to !== undefined && loadOf(from) - loadOf(to) > spread);
    donors.sort((a, b) => loadOf(b) - loadOf(a) || (a.id < b.id ? -1 : 1));
    let moved = false;
    for (const from of donors) {
      const cameraId = from.held.find((id) => !gone.has(id) && movable(id));
      if (to === undefined || cameraId === undefined) continue;
      give(cameraId, from, to);
      moved = true;
      break;
    }
    if (!moved) break;
  }
  return moves;
}
