/**
 * Questions to cameras by ONVIF, through one child process that comes and goes.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { entry } from '../../base/entry.ts';
import { withoutSecrets } from '../../base/environment.ts';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { FromOnvif, OnvifOrder, OnvifResults, ToOnvif } from '../../sources/camera/onvif/messages.ts';

export interface OnvifDeskOptions {
  readonly log: Log;
  /** A question that takes longer has failed, and the child with it. */
  readonly patienceMs?: number;
  /** Without questions for so long the child is ended. */
  readonly idleMs?: number;
}

interface Question {
  readonly resolve: (result: OnvifResults[keyof OnvifResults]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** More at once are refused. */
const MOST = 20;

export class OnvifDesk {
  readonly #options: OnvifDeskOptions;
  readonly #questions = new Map<number, Question>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  constructor(options: OnvifDeskOptions) {
    this.#options = options;
  }

  /** @throws UserError (the camera refuses, or does not speak ONVIF), Unavailable */
  async ask<Order extends OnvifOrder>(order: Order): Promise<OnvifResults[Order['ask']]> {
    if (this.#questions.size >= MOST) throw new Unavailable('Too many cameras are being asked just now.', 2000);
    const child = this.#child ?? this.#start();
    clearTimeout(this.#idle);
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<OnvifResults[keyof OnvifResults]>();
    const timer = setTimeout(() => {
      this.#end(new Unavailable('The camera does not answer in time.', 5000));
    }, this.#options.patienceMs ?? 30_000);
    this.#questions.set(id, { resolve, reject, timer });
    const message: ToOnvif = { id, order };
    child.send(message);
    // The child answers each kind of question with its own kind of result; both sides are ours.
    return (await promise) as OnvifResults[Order['ask']];
  }

  close(): void {
    this.#end(new Unavailable('The hub is stopping.', 5000));
  }

  #start(): ChildProcess {
    const child = fork(entry(import.meta.url, '../../sources/camera/onvif.main'), {
      execPath: process.execPath,
      execArgv: ['--max-old-space-size=128'],
      env: withoutSecrets(process.env),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    child.on('message', (answer: FromOnvif) => this.#answered(answer));
    child.on('error', (error) => this.#options.log.warn('the ONVIF child failed', { error }));
    child.on('exit', () => {
      if (this.#child === child) this.#end(new Unavailable('What the camera answered could not be read.', 5000));
    });
    return child;
  }

  #answered(answer: FromOnvif): void {
    const question = this.#questions.get(answer.id);
    if (!question) return;
    this.#questions.delete(answer.id);
    clearTimeout(question.timer);
    if ('result' in answer) question.resolve(answer.result);
    else question.reject(errorOf(answer));
    if (this.#questions.size > 0) return;
    this.#idle = setTimeout(() => this.#end(new Unavailable('idle', 0)), this.#options.idleMs ?? 60_000);
    this.#idle.unref();
  }

  #end(why: Error): void {
    const child = this.#child;
    this.#child = undefined;
    clearTimeout(this.#idle);
    child?.kill('SIGKILL');
    for (const { reject, timer } of this.#questions.values()) {
      clearTimeout(timer);
      reject(why);
    }
    this.#questions.clear();
  }
}

function errorOf({ failed, message }: Extract<FromOnvif, { failed: string }>): Error {
  switch (failed) {
    case 'refused':
      return new UserError(message, 'Check name and password; ONVIF may need a user of its own.', {
        code: 'invalid',
        fields: { password: message },
      });
    case 'unreachable':
      return new Unavailable(message, 5000);
    case 'input':
      return new InputError('camera', message);
  }
}
