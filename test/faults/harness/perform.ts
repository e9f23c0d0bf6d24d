/** Performs scenarios on a stage, and accounts for every frame afterwards. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, account, countDisorder, lengthOf, type NumberRange, type StoredFrame } from './ledger.ts';
import type { Mark } from './marks.ts';
import { readFiles, readFrames, readGaps } from './read-back.ts';
import type { Scenario, When } from './scenarios.ts';
import type { Stage } from './stage.ts';

/** A gap may exceed its fault by so much, and one GOP (invariant 3). */
const EXCESS_MS = 5000;
/** While the disk is full at least so much of each camera is held (invariant 5). */
const HELD_MS = 10_000;
const FRAGMENT_MS = 1000;
/** From the camera's timer to the recorder's hands, and for a write to be done. */
const TRANSIT_MS = 500;
/** All is well for so long before and after a fault. */
const CALM_MS = 2500;
/** The timeline is read so far around the performance: the clock was stepped by an hour. */
const AROUND_MS = 2 * 3_600_000;

interface Performed {
  readonly scenario: Scenario;
  readonly when: When;
  /** By the cameras' clock: what is accounted for. */
  readonly from: number;
  readonly to: number;
}

export interface Outcome {
  readonly scenario: Scenario;
  readonly faultMs: number;
  readonly cameras: number;
  readonly frames: number;
  readonly sent: number;
  readonly stored: number;
  readonly repeated: number;
  readonly lost: number;
  readonly lostSent: number;
  readonly explained: number;
  /** How much longer the longest gap is than the fault, in ms; null when there is none. */
  readonly beyondMs: number | null;
  /** The peer's, over the same cameras; null when it has no such part. */
  readonly peer: { readonly sent: number; readonly lostSent: number } | null;
  /** How long after the fault the hub answered again, where it was touched. */
  readonly backMs?: number;
  /** What is not as promised. */
  readonly wrong: readonly string[];
}

export interface Result {
  readonly outcomes: readonly Outcome[];
  /** What is wrong with the whole. */
  readonly wrong: readonly string[];
  readonly files: { readonly count: number; readonly frames: number; readonly disorder: number };
  readonly started: Date;
}

/** @param turns scenarios of one turn happen at the same time */
export async function perform(
  stage: Stage,
  turns: readonly (readonly Scenario[])[],
  say: (line: string) => void,
): Promise<Result> {
  const started = Date.now();
  await stage.recording();
  const performed: Performed[] = [];
  for (const turn of turns) {
    say(turn.map(({ title }) => title).join('; '));
    const from = Date.now();
    await sleep(CALM_MS);
    const whens = await Promise.all(turn.map((scenario) => scenario.act(stage)));
    await stage.recording();
    await sleep(CALM_MS);
    const to = Date.now();
    for (const [index, scenario] of turn.entries()) {
      const when = whens[index];
      if (when) performed.push({ scenario, when, from, to });
    }
  }
  // What is open now is shown up to its last fragment.
  await sleep(2 * FRAGMENT_MS);
  return accountFor(stage, performed, started, say);
}

async function accountFor(
  stage: Stage,
  performed: readonly Performed[],
  started: number,
  say: (line: string) => void,
): Promise<Result> {
  say('reading everything back');
  const [from, to] = [started - AROUND_MS, Date.now() + AROUND_MS];
  const api = await stage.system.api();
  const cameras = new Map<string, { stored: StoredFrame[]; gaps: Awaited<ReturnType<typeof readGaps>> }>();
  for (const name of stage.names)
    cameras.set(name, {
      stored: await readFrames(stage.system, name, 1000 / stage.line(name).place.fps, from, to),
      gaps: await readGaps(api, name, from, to),
    });
  for (const peer of stage.peers.values()) await peer.stop();
  const sent = new Map<string, { ours: NumberRange[]; damaged: ReadonlySet<number>; theirs: NumberRange[] }>();
  for (const name of stage.names) {
    const { place, mount } = stage.line(name);
    sent.set(name, {
      ours: await place.sent(mount),
      damaged: await place.damaged(mount),
      theirs: await place.sent(mount + 1),
    });
  }
  const theirs = new Map<string, Mark[]>();
  for (const [name, peer] of stage.peers) theirs.set(name, await peer.marks(1000 / stage.line(name).place.fps));
  const outcomes = performed.map((one) => {
    const accounts = (one.scenario.lines ?? stage.names).map((name) => {
      const { place } = stage.line(name);
      const { stored = [], gaps = [] } = cameras.get(name) ?? {};
      const frameMs = 1000 / place.fps;
      const window = { causes: one.scenario.causes, from: one.from, to: one.to, frameMs, reordered: place.reordered };
      const { ours: given = [], damaged = new Set<number>() } = sent.get(name) ?? {};
      const ours = account({ ...window, stored, gaps, sent: given, damaged });
      const peerStored = theirs.get(name)?.map((mark) => ({ ...mark, at: mark.sentAt }));
      const peer =
        peerStored && account({ ...window, stored: peerStored, gaps: [], sent: sent.get(name)?.theirs ?? [] });
      return { name, ours, peer, frameMs, gopMs: place.gopMs };
    });
    return outcomeOf(one, accounts);
  });
  const library = join(stage.system.data, 'library');
  const wrong: string[] = [];
  const files = { count: 0, frames: 0, disorder: 0 };
  for (const name of stage.names) {
    const found = readFiles(library, name);
    const numbers = new Set(found.flatMap(({ marks }) => marks.map(({ number }) => number)));
    const shown = new Set(cameras.get(name)?.stored.map(({ number }) => number));
    // Recording goes on while this is read: the newest frames may be in a file by now.
    const newest = Math.max(...shown);
    const hidden = [...numbers].filter((number) => number < newest && !shown.has(number));
    if (hidden.length > 0)
      wrong.push(
        `${name}: ${hidden.length} frames are in files and not on the timeline: ${hidden.slice(0, 10).join(' ')}`,
      );
    files.count += found.length;
    files.frames += numbers.size;
    files.disorder += found.reduce((sum, { marks }) => sum + countDisorder(marks), 0);
  }
  if (files.disorder > 0) wrong.push(`${files.disorder} frames stand in another order than they were sent`);
  return { outcomes, wrong, files, started: new Date(started) };
}

/** Of a peer that stored nothing at all, no frame says where its window begins: it was sent what we were sent. */
function peerOf({ ours, peer }: OneAccount): { sent: number; lostSent: number } {
  return peer === undefined || peer.stored === 0 ? { sent: ours.sent, lostSent: ours.sent } : peer;
}

interface OneAccount {
  readonly name: string;
  readonly ours: Account;
  /** Absent where none records. */
  readonly peer: Account | undefined;
  readonly frameMs: number;
  readonly gopMs: number;
}

function outcomeOf({ scenario, when }: Performed, accounts: readonly OneAccount[]): Outcome {
  const sum = (of: (one: OneAccount) => number): number => accounts.reduce((all, one) => all + of(one), 0);
  const faultMs = when.to - when.from;
  const longest = accounts.reduce((most, { ours }) => Math.max(most, ours.longestMs), 0);
  return {
    scenario,
    faultMs,
    cameras: accounts.length,
    frames: sum(({ ours }) => ours.frames),
    sent: sum(({ ours }) => ours.sent),
    stored: sum(({ ours }) => ours.stored),
    repeated: sum(({ ours }) => ours.repeated),
    lost: sum(({ ours }) => ours.lost),
    lostSent: sum(({ ours }) => ours.lostSent),
    explained: sum(({ ours }) => ours.explained),
    beyondMs: longest > 0 ? longest - faultMs : null,
    peer:
      scenario.peer === false || accounts.some(({ peer }) => peer === undefined)
        ? null
        : { sent: sum((one) => peerOf(one).sent), lostSent: sum((one) => peerOf(one).lostSent) },
    ...(when.backAt === undefined ? {} : { backMs: when.backAt - when.to }),
    wrong: [
      ...(when.wrong === undefined ? [] : [when.wrong]),
      ...accounts.flatMap((one) => wrongOf(scenario, when, one).map((what) => `${one.name}: ${what}`)),
    ],
  };
}

/** What one camera's account has that it may not have. */
function wrongOf(scenario: Scenario, when: When, { ours, frameMs, gopMs }: OneAccount): string[] {
  const wrong: string[] = [];
  if (ours.stored === 0) wrong.push('nothing is stored');
  if (ours.repeated > 0) wrong.push(`${ours.repeated} frames are shown twice`);
  if (ours.explained < ours.lost)
    wrong.push(
      `${ours.lost - ours.explained} of ${ours.lost} lost frames are not explained (${ours.otherCauses.join(', ')}): ${placesOf(ours)}`,
    );
  const beyond = ours.longestMs - (when.to - when.from) - EXCESS_MS - gopMs;
  if (beyond > 0) wrong.push(`a gap is ${Math.round(beyond)} ms longer than it may be`);
  for (const hole of ours.holes) {
    const before = when.from - hole.before.sentAt - frameMs;
    if (scenario.mayLose === 'flight' && before > TRANSIT_MS)
      wrong.push(`${Math.round(before)} ms from before the connection broke are lost`);
    if (scenario.mayLose === 'fragment' && before > FRAGMENT_MS + TRANSIT_MS)
      wrong.push(`${Math.round(before)} ms from before the kill are lost: more than a fragment`);
    if (scenario.mayLose === 'held' && when.to - hole.after.sentAt < HELD_MS)
      wrong.push(
        `held were only ${Math.round(when.to - hole.after.sentAt)} ms; the hole is ${Math.round(lengthOf(hole, frameMs))} ms`,
      );
  }
  if (scenario.mayLose === 'packets' && ours.lostWhole > 0)
    wrong.push(`${ours.lostWhole} frames that arrived whole are lost`);
  if (scenario.mayLose === 'none' && ours.lostSent > 0) wrong.push(`${ours.lostSent} frames that were sent are lost`);
  return wrong;
}

function placesOf({ holes }: Account): string {
  return holes
    .slice(0, 5)
    .map(({ before, after }) => `${before.number + 1}–${after.number - 1} (${new Date(before.at).toISOString()})`)
    .join(', ');
}
