/**
 * The drive's side of the root helper: starts it, asks one thing after the other, and lets it go when it has not been needed for a while. This process has no rights.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Unavailable, UserError } from '../../../base/errors.ts';
import { Answer, type Command, type KernelState } from './protocol.ts';

export interface GadgetClient extends AsyncDisposable {
  /**
   * @throws UserError when the helper refuses: `code` is the helper's, or the kernel's (`EBUSY`, …)
   * @throws Unavailable when there is no helper, or it does not answer
   */
  ask(command: Command): Promise<KernelState>;
}

export interface HelperOptions {
  /** Program and its arguments: `['sudo', '-n', '/usr/lib/vidette/gadget-helper']`. */
  readonly command: readonly [string, ...string[]];
  /** ms that an answer may take. */
  readonly patience?: number;
  /** ms after which a helper that is not needed ends: it costs memory. */
  readonly linger?: number;
}

const PATIENCE = 30_000;
const LINGER = 60_000;
const RETRY = 10_000;
const MOST_ANSWER = 64 * 1024;
const MOST_WORDS = 500;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Helper {
  readonly child: Child;
  /** Its next line. */
  answer(): Promise<string>;
}

export class HelperClient implements GadgetClient {
  readonly #options: HelperOptions;
  #helper: Helper | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #leave: NodeJS.Timeout | undefined;

  constructor(options: HelperOptions) {
    this.#options = options;
  }

  ask(command: Command): Promise<KernelState> {
    const asked = this.#queue.then(() => this.#ask(command));
    this.#queue = asked.catch(() => undefined);
    return asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    this.#end();
  }

  async #ask(command: Command): Promise<KernelState> {
    clearTimeout(this.#leave);
    this.#helper ??= start(this.#options.command);
    const helper = this.#helper;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Unavailable('The helper of the USB drive does not answer.', RETRY)),
      this.#options.patience ?? PATIENCE,
    );
    try {
      const answer = helper.answer();
      answer.catch(() => undefined);
      helper.child.stdin.write(`${JSON.stringify(command)}\n`);
      const parsed = Answer.safeParse(JSON.parse(await Promise.race([answer, late])));
      if (!parsed.success)
        throw new Unavailable('The helper of the USB drive answers in another language: is it of this version?', RETRY);
      if (parsed.data.ok) {
        this.#leave = setTimeout(() => this.#end(), this.#options.linger ?? LINGER);
        this.#leave.unref();
        return parsed.data.state;
      }
      const { code, message } = parsed.data;
      throw new UserError(message, REMEDIES.get(code) ?? 'It is tried again.', { code });
    } catch (error) {
      // Whatever it says next would be the answer to this.
      if (!(error instanceof UserError)) this.#end();
      throw error instanceof SyntaxError
        ? new Unavailable('The helper of the USB drive answers in another language: is it of this version?', RETRY, {
            cause: error,
          })
        : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #end(): void {
    clearTimeout(this.#leave);
    const { child } = this.#helper ?? {};
    this.#helper = undefined;
    // It ends with its input; what hangs is killed where we may: root's process is not ours to kill.
    child?.stdin.end();
    child?.unref();
    for (const stream of [child?.stdin, child?.stdout, child?.stderr])
      if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['unavailable', 'Run the install script of the drive again; see docs/drive.md.'],
  ['settings', 'Run the install script of the drive again.'],
  ['image', 'The images that may be given to the car are named in /etc/vidette/drive-images.json.'],
  ['EBUSY', 'The car holds it just now. It is tried again.'],
]);

function start([program, ...args]: readonly [string, ...string[]]): Helper {
  const child: Child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  let words = '';
  let waiting: PromiseWithResolvers<string> | undefined;
  let gone: Unavailable | undefined;
  const fail = (why: string, cause?: unknown): void => {
    gone ??= new Unavailable(`The helper of the USB drive has ended: ${why}`, RETRY, { cause });
    waiting?.reject(gone);
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const at = text.indexOf('\n');
    if (at < 0) {
      if (text.length > MOST_ANSWER) fail('its answer has no end');
      return;
    }
    waiting?.resolve(text.slice(0, at));
    text = text.slice(at + 1);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-MOST_WORDS);
  });
  child.stdin.on('error', (error) => fail(error.message, error));
  child.once('error', (error) => fail(error.message, error));
  child.once('close', (code, signal) => fail(words.trim() || `exit ${code ?? signal}`));
  return {
    child,
    answer() {
      if (gone) return Promise.reject(gone);
      waiting = Promise.withResolvers();
      return waiting.promise;
    },
  };
}
