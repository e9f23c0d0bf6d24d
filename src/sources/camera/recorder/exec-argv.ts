/**
 * How a recorder process is started. For the hub's supervisor and for `vidette record`.
 */

/** Flags for `fork(…, { execArgv })`. */
export const recorderExecArgv: readonly string[] = [];

/** To be added to a recorder's environment. */
export const recorderEnvironment: Readonly<Record<string, string>> = {};
