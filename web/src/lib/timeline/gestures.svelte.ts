/** What pointers do on a timeline: drag the playhead, an edge of the selection, the view; pinch it. */
import type { Selection } from '../selection.svelte.ts';
import { pan, pinch, snap, toTime, type View } from './scale.ts';

export interface GestureHost {
  readonly box: () => HTMLElement;
  readonly view: () => View;
  readonly show: (view: View) => void;
  readonly playhead: () => number;
  readonly scrub: (wall: number) => void;
  readonly seek: (wall: number) => void;
  readonly selection: () => Selection | undefined;
}

/** A finger that moved less than this, in pixels, may still be the first of two. */
const DECIDED_PX = 5;

export class Gestures {
  dragging = $state<'playhead' | 'pan' | 'pinch' | 'start' | 'end' | undefined>();
  /** Where a mouse stands, as a share of the width. */
  hover = $state<number | undefined>();
  readonly #host: GestureHost;
  readonly #pointers = new Map<number, number>();
  /** Where a finger came down that has not shown yet what it is meant for. */
  #undecided: number | undefined;
  #panFrom: { view: View; share: number } | undefined;
  #pinchFrom: { view: View; shares: [number, number] } | undefined;

  constructor(host: GestureHost) {
    this.#host = host;
  }

  shareOf(clientX: number): number {
    const rect = this.#host.box().getBoundingClientRect();
    return (clientX - rect.left) / rect.width;
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const target = event.target as HTMLElement;
    const edge = target.closest<HTMLElement>('[data-edge]')?.dataset.edge;
    this.#host.box().setPointerCapture(event.pointerId);
    const share = this.shareOf(event.clientX);
    const view = this.#host.view();
    this.#pointers.set(event.pointerId, share);
    if (this.#pointers.size === 2) {
      this.#leavePlayhead();
      const [a = 0, b = 0] = [...this.#pointers.values()];
      this.#pinchFrom = { view, shares: [a, b] };
      this.dragging = 'pinch';
      return;
    }
    if (this.#pointers.size > 2) return;
    if (edge === 'start' || edge === 'end') this.dragging = edge;
    else if (target.closest('.ruler')) {
      this.dragging = 'pan';
      this.#panFrom = { view, share };
    } else {
      this.dragging = 'playhead';
      // A finger may be the first of two: only when it moves, or goes up again, was it meant for the playhead.
      this.#undecided = event.pointerType === 'mouse' ? undefined : event.clientX;
      if (this.#undecided === undefined) this.#host.scrub(toTime(view, share));
    }
  }

  move(event: PointerEvent): void {
    const share = this.shareOf(event.clientX);
    this.hover = event.pointerType === 'mouse' ? Math.min(1, Math.max(0, share)) : undefined;
    if (!this.#pointers.has(event.pointerId)) return;
    this.#pointers.set(event.pointerId, share);
    const view = this.#host.view();
    const time = toTime(view, Math.min(1, Math.max(0, share)));
    switch (this.dragging) {
      case 'playhead':
        if (this.#undecided !== undefined && Math.abs(event.clientX - this.#undecided) < DECIDED_PX) return;
        this.#undecided = undefined;
        this.#host.scrub(time);
        return;
      case 'start':
        this.#host.selection()?.setStart(snap(view, time));
        return;
      case 'end':
        this.#host.selection()?.setEnd(snap(view, time));
        return;
      case 'pan':
        if (this.#panFrom) this.#host.show(pan(this.#panFrom.view, this.#panFrom.share - share));
        return;
      case 'pinch': {
        const [a, b] = [...this.#pointers.values()];
        if (this.#pinchFrom && a !== undefined && b !== undefined)
          this.#host.show(pinch(this.#pinchFrom.view, this.#pinchFrom.shares, [a, b]));
      }
    }
  }

  up(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId)) return;
    if (this.#pointers.size > 0) return;
    const was = this.dragging;
    const selected = this.#host.selection()?.range;
    if (was === 'playhead' && this.#undecided !== undefined && event.type === 'pointerup')
      this.#host.seek(toTime(this.#host.view(), this.shareOf(event.clientX)));
    else this.#leavePlayhead();
    this.dragging = undefined;
    this.#undecided = undefined;
    if (was === 'start' && selected) this.#host.seek(selected.start);
  }

  /** A drag of the playhead is over, however it ended: it plays from where it was left. */
  #leavePlayhead(): void {
    if (this.dragging === 'playhead' && this.#undecided === undefined) this.#host.seek(this.#host.playhead());
  }
}
