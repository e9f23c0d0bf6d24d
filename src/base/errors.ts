/**
 * The errors that people are meant to see. Anything else is a bug and is logged with its cause.
 */

/** The person asked for something that cannot be done as asked. Says what was wrong and what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What the person can do about it; a whole sentence. */
  readonly remedy: string;
  /** A short stable word for programs, e.g. `not-found`, `conflict`, `invalid`. */
  readonly code: string;
  /** Name of a field of the request → what is wrong with it. */
  readonly fields: Readonly<Record<string, string>>;
  constructor(
    message: string,
    remedy: string,
    options: { code?: string; fields?: Readonly<Record<string, string>> | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = remedy;
    this.code = options.code ?? 'invalid';
    this.fields = options.fields ?? {};
  }
}

/** Something from outside (a file, a stream, a request) is not what it claims to be. */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** The name of the input: a file's name, a camera's name; never a path with a secret in it. */
  readonly input: string;
  /** Byte offset or position where it went wrong, when known. */
  readonly offset: number | undefined;
  readonly reason: string;
  constructor(input: string, reason: string, options: { offset?: number; cause?: unknown } = {}) {
    const place = options.offset === undefined ? '' : ` at byte ${options.offset}`;
    super(`${input}${place}: ${reason}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.input = input;
    this.reason = reason;
    this.offset = options.offset;
  }
}

/** Something that is needed is not there just now. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** When it makes sense to try again, in milliseconds from now. */
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** The message of anything thrown, for a person or a log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
