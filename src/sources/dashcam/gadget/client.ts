/**
 * The drive's side of the root helper: starts it, asks one thing after the other, and lets it go when it has not been needed for a while. This process has no rights.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
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
  /** Path of the socket behind which the system starts it; or program and arguments, where it is started from here. */
  readonly helper: string | readonly [string, ...string[]];
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

interface Helper {
  ask(line: string): void;
  /** Its next line. */
  answer(): Promise<string>;
  /** It ends with its input; what hangs is killed where we may: root's process is not ours to kill. */
  end(): void;
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
    this.#helper ??= begin(this.#options.helper);
    const helper = this.#helper;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Unavailable('The helper of the USB drive does not answer.', RETRY)),
      this.#options.patience ?? PATIENCE,
    );
    try {
      const answer = helper.answer();
      answer.catch(() => undefined);
      helper.ask(`${JSON.stringify(command)}\n`);
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
    this.#helper?.end();
    this.#helper = undefined;
  }
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['unavailable', 'Run the install script of the drive again; see docs/car-drive.md.'],
  ['settings', 'Run the install script of the drive again.'],
  ['image', 'The images that may be given to the car are named in /etc/vidette/drive-images.json.'],
  ['EBUSY', 'The car holds it just now. It is tried again.'],
]);

function begin(helper: HelperOptions['helper']): Helper {
  if (typeof helper !== 'string') return start(helper);
  const socket = connect(helper);
  const lines = new Lines(socket);
  socket.on('error', (error) => lines.fail(error.message, error));
  socket.once('close', () => lines.fail('it has closed the connection; the system’s journal says why'));
  return {
    ask: (line) => void socket.write(line),
    answer: () => lines.next(),
    end: () => {
      socket.end();
      socket.unref();
    },
  };
}

function start([program, ...args]: readonly [string, ...string[]]): Helper {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = new Lines(child.stdout);
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-MOST_WORDS);
  });
  child.stdin.on('error', (error) => lines.fail(error.message, error));
  child.once('error', (error) => lines.fail(error.message, error));
  child.once('close', (code, signal) => lines.fail(words.trim() || `exit ${code ?? signal}`));
  return {
    ask: (line) => void child.stdin.write(line),
    answer: () => lines.next(),
    end: () => {
      child.stdin.end();
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr] as (Readable | Writable)[])
        if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
    },
  };
}

/** What it says, line by line. */
class Lines {
  #text = '';
  #waiting: PromiseWithResolvers<string> | undefined;
  #gone: Unavailable | undefined;

  constructor(from: Readable) {
    from.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text += chunk;
      const at = this.#text.indexOf('\n');
      if (at < 0) {
        if (this.#text.length > MOST_ANSWER) this.fail('its answer has no end');
        return;
      }
      this.#waiting?.resolve(this.#text.slice(0, at));
      this.#text = this.#text.slice(at + 1);
    });
  }

  next(): Promise<string> {
    if (this.#gone) return Promise.reject(this.#gone);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  fail(why: string, cause?: unknown): void {
    this.#gone ??= new Unavailable(`The helper of the USB drive has ended: ${why}`, RETRY, { cause });
    this.#waiting?.reject(this.#gone);
  }
}
