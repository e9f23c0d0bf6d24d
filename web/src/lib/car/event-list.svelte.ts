/** The events of one car, newest first, and the days with footage. */
import type { CarDay, CarEvent } from '../../../../src/contract/car.ts';
import { routes } from '../../../../src/contract/routes.ts';
import { client, type Failure, failureOf } from '../api.ts';
import { events } from '../events.svelte.ts';

const PAGE = 60;
/** With a filter, so many pages are looked through at a time. */
const MOST_PAGES = 5;

export type EventKind = NonNullable<CarEvent['what']>;

/** What is looked for. */
export interface EventFilter {
  readonly kind: EventKind | undefined;
  /** UTC milliseconds; a day of the reader. */
  readonly day: { readonly from: number; readonly to: number } | undefined;
}

export class EventList {
  readonly car: string;
  list = $state.raw<readonly CarEvent[]>([]);
  days = $state.raw<readonly CarDay[]>([]);
  /** There are older ones that have not been asked for. */
  more = $state(false);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();
  #filter: EventFilter = { kind: undefined, day: undefined };
  /** Counts what was asked, so that a late answer to an old question is not taken. */
  #asked = 0;
  #before: string | undefined;

  constructor(car: string) {
    this.car = car;
  }

  /** Follows them; returns how to stop. */
  open(): () => void {
    return events.listen((event) => {
      if (event.type === 'car-footage' && event.car === this.car) void this.load(this.#filter);
    });
  }

  async load(filter: EventFilter): Promise<void> {
    const asked = ++this.#asked;
    this.#filter = filter;
    try {
      const [days, page] = await Promise.all([
        client.call(routes.listCarDays, { params: { id: this.car }, query: { limit: 14 } }),
        this.#page(undefined),
      ]);
      if (asked !== this.#asked) return;
      this.days = days;
      this.list = page.list;
      this.more = page.more;
      this.#before = page.before;
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    }
  }

  /** The next older ones. */
  async loadMore(): Promise<void> {
    const asked = this.#asked;
    const page = await this.#page(this.#before);
    if (asked !== this.#asked) return;
    const known = new Set(this.list.map(({ id }) => id));
    this.list = [...this.list, ...page.list.filter(({ id }) => !known.has(id))];
    this.more = page.more;
    this.#before = page.before;
  }

  async #page(from: string | undefined): Promise<{ list: CarEvent[]; more: boolean; before: string | undefined }> {
    const { kind, day } = this.#filter;
    const list: CarEvent[] = [];
    let before = from ?? (day && new Date(day.to).toISOString());
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const query = {
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
        ...(day === undefined ? {} : { from: new Date(day.from).toISOString() }),
      };
      const page = await client.call(routes.listCarEvents, { params: { id: this.car }, query });
      list.push(...page.filter(({ what }) => kind === undefined || what === kind));
      before = page.at(-1)?.at ?? before;
      if (page.length < PAGE) return { list, more: false, before };
      if (list.length >= PAGE / 2) break;
    }
    return { list, more: true, before };
  }
}
