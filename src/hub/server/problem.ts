/**
 * Errors as the API says them: a status and a {@link Problem}.
 */
import { ZodError } from 'zod';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import type { Problem } from '../../contract/system.ts';

export interface Answer {
  readonly status: number;
  readonly problem: Problem;
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  /** Ours: to be logged with its cause. */
  readonly bug: boolean;
}

/** Status of each word that a UserError may carry; any other is 400. */
const statusOf: Readonly<Record<string, number>> = {
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'no-footage': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'upgrade-required': 426,
  'too-many': 429,
};

/** Input that did not fit its schema. Thrown by `register`; field names are paths such as `body.name`. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
  readonly fields: Record<string, string>;
  constructor(part: 'params' | 'query' | 'body', error: ZodError) {
    super(`The ${part} of the request does not fit.`);
    this.fields = {};
    for (const issue of error.issues.slice(0, 20)) {
      const path = issue.path.map(String).join('.') || part;
      this.fields[path] ??= issue.message;
    }
  }
}

/** Turns anything thrown into an answer. Internals are never shown. */
export function answerOf(error: unknown, requestId: string): Answer {
  if (error instanceof UserError) {
    const problem: Problem = { error: error.code, message: error.message };
    if (error.remedy !== '') problem.remedy = error.remedy;
    if (Object.keys(error.fields).length > 0) problem.fields = { ...error.fields };
    return { status: statusOf[error.code] ?? 400, problem, bug: false };
  }
  if (error instanceof Unfit) {
    const [field, reason] = Object.entries(error.fields)[0] ?? ['', ''];
    return {
      status: 400,
      problem: { error: 'invalid', message: `${field}: ${reason}`, fields: error.fields },
      bug: false,
    };
  }
  if (error instanceof InputError)
    return { status: 422, problem: { error: 'input', message: error.message }, bug: false };
  if (error instanceof Unavailable)
    return {
      status: 503,
      problem: { error: 'unavailable', message: error.message },
      retryAfter: Math.max(1, Math.ceil(error.retryAfterMs / 1000)),
      bug: false,
    };
  const framework = frameworkAnswer(error);
  if (framework !== undefined) return framework;
  return {
    status: 500,
    problem: {
      error: 'internal',
      message: 'Something went wrong in the hub.',
      remedy: `Its log has the cause under the request id ${requestId}.`,
    },
    bug: true,
  };
}

/** Refusals of Fastify and its plugins: bad JSON, a body that is too large, too many requests. */
function frameworkAnswer(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || error instanceof ZodError) return undefined;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status < 400 || status > 499) return undefined;
  const word = Object.entries(statusOf).find(([, code]) => code === status)?.[0] ?? 'invalid';
  return { status, problem: { error: word, message: error.message }, bug: false };
}
