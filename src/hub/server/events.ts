/**
 * Tells everybody who listens what has changed.
 */
import { HubEvent } from '../../contract/system.ts';

/** Gets the event as it stands behind `data:`, and whom it is for; must not throw and must not wait. */
export type EventListener = (json: string, audience: Audience | undefined) => void;

/** Whom an event is for: one account, or all others. */
export type Audience = { readonly only: string } | { readonly not: string };

/** @param user id of the account that listens; undefined: a program */
export function reaches(audience: Audience | undefined, user: string | undefined): boolean {
  if (audience === undefined) return true;
  return 'only' in audience ? audience.only === user : audience.not !== user;
}

/**
 * The hub's one bus of events. `publish` costs nothing while nobody listens; an event is cut to the
 * contract's schema and serialised once, for all listeners.
 */
export class EventBus {
  readonly #listeners = new Set<EventListener>();

  get listeners(): number {
    return this.#listeners.size;
  }

  /** @param audience absent: everybody who listens. @throws ZodError when the event does not fit the contract. */
  publish(event: HubEvent, audience?: Audience): void {
    if (this.#listeners.size === 0) return;
    const json = JSON.stringify(HubEvent.parse(event));
    for (const listener of this.#listeners) listener(json, audience);
  }

  /** Call the answer to stop listening. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
