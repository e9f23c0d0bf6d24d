/**
 * Clips of replays: the files lie in the library, and their URLs are signed when a worker takes the job.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { isUuid } from '../../catalog/connection.ts';
import { getReplay, type ReplaySeen } from '../../catalog/replays.ts';
import type { Database, ReplayFileRow } from '../../catalog/tables.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { ReplayOptions } from '../../contract/replay.ts';
import { scoreLink } from '../../contract/score.ts';
import { DRAWING_VERSION } from '../../sources/osu/clip/replay-clip.ts';
import { INPUTS, otherInput, planReplay, type ReplayRange, wrong } from '../../sources/osu/plan.ts';
import { whyApart } from '../../sources/osu/together.ts';
import type { Accepted, ClipKind, Named, Planning } from '../clips/kind.ts';
import { type JobPayload, payloadOf } from '../clips/payload.ts';
import { offsetOf } from '../clips/ranges.ts';
import { clipFiles, GONE } from './clip-files.ts';
import { replayOf, togetherOf } from './rows.ts';
import type { Scores } from './scores.ts';
import { keyOf, type Shelf } from './shelf.ts';

export interface ReplayKindOptions {
  readonly db: Kysely<Database>;
  readonly shelf: Pick<Shelf, 'settings' | 'used'>;
  readonly scores: Pick<Scores, 'bring'>;
}

const Plan = z.object({
  replay: z.uuid(),
  others: z.array(z.uuid()).default([]),
  /** Of jobs from before there was a usual one: absent. */
  skin: z.uuid().nullable().optional(),
  range: z.object({ start: z.number(), end: z.number() }).nullable(),
});
/** To the end, where only a start is said. */
const END = 40_000;
const LONGEST_TITLE = 150;

export function replayKind({ db, shelf, scores }: ReplayKindOptions): ClipKind {
  return {
    kind: 'osu',
    noun: 'a replay',

    async find(name, asker): Promise<Named | undefined> {
      // A score is brought to the shelf first, where the replay waits for its map if that is not here.
      const id = scoreLink(name) ? (await scores.bring(name, { name: null, id: asker })).replays[0] : name;
      const row = isUuid(id ?? '') ? await getReplay(db, id ?? '') : undefined;
      return row && { id: row.id, name: row.name };
    },

    async accept(request, sources): Promise<Accepted> {
      const [source, ...more] = sources;
      const row = source && (await getReplay(db, source.id));
      if (!row) throw new UserError(GONE, 'See the list of replays.', { code: 'not-found' });
      // What cannot be is said at once, not by a clip that fails.
      const options = request.replay ?? ReplayOptions.parse({});
      const alone = more.length === 0 ? whyApart(togetherOf(row), [], options.knockout) : undefined;
      if (alone) throw wrong('replay.knockout', alone.message, alone.remedy);
      const files = await clipFiles(
        { db, shelf },
        row,
        more.map(({ id }) => id),
        options,
      );
      const range = rangeOf(request);
      planReplay(request, { replay: row.name, set: files.set.name }, range, files);
      const others = files.others.map(({ id }) => id);
      return { plan: { replay: row.id, others, range, skin: files.skin?.id ?? null }, title: titleOf(row) };
    },

    async plan(clip, given): Promise<Planning> {
      const { replay: id, others: otherIds, range, skin: chosen } = Plan.parse(given);
      const row = await getReplay(db, id);
      if (!row) return { state: 'failed', error: GONE };
      const request = ClipRequest.parse(clip.request);
      const options = request.replay ?? ReplayOptions.parse({});
      // The usual skin may be another by now: it is the one of when it was asked for.
      const skinNow = chosen === undefined ? options : { ...options, skin: chosen };
      const files = await clipFiles({ db, shelf }, row, otherIds, skinNow);
      const { set, skin, others } = files;
      const params = planReplay(request, { replay: row.name, set: set.name }, range, files);
      const inputs = [
        inputOf(INPUTS.replay, row),
        inputOf(INPUTS.set, set),
        ...others.map((other, index) => inputOf(otherInput(index), other)),
        ...(skin ? [inputOf(INPUTS.skin, skin)] : []),
      ];
      const content = [{ drawing: DRAWING_VERSION }, ...inputs.map(({ name, sha256 }) => ({ name, sha256 }))];
      const payload: JobPayload = payloadOf({
        kind: 'osu',
        ...{ params, inputs, content },
        limits: request.limits,
        fileName: `${fileNameOf(titleOf(row))}.mp4`,
      });
      return { state: 'ready', payload, seconds: replayOf(row).length };
    },
  };
}

function rangeOf({ ranges, replay }: Pick<ClipRequest, 'ranges' | 'replay'>): ReplayRange | null {
  const [range, ...more] = ranges;
  if (!range) return null;
  if (replay?.highlight != null)
    throw wrong(
      'replay.highlight',
      'The best part is found by itself.',
      'Leave out either the highlight or the range.',
    );
  if (more.length > 0) throw wrong('ranges', 'A clip of a replay has one range.', 'Make one clip of each.');
  const start = offsetOf(range.start);
  const end = range.end === undefined ? (start ?? 0) + (range.length ?? END) : offsetOf(range.end);
  if (start === undefined || end === undefined)
    throw wrong('ranges', 'A replay has no time of day.', 'Count from its start: 90, or 1:30.');
  if (end <= start) throw wrong('ranges', 'The range ends before it begins.', 'Choose a later end.');
  return { start, end: Math.min(END, end) };
}

function inputOf(name: string, row: ReplayFileRow) {
  return { name, key: keyOf(row), bytes: row.bytes, sha256: row.sha256.toString('hex') };
}

function titleOf(row: ReplaySeen): string {
  const { player, map, mods, mapHint, name } = replayOf(row);
  const what = map ? `${map.artist} – ${map.title} [${map.difficulty}]` : (mapHint ?? name.replace(/\.osr$/i, ''));
  return [player, what, ...(mods === '' ? [] : [`+${mods}`])].join(' · ').slice(0, LONGEST_TITLE);
}

/** As any file system takes it. */
function fileNameOf(title: string): string {
  return (
    title
      .replaceAll(' · ', ', ')
      .replace(/[/\\:*?"<>|]/g, '')
      .trim() || 'replay'
  );
}
