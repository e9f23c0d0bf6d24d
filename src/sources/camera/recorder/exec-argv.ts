/**
 * How a recorder process is started: for the hub's supervisor and for `vidette record`. Measured by `bench/recorder.ts`.
 */

/** Flags for `fork(…, { execArgv })`. Unknown to no Node from 20 on. */
export const recorderExecArgv: readonly string[] = [
  // The work is short and comes evenly: helper threads for collection and compilation cost more in wake-ups than they
  // save (16 cameras: 7.3 → 4.5 % of a core on a busy machine).
  '--single-threaded',
  // What passes outside the heap counts towards its limit: blocks for pictures while cameras come, files that are read. With the default a full
  // collection of a small heap ran for each 8 MB of it; this way it runs once in a while, for 10 MB more.
  '--heap-growing-percent=200',
  // What has just been made is looked at each 16 MB, however much memory the machine has: the size of a recorder stays what it is.
  '--max-semi-space-size=16',
];

/** To be added to a recorder's environment. */
export const recorderEnvironment: Readonly<Record<string, string>> = {};
