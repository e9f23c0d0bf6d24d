/** What a camera's refusal means for a person. */
import { Unavailable, UserError } from '../../../base/errors.ts';
import type { RtspResponse } from './message.ts';

/** @throws UserError or Unavailable for anything but success */
export function expectOk(method: string, answer: RtspResponse): void {
  if (answer.status >= 200 && answer.status < 300) return;
  const said = `${answer.status} ${answer.reason}`.trim();
  if (answer.status === 404)
    throw new UserError(
      `The camera knows no stream at this address (${said}).`,
      'Check the part of the address behind the host.',
      { code: 'not-found' },
    );
  if (answer.status === 403)
    throw new UserError(`The camera forbids it (${said}).`, 'Check the rights of this user in the camera.', {
      code: 'auth',
    });
  if (isFull(answer)) throw new Unavailable(`The camera has no room for another viewer (${said}).`, 15_000);
  throw new Unavailable(`The camera refuses ${method} (${said}).`, 5000);
}

/** The camera gives no more sessions just now: 453 (RFC 2326 section 11.3.7) and what cameras say in its place. */
export function isFull(answer: RtspResponse): boolean {
  if (answer.status < 400 || answer.status === 401) return false;
  return (
    answer.status === 453 ||
    answer.status === 503 ||
    /bandwidth|too many|maximum|max(?:imum)? (?:sessions|connections|clients)|session limit|busy/i.test(answer.reason)
  );
}
