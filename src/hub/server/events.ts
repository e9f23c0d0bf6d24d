/**
 * Tells everybody who listens what has changed.
 */
import { HubEvent } from '../../contract/system.ts';

/** Gets the event as it stands behind `data:`; must not throw and must not wait. */
export type EventListener = (json: string) => void;

/**
 * The hub's one bus of events. `publish` costs nothing while nobody listens; an event is cut to the
 * contract's schema and serialised once, for all listeners.
 */
export class EventBus {
  readonly #listeners = new Set<EventListener>();

  get listeners(): number {
    return this.#listeners.size;
  }

  /** @throws ZodError when the event does not fit the contract. */
  publish(event: HubEvent): void {
    if (this.#listeners.size === 0) return;
    const json = JSON.stringify(HubEvent.parse(event));
    for (const listener of this.#listeners) listener(json);
  }

  /** Call the answer to stop listening. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
