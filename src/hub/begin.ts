/**
 * The first half of a hub's start: database server and recorders are processes of their own, and after a crash every second counts. They start
 * while this process still reads its code.
 */
import { join } from 'node:path';
import { Unavailable } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { hasLeftovers } from './children/leftovers.ts';
import { type ChildContext, recorderPlan } from './children/plans.ts';
import { Recorders } from './children/recorders.ts';
import { type Ground, takeGround } from './ground.ts';
import type { HubSettings } from './settings.ts';

/** What recorders need to know of the hub; there is none yet when they start. */
export interface RecordersHub {
  /** Cameras that are to be recorded now. */
  cameras(): number;
  /** The process of a recorder has ended. */
  recorderEnded(id: string): void;
  /** What it tells its children. */
  readonly context: ChildContext;
}

export interface BegunHub {
  /** All that was begun; whoever goes on with it closes it. */
  readonly stack: AsyncDisposableStack;
  readonly ground: Ground;
  readonly recorders: Recorders;
  /** The hub can be asked: recorders are told what they wait for. */
  answers(hub: RecordersHub): void;
}

/**
 * Resolves as soon as nothing more can be done before the hub's own code is there.
 * @throws UserError when the data folder cannot be had; nothing is left running then
 */
export async function beginHub(
  settings: Pick<HubSettings, 'data' | 'database' | 'recorders' | 'blobs'>,
  log: Log,
): Promise<BegunHub> {
  await using stack = new AsyncDisposableStack();
  const ground = await takeGround(settings, log, stack);
  const context = Promise.withResolvers<ChildContext>();
  // Whoever waits for it is told; there may be nobody.
  context.promise.catch(() => undefined);
  let hub: RecordersHub | undefined;
  const recorders = new Recorders({
    setting: settings.recorders,
    plan: (number) => recorderPlan(context.promise, (id) => hub?.recorderEnded(id), number),
    folders: ground.folders,
    log,
    cameras: () => hub?.cameras() ?? 0,
    hasLeftovers: async () =>
      (await hasLeftovers(hub?.context.libraryDir ?? null)) || (await hasLeftovers(join(settings.data, 'recorder'))),
  });
  stack.defer(async () => {
    context.reject(new Unavailable('The hub has ended.', 1000));
    await recorders.stop();
  });
  recorders.startKnown();
  await ground.launched;
  return {
    stack: stack.move(),
    ground,
    recorders,
    answers(now) {
      hub = now;
      context.resolve(now.context);
    },
  };
}
