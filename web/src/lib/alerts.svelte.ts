/** Cameras that have shown nothing new for too long. */
import type { Camera } from '../../../src/contract/camera.ts';
import { cameras } from './cameras.svelte.ts';

export interface Alert {
  readonly id: string;
  readonly name: string;
  /** UTC milliseconds. */
  readonly since: number;
  readonly reason: string;
}

class Alerts {
  /** The newest first. */
  list = $derived<Alert[]>(alertsOf(cameras.list));
  /** Put aside by the person; each comes again when it begins anew. */
  #seen = $state.raw<ReadonlySet<string>>(new Set());
  fresh = $derived(this.list.filter((alert) => !this.#seen.has(nameOf(alert))));

  dismiss(): void {
    this.#seen = new Set(this.list.map(nameOf));
  }
}

const nameOf = (alert: Alert): string => `${alert.id} ${alert.since}`;

function alertsOf(list: readonly Camera[]): Alert[] {
  return list
    .flatMap(({ id, name, state }) =>
      state.alert ? [{ id, name, since: Date.parse(state.alert.since), reason: state.alert.reason }] : [],
    )
    .sort((a, b) => b.since - a.since);
}

export const alerts = new Alerts();
