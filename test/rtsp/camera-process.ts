/** The test camera in a process of its own, where a test must not share its event loop. */
import { fork } from 'node:child_process';
import { entry } from '../../src/base/entry.ts';
import type { FixtureName } from '../fixtures/video.ts';
import type { FrameRange } from './camera.ts';
import type { Fault } from './faults.ts';

export interface CameraState {
  readonly cpuMicros: number;
  readonly cameras: readonly {
    readonly nextFrame: bigint;
    readonly sent: readonly FrameRange[];
    /** Numbers of the frames that were sent with packets left out. */
    readonly damaged: readonly number[];
    readonly clients: number;
    readonly history: readonly { readonly fault: Fault; readonly from: bigint; readonly to: bigint | undefined }[];
  }[];
}

export interface CameraProcess {
  readonly pid: number;
  readonly urls: readonly string[];
  fault(fault: Fault, camera?: number): Promise<void>;
  heal(camera?: number): Promise<void>;
  state(): Promise<CameraState>;
  stop(): Promise<void>;
}

export async function startCameraProcess(options: {
  fixture: FixtureName;
  cameras?: number;
  stagger?: boolean;
  /** 0, or absent: any free one. */
  port?: number;
  alternative?: FixtureName;
  firstNumber?: bigint;
  /** What it does not name is refused with 461. */
  transports?: readonly ('tcp' | 'udp')[];
}): Promise<CameraProcess> {
  const args = ['--fixture', options.fixture, '--cameras', String(options.cameras ?? 1)];
  if (options.stagger) args.push('--stagger');
  if (options.port !== undefined) args.push('--port', String(options.port));
  if (options.alternative !== undefined) args.push('--alternative', options.alternative);
  if (options.firstNumber !== undefined) args.push('--first-number', String(options.firstNumber));
  if (options.transports) args.push('--transports', options.transports.join(','));
  const child = fork(entry(import.meta.url, './camera.main'), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = await new Promise<{ urls: string[]; control: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { urls: string[]; control: string }));
    child.once('exit', (code) => reject(new Error(`the test camera ended (${code})`)));
  });
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(ready.control + path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  };
  return {
    pid: child.pid ?? 0,
    urls: ready.urls,
    fault: (fault, camera = 0) => post('/fault', { camera, fault }),
    heal: (camera = 0) => post('/heal', { camera }),
    async state() {
      const text = await (await fetch(`${ready.control}/state`)).text();
      return JSON.parse(text, (key, value: unknown) =>
        ['nextFrame', 'from', 'to'].includes(key) ? BigInt(String(value)) : value,
      ) as CameraState;
    },
    async stop() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
