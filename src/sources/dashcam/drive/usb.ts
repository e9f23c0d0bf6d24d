/** The USB side as the engine sees it: what the car has, by the root helper's word. What cannot be asked is not guessed. */
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { GadgetClient } from '../gadget/client.ts';
import type { Command } from '../gadget/protocol.ts';
import type { GadgetState } from './drive.ts';
import type { Warnings } from './warnings.ts';

export class Usb {
  readonly #client: GadgetClient;
  readonly #media: readonly string[];
  readonly #warnings: Warnings;
  #state: GadgetState = { kind: 'unavailable', why: 'The root helper was not asked yet.' };

  constructor(client: GadgetClient, media: readonly string[], warnings: Warnings) {
    this.#client = client;
    this.#media = media;
    this.#warnings = warnings;
  }

  get state(): GadgetState {
    return this.#state;
  }

  /** Name of the image that the car has. */
  get held(): string | undefined {
    return this.#state.kind === 'attached' ? this.#state.image : undefined;
  }

  /** Whether it is certain that the car does not have this image. */
  isFree(image: string): boolean {
    return this.#state.kind === 'detached' || (this.#state.kind === 'attached' && this.#state.image !== image);
  }

  refresh(): Promise<boolean> {
    return this.#ask({ command: 'status' });
  }

  attach(image: string): Promise<boolean> {
    return this.#ask({ command: 'attach', image, media: [...this.#media] });
  }

  swap(image: string): Promise<boolean> {
    return this.#ask({ command: 'swap', image });
  }

  detach(): Promise<boolean> {
    return this.#ask({ command: 'detach' });
  }

  /** @returns whether it was done; otherwise it is said, and tried again by the caller */
  async #ask(command: Command): Promise<boolean> {
    try {
      this.#state = await this.#told(command);
      this.#warnings.clear('gadget');
      return true;
    } catch (error) {
      if (!(error instanceof UserError || error instanceof Unavailable)) throw error;
      const remedy = error instanceof UserError ? ` ${error.remedy}` : '';
      this.#warnings.set('gadget', `${error.message}${remedy}`);
      await this.#afterFailure(command, error);
      return false;
    }
  }

  /** A command that has failed may have changed something: the kernel is asked how it is. */
  async #afterFailure(command: Command, error: Error): Promise<void> {
    try {
      if (command.command === 'status') throw error;
      this.#state = await this.#told({ command: 'status' });
    } catch (again) {
      this.#state = { kind: 'unavailable', why: messageOf(again) };
    }
  }

  async #told(command: Command): Promise<GadgetState> {
    const { attached, image, link } = await this.#client.ask(command);
    if (!attached) return { kind: 'detached' };
    if (image !== null) return { kind: 'attached', image, link };
    // Between two media, or one that the settings do not name: the next attempt begins from nothing.
    return { kind: 'attached', image: '', link };
  }
}
