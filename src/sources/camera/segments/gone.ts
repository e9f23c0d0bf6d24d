import { Unavailable } from '../../../base/errors.ts';

/** The file that is being written has lost its name: somebody has removed it. Trying again seldom helps. */
export class Gone extends Unavailable {
  constructor(name: string, options: { cause?: unknown } = {}) {
    super(`The segment ${name} is gone.`, 1000, options);
  }
}
