import { UserError } from '../base/errors.ts';

/**
 * Seconds in `90`, `90.5`, `1:30`, `0:01:30.5` or `1h2m3s`.
 * @throws UserError `usage`
 */
export function parseSeconds(text: string): number {
  const units = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(text);
  const clock = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:\.\d+)?)$/.exec(text);
  const [, hours = '0', minutes = '0', seconds = '0'] = clock ?? units ?? [];
  if (text === '' || (!clock && !units))
    throw new UserError(`“${text}” is not a time.`, 'Write seconds (90), or minutes and seconds (1:30).', {
      code: 'usage',
    });
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}
