/**
 * Camera leases: which recorder may work on which camera, for about two seconds at a time, by the database's clock.
 * A heartbeat is one statement, and most heartbeats are none: the answer is remembered until half of the lease is over.
 */
import { type Kysely, sql } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { retrying } from './connection.ts';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

export interface Lease {
  readonly cameraId: string;
  /** Fencing token; grows with each grant of any camera. */
  readonly token: number;
  /** Of the source, when the lease was last renewed. */
  readonly revision: number;
}

export interface LeaseRequest {
  readonly recorderId: string;
  /** What the recorder says it is working on. */
  readonly holding: readonly { readonly cameraId: string; readonly token: number }[];
  /** What it gives back. */
  readonly released: readonly string[];
  /** Most cameras it shall hold; what it holds already is never taken away by this. */
  readonly limit: number;
  /** Recorders that speak with this hub. What they hold is not given away although its time is over: the database was away, not they. */
  readonly alive?: readonly string[];
}

export interface CameraLeasesOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** How long a lease lives after its last renewal. */
  readonly leaseMs: number;
}

interface Known {
  leases: readonly Lease[];
  /** When the database was last asked, monotonic ms. */
  asked: number;
  limit: number;
}

export class CameraLeases {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  /** Before this moment no camera that somebody may still hold is given to another. */
  readonly #graceOver: number;
  readonly #known = new Map<string, Known>();
  #changed = 0;

  constructor(options: CameraLeasesOptions) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
    this.#graceOver = options.clock.monotonic() + options.leaseMs;
  }

  /**
   * Renews what the recorder holds, takes back what it releases, and grants what is free, up to `limit`. Answers with everything it
   * holds afterwards: a camera that is missing there is lost to it.
   * @throws Unavailable while the database is away (the recorder keeps what it has).
   */
  async heartbeat(request: LeaseRequest): Promise<readonly Lease[]> {
    const known = this.#known.get(request.recorderId);
    if (known && this.#stillGood(known, request)) return known.leases;
    const before = this.#changed;
    const asked = this.#clock.monotonic();
    const leases = await retrying(() => this.#ask(request, asked >= this.#graceOver), { patienceMs: 1500 });
    // A change that came while the statement ran may not be in the answer: ask again with the next heartbeat.
    if (before === this.#changed) this.#known.set(request.recorderId, { leases, asked, limit: request.limit });
    else this.#known.delete(request.recorderId);
    return leases;
  }

  /**
   * Gives a camera that one recorder holds to another, under a higher token.
   * @returns the token; undefined when it is not held as thought
   */
  async move(cameraId: string, from: string, to: string): Promise<number | undefined> {
    const until = sql`now() + make_interval(secs => ${this.#leaseMs / 1000})`;
    const { rows } = await sql<{ token: number }>`
      update camera_leases set recorder_id = ${to}::uuid, token = nextval('camera_lease_tokens'), until = ${until}
      where source_id = ${cameraId}::uuid and recorder_id = ${from}::uuid
      returning token`.execute(this.#db);
    this.#forget(from, to);
    return rows[0]?.token;
  }

  /** Makes everything free that a recorder holds: it is known to be dead, or was silent for longer than a lease lives. */
  async release(recorderId: string): Promise<void> {
    await sql`update camera_leases set recorder_id = null, until = now() where recorder_id = ${recorderId}::uuid`.execute(
      this.#db,
    );
    this.invalidate();
  }

  #forget(...recorders: readonly string[]): void {
    this.#changed++;
    for (const id of recorders) this.#known.delete(id);
  }

  /** To be called whenever a camera was added, changed, enabled, disabled or deleted: the next heartbeats ask the database. */
  invalidate(): void {
    this.#changed++;
    this.#known.clear();
  }

  /** Makes every later token greater than `token`; after an index from files. */
  async raiseTokens(token: number): Promise<void> {
    await sql`select setval('camera_lease_tokens', greatest(${token}::bigint, (select last_value from camera_lease_tokens)))`.execute(
      this.#db,
    );
  }

  #stillGood(known: Known, request: LeaseRequest): boolean {
    if (this.#clock.monotonic() - known.asked >= this.#leaseMs / 2 - 50) return false;
    if (request.released.length > 0 || known.limit !== request.limit || known.leases.length !== request.holding.length)
      return false;
    const tokens = new Map(request.holding.map((held) => [held.cameraId, held.token]));
    return known.leases.every((lease) => tokens.get(lease.cameraId) === lease.token);
  }

  /**
   * One statement. `renewed`: held by this recorder under this very token, even if the lease ran out meanwhile, as long as nobody
   * else has taken it. `free`: never leased, given back, this recorder's own without its knowing (it was started anew), or
   * run out, the latter only when this hub has been up for one lease time. The limit does not count for its own: they may just have been
   * moved to it.
   */
  async #ask(request: LeaseRequest, graceOver: boolean): Promise<Lease[]> {
    const me = request.recorderId;
    const ids = request.holding.map((held) => held.cameraId);
    const tokens = request.holding.map((held) => held.token);
    const released = [...request.released];
    const others = (request.alive ?? []).filter((id) => id !== me);
    // Further ahead than any lease lives: the database's clock was set back, and would keep the cameras of a dead recorder until it comes there.
    const run = sql`(l.until < now() or l.until > now() + make_interval(secs => ${this.#leaseMs / 1000 + 60}))`;
    const over = sql`(${graceOver}::boolean and ${run} and not (l.recorder_id = any(${others}::uuid[])))`;
    const until = sql`now() + make_interval(secs => ${this.#leaseMs / 1000})`;
    const { rows } = await sql<{ source_id: string; token: number; revision: number }>`
      with held as (
        select h.id, h.token from unnest(${ids}::uuid[], ${tokens}::bigint[]) as h (id, token) where not (h.id = any(${released}::uuid[]))
      ), renewed as (
        update camera_leases l set until = ${until}
        from held h join sources s on s.id = h.id
        where l.source_id = h.id and l.token = h.token and l.recorder_id = ${me}::uuid and s.enabled and s.removed is null
        returning l.source_id, l.token, s.revision
      ), freed as (
        update camera_leases l set recorder_id = null, until = now()
        where l.recorder_id = ${me}::uuid and l.source_id = any(${released}::uuid[])
      ), candidates as (
        select s.id, s.revision, coalesce(l.recorder_id = ${me}::uuid, false) as mine,
          row_number() over (order by coalesce(l.recorder_id = ${me}::uuid, false) desc, s.created_at, s.id) as place
        from sources s left join camera_leases l on l.source_id = s.id
        where s.kind = 'camera' and s.enabled and s.removed is null
          and not (s.id = any(${released}::uuid[])) and s.id not in (select source_id from renewed)
          and (l.source_id is null or l.recorder_id is null or l.recorder_id = ${me}::uuid or ${over})
      ), free as (
        select id, revision from candidates
        where mine or place <= greatest(0, ${request.limit}::int - (select count(*) from renewed)::int)
      ), granted as (
        insert into camera_leases as l (source_id, recorder_id, token, until)
        select id, ${me}::uuid, nextval('camera_lease_tokens'), ${until} from free
        on conflict (source_id) do update set recorder_id = excluded.recorder_id, token = excluded.token, until = excluded.until
        where l.recorder_id is null or l.recorder_id = excluded.recorder_id or ${over}
        returning l.source_id, l.token
      )
      select source_id, token, revision from renewed
      union all
      select g.source_id, g.token, f.revision from granted g join free f on f.id = g.source_id`.execute(this.#db);
    return rows.map((row) => ({ cameraId: row.source_id, token: row.token, revision: row.revision }));
  }
}
