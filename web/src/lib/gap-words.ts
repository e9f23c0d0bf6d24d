/** Why there is no footage, in words and colours. */
import type { OutageCause } from '../../../src/contract/outage.ts';

/** What a colour of the timeline stands for. */
export type GapTone = 'camera' | 'system' | 'meant' | 'unknown';

const WORDS: Record<OutageCause, { readonly tone: GapTone; readonly words: string }> = {
  unreachable: { tone: 'camera', words: 'The camera could not be reached' },
  refused: { tone: 'camera', words: 'The camera refused name or password' },
  frozen: { tone: 'camera', words: 'The camera sent nothing new' },
  disconnected: { tone: 'camera', words: 'The connection to the camera ended' },
  loss: { tone: 'camera', words: 'Pictures were lost on the way' },
  garbage: { tone: 'camera', words: 'What the camera sent was not valid video' },
  clock: { tone: 'system', words: 'A clock was set' },
  change: { tone: 'system', words: 'Settings or coding changed' },
  recorder: { tone: 'system', words: 'The recorder was restarted' },
  'no-recorder': { tone: 'system', words: 'No recorder was there' },
  disk: { tone: 'system', words: 'The disk was full or too slow' },
  disabled: { tone: 'meant', words: 'The camera was switched off' },
  retention: { tone: 'meant', words: 'Deleted as planned' },
  unknown: { tone: 'unknown', words: 'Not recorded, for an unknown reason' },
};

export const gapWords = (cause: OutageCause): string => WORDS[cause].words;
export const gapTone = (cause: OutageCause): GapTone => WORDS[cause].tone;
