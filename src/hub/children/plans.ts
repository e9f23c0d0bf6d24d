/**
 * The children of a hub on one machine: a recorder, a worker, and the demo camera. They speak the same protocol as those on other machines.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { entry } from '../../base/entry.ts';
import type { TokenScope } from '../../contract/account.ts';
import { recorderEnvironment, recorderExecArgv } from '../../sources/camera/recorder/exec-argv.ts';
import type { ChildPlan } from './child.ts';

export interface ChildContext {
  /** The data folder. */
  readonly data: string;
  /** How a process on this machine reaches the hub. */
  readonly hub: string;
  /** Root of the library where it is a folder. */
  readonly libraryDir: string | null;
  /** A fresh token for one of them; the one before stops working. */
  token(name: string, scope: TokenScope): Promise<string>;
}

/**
 * @param ready what it is told, as soon as the hub can be asked
 * @param onEnd its process has ended
 * @param number 1, 2, 3 …: the first has no number in its name
 */
export function recorderPlan(ready: Promise<ChildContext>, onEnd: (id: string) => void, number = 1): ChildPlan {
  const role = number === 1 ? 'recorder' : `recorder-${number}`;
  return {
    role,
    onEnd,
    entry: entry(import.meta.url, '../../sources/camera/recorder.main'),
    execArgv: recorderExecArgv,
    env: recorderEnvironment,
    hello: async (id) => {
      const context = await ready;
      return {
        hub: context.hub,
        token: await context.token(`this machine's ${role.replace('-', ' ')}`, 'recorder'),
        id,
        libraryDir: context.libraryDir,
        spoolDir: join(context.data, 'recorder'),
        logFile: join(context.data, 'logs', `${role}.log`),
        capacity: 1000,
      };
    },
  };
}

export function workerPlan(context: ChildContext): ChildPlan {
  return {
    role: 'worker',
    entry: entry(import.meta.url, '../../jobs/worker.main'),
    hello: async (id) => ({
      hub: context.hub,
      token: await context.token("this machine's worker", 'worker'),
      id,
      scratchDir: join(context.data, 'worker'),
      logFile: join(context.data, 'logs', 'worker.log'),
    }),
  };
}

const DemoReady = z.object({ ready: z.literal(true), url: z.string() });

/** @param onAddress told where its stream is, each time that it has started */
export function demoPlan(context: Pick<ChildContext, 'data'>, onAddress: (url: string) => Promise<void>): ChildPlan {
  return {
    role: 'demo',
    entry: entry(import.meta.url, '../../sources/camera/demo.main'),
    hello: async (_id, lastSaid) => {
      const last = DemoReady.safeParse(lastSaid);
      // The same port again, so that the camera's address stays.
      return {
        logFile: join(context.data, 'logs', 'demo.log'),
        port: last.success ? Number(new URL(last.data.url).port) : 0,
      };
    },
    answers: true,
    onReady: async (_id, said) => onAddress(DemoReady.parse(said).url),
  };
}
