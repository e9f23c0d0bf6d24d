/** What people have marked of one camera: bookmarks of the last year, and protected ranges. */
import { routes } from '../../../src/contract/routes.ts';
import { client } from './api.ts';
import type { Mark } from './timeline/marks.ts';

export type { Mark } from './timeline/marks.ts';

export class Marked {
  readonly #source: string;
  /** The latest first; undefined until the hub has answered. */
  list = $state.raw<readonly Mark[] | undefined>();

  constructor(source: string) {
    this.#source = source;
  }

  async load(): Promise<void> {
    const params = { id: this.#source };
    const [moments, protections] = await Promise.all([
      client.call(routes.listMoments, { params, query: { from: '-365d', to: 'now', kind: 'bookmark', limit: 10_000 } }),
      client.call(routes.listProtections, { params }),
    ]);
    const marks = [
      ...moments.map(({ label, ...mark }) => ({ ...mark, kind: 'bookmark' as const, text: label ?? 'Bookmark' })),
      ...protections.map(({ note, ...mark }) => ({ ...mark, kind: 'protection' as const, text: note || 'Protected' })),
    ];
    this.list = marks
      .map(({ kind, id, text, start, end }) => ({ kind, id, text, start: Date.parse(start), end: Date.parse(end) }))
      .sort((a, b) => b.start - a.start);
  }

  async bookmark(start: number, end: number): Promise<void> {
    await client.call(routes.createMoment, { params: { id: this.#source }, body: range(start, end) });
    await this.load();
  }

  async protect(start: number, end: number): Promise<void> {
    await client.call(routes.createProtection, { params: { id: this.#source }, body: range(start, end) });
    await this.load();
  }

  async remove(mark: Mark): Promise<void> {
    if (mark.kind === 'bookmark')
      await client.call(routes.deleteMoment, { params: { id: this.#source, moment: mark.id } });
    else await client.call(routes.deleteProtection, { params: { id: this.#source, protection: mark.id } });
    await this.load();
  }
}

const range = (start: number, end: number) => ({
  start: new Date(start).toISOString(),
  end: new Date(end).toISOString(),
});
