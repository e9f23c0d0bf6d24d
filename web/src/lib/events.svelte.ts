/** What the hub tells by itself, and whether it can be reached. */
import { routes } from '../../../src/contract/routes.ts';
import { HubEvent } from '../../../src/contract/system.ts';
import { address } from './api.ts';
import { backOff } from './player/latency.ts';
import { session } from './session.svelte.ts';

type Listener = (event: HubEvent) => void;

class Events {
  /** `lost` only after a moment, so that a short break shows nothing. */
  state = $state<'idle' | 'open' | 'lost'>('idle');
  /** Grows with each new connection: whoever shows something asks for it again, since events may have been missed. */
  generation = $state(0);
  #listeners = new Set<Listener>();
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #hiddenAt = 0;

  constructor() {
    // A telephone that slept, or a network that changed, leaves a connection that looks open and is not.
    addEventListener('online', () => this.#renew());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#hiddenAt = performance.now();
      else if (performance.now() - this.#hiddenAt > 15_000) this.#renew();
    });
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(): void {
    if (this.#source) return;
    const source = new EventSource(address(routes.events, {}));
    this.#source = source;
    source.onopen = () => {
      this.#attempt = 0;
      clearTimeout(this.#grace);
      this.#grace = undefined;
      this.state = 'open';
      this.generation++;
    };
    const receive = (message: MessageEvent<string>): void => {
      const event = HubEvent.safeParse(JSON.parse(message.data));
      if (!event.success) {
        console.warn('The hub sent an event that this page does not know.', event.error);
        return;
      }
      for (const listener of this.#listeners) listener(event.data);
    };
    source.onmessage = receive;
    for (const name of ['camera', 'camera-deleted', 'footage', 'clip', 'clip-deleted'])
      source.addEventListener(name, receive as EventListener);
    source.onerror = () => this.#lost();
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#retry);
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.state = 'idle';
  }

  #renew(): void {
    if (this.state === 'idle') return;
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#retry);
    this.open();
  }

  #lost(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#grace ??= setTimeout(() => {
      this.state = 'lost';
    }, 2000);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(
      async () => {
        // An EventSource does not say why it failed; the session does (401 ends it).
        try {
          await session.load();
        } catch (error) {
          console.info('The hub cannot be reached yet.', error);
          return this.#lost();
        }
        if (session.state === 'signed-in') this.open();
      },
      backOff(this.#attempt++),
    );
  }
}

export const events = new Events();
