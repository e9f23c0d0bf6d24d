/** Something that a form asks the hub to do: whether it is under way, and what went wrong. */
import { type Failure, failureOf } from './api.ts';

export class Task {
  busy = $state(false);
  failure = $state.raw<Failure | undefined>();

  /** The failure, when it belongs to no field. */
  get general(): Failure | undefined {
    return this.failure && Object.keys(this.failure.fields).length === 0 ? this.failure : undefined;
  }

  /** What is wrong with a field of what was sent, by its name or by its place in the request. */
  field(name: string): string | undefined {
    return this.failure?.fields[name] ?? this.failure?.fields[`body.${name}`];
  }

  /** Does it; a failure is kept to be shown. @returns whether it was done */
  async run(what: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.failure = undefined;
    try {
      await what();
      return true;
    } catch (error) {
      this.failure = failureOf(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  forget(): void {
    this.failure = undefined;
  }
}
