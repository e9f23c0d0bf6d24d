/** What can be made to go wrong with one mount of the test camera. */
import { z } from 'zod';

const seconds = z.number().positive().max(3600);

export const Fault = z.discriminatedUnion('kind', [
  /** The next frames are not sent. */
  z.object({ kind: z.literal('drop'), frames: z.number().int().positive() }),
  /** Nothing is sent, connections stay open. */
  z.object({ kind: z.literal('freeze'), seconds }),
  /** All connections of the mount end with a TCP reset. */
  z.object({ kind: z.literal('reset') }),
  /** Random bytes between two packets. */
  z.object({ kind: z.literal('garbage'), bytes: z.number().int().positive().max(1_000_000) }),
  /** Every frame carries the same time. */
  z.object({ kind: z.literal('stuck'), seconds }),
  /** From now on all times are this much later (or earlier). */
  z.object({ kind: z.literal('jump'), seconds: z.number() }),
  /** This share of the RTP packets is left out. The same seed leaves out the same ones. */
  z.object({
    kind: z.literal('loss'),
    percent: z.number().min(0).max(100),
    seconds,
    seed: z.number().int().nonnegative().optional(),
  }),
  /** Datagrams only: this share of them comes up to `places` places later than it was sent. */
  z.object({
    kind: z.literal('reorder'),
    percent: z.number().min(0).max(100),
    places: z.number().int().min(1),
    seconds,
  }),
  /** Datagrams only: this share of them comes twice. */
  z.object({ kind: z.literal('duplicate'), percent: z.number().min(0).max(100), seconds }),
  /** No more than so many bytes a second; frames that wait longer than ten seconds are dropped. */
  z.object({ kind: z.literal('slow'), bytesPerSecond: z.number().positive(), seconds }),
  /** From the next frame on another file, with other parameter sets, is played: somebody has changed the camera's settings. */
  z.object({ kind: z.literal('change') }),
  /** A wrong description, until `right`. */
  z.object({
    kind: z.literal('sdp'),
    mode: z.enum(['right', 'no-parameter-sets', 'broken-parameter-sets', 'absolute-control', 'no-video', 'nonsense']),
  }),
]);
export type Fault = z.output<typeof Fault>;

/** Which frames a fault has touched, for those who count. */
export interface FaultRecord {
  readonly fault: Fault;
  /** Number of the first frame that it touched. */
  readonly from: bigint;
  /** Number of the first frame after it; undefined while it lasts. */
  readonly to: bigint | undefined;
}

/** What a description becomes under the fault `sdp`. */
export function spoilDescription(mode: Extract<Fault, { kind: 'sdp' }>['mode'], url: string): (sdp: string) => string {
  switch (mode) {
    case 'no-parameter-sets':
      return (sdp) => sdp.replace(/;? ?sprop-[a-z-]+=[^;\r\n]*/g, '');
    case 'broken-parameter-sets':
      return (sdp) => sdp.replace(/(sprop-[a-z-]+=)[^;\r\n]*/g, '$1Z2FyYmFnZQ==,AAAA,!!!');
    case 'absolute-control':
      return (sdp) => sdp.replace('a=control:track=', `a=control:${url}/track=`);
    case 'no-video':
      return (sdp) => sdp.replace(/m=video[\s\S]*?(?=m=|$)/, '');
    case 'nonsense':
      return () => 'this is not a description\r\n';
    case 'right':
      return (sdp) => sdp;
  }
}

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Puts a share of the packets up to `places` places later. */
export function reordered(
  packets: readonly Buffer[],
  percent: number,
  places: number,
  random: () => number,
): readonly Buffer[] {
  return packets
    .map((packet, i) => ({ packet, at: random() * 100 < percent ? i + 0.5 + Math.floor(random() * places) + 0.5 : i }))
    .sort((a, b) => a.at - b.at)
    .map(({ packet }) => packet);
}
