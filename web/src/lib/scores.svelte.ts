/** Whether the hub may ask osu! for scores, and the application by which it does. */
import { routes } from '../../../src/contract/routes.ts';
import type { ScoreAccess, ScoreAccessChange } from '../../../src/contract/score.ts';
import { client } from './api.ts';

class Scores {
  access = $state.raw<ScoreAccess | undefined>();

  /** Links of scores can be given. */
  get open(): boolean {
    return (this.access?.clientId ?? null) !== null;
  }

  async load(): Promise<void> {
    this.access = await client.call(routes.scoreAccess, {});
  }

  async set(body: ScoreAccessChange): Promise<void> {
    this.access = await client.call(routes.setScoreAccess, { body });
  }

  async test(body: ScoreAccessChange): Promise<void> {
    await client.call(routes.testScoreAccess, { body });
  }

  async remove(): Promise<void> {
    this.access = await client.call(routes.removeScoreAccess, {});
  }
}

export const scores = new Scores();
