/** The field of each game. */
import type { Play } from '../judge/play.ts';
import { catchField } from './catch/catch-field.ts';
import type { Field, FieldInput } from './field.ts';
import { maniaField } from './mania/mania-field.ts';
import { standardField } from './standard/standard-field.ts';
import { taikoField } from './taiko/taiko-field.ts';

export function fieldOf(play: Play, input: FieldInput): Field {
  switch (play.game) {
    case 'standard':
      return standardField(play, input);
    case 'taiko':
      return taikoField(play, input);
    case 'catch':
      return catchField(play, input);
    case 'mania':
      return maniaField(play, input);
  }
}
