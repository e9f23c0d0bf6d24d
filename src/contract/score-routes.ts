/** The routes of the API that are about scores of osu!; a part of `routes.ts`. */
import { z } from 'zod';
import { ReplayAdded } from './replay.ts';
import { done, route } from './route.ts';
import { ScoreAccess, ScoreAccessChange } from './score.ts';

export const scoreRoutes = {
  addScore: route({
    method: 'POST',
    path: '/api/replay-scores',
    access: 'viewer',
    summary:
      'Bring the replay of a score of osu! by its link, such as https://osu.ppy.sh/scores/4459998279. What was brought before is not asked for again',
    body: z.object({ link: z.string().min(1).max(300) }),
    response: ReplayAdded,
  }),
  scoreAccess: route({
    method: 'GET',
    path: '/api/replay-scores/access',
    access: 'viewer',
    summary: 'Whether the hub may ask osu! for scores; its secret is never told',
    response: ScoreAccess,
  }),
  setScoreAccess: route({
    method: 'PUT',
    path: '/api/replay-scores/access',
    access: 'admin',
    summary:
      'Give the hub an OAuth application of osu!, by which it asks for scores; osu! is asked first whether it is right',
    body: ScoreAccessChange,
    response: ScoreAccess,
  }),
  removeScoreAccess: route({
    method: 'DELETE',
    path: '/api/replay-scores/access',
    access: 'admin',
    summary: 'Forget the OAuth application of osu!',
    response: ScoreAccess,
  }),
  testScoreAccess: route({
    method: 'POST',
    path: '/api/replay-scores/access/test',
    access: 'admin',
    summary: 'Ask osu! whether it knows an OAuth application, and keep nothing',
    body: ScoreAccessChange,
    response: done,
  }),
} as const;
