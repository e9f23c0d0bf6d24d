/**
 * `vidette clip https://osu.ppy.sh/scores/…`: a hub that may ask osu! brings the replay and makes the video; this command asks, waits and downloads.
 */
import { openAsBlob } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { pathOf } from '../contract/client.ts';
import type { AskedClip } from '../contract/clip.ts';
import { ReplayAdded } from '../contract/replay.ts';
import { routes } from '../contract/routes.ts';
import { OSU_SERVER, scoreLink } from '../contract/score.ts';
import { Problem } from '../contract/system.ts';
import { refuseExisting } from '../media/finished-file.ts';
import { HUD_PARTS } from '../sources/osu/scene/options.ts';
import type { ClipOptions, MadeClip } from './clip.ts';
import { part, presetOf, sceneOf } from './clip-replay.ts';
import { bringClip } from './hub-clip.ts';
import { findHub, type OwnHub } from './own-hub.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, say, untilAsked } from './terminal.ts';

/** Also what is another page of osu!: it is said so, instead of looked for as a file. */
export const looksLikeScore = (what: string): boolean =>
  scoreLink(what) !== undefined || URL.parse(what)?.origin === OSU_SERVER;

/** @param more links of a knock-out */
export async function clipScore(what: string, options: ClipOptions, more: readonly string[] = []): Promise<MadeClip> {
  const links = [what, ...more, ...(options.versus ?? [])];
  const stray = links.find((link) => scoreLink(link) === undefined);
  if (stray !== undefined)
    throw new UserError(
      `${stray} is no link of a score.`,
      `It looks like ${OSU_SERVER}/scores/4459998279. Give links alone, or files alone.`,
      { code: 'usage' },
    );
  for (const [name, value] of [
    ['--songs', options.songs],
    ['--master', options.master],
  ])
    if (value !== undefined)
      throw new UserError(
        `${name} does not go with a link: a hub makes the clip.`,
        'Give the set as --beatmap set.osz.',
        {
          code: 'usage',
        },
      );
  const request = requestOf(links, options);
  if (options.out !== undefined) await refuseExisting(resolve(options.out), options.force ?? false);
  const signal = untilAsked();
  const hub = { current: await findHub().catch((error: unknown) => Promise.reject(noHub(error))) };
  const bar = progressLine(options.json ?? false);
  try {
    if (options.beatmap !== undefined) await drop(hub.current, options.beatmap, '.osz', signal);
    const skin = options.skin === undefined ? undefined : (await drop(hub.current, options.skin, '.osk', signal)).skin;
    for (const link of links) {
      const added = await hub.current.client.call(routes.addScore, { body: { link } }, { signal });
      if (!added.known) say(`${added.name} is on the shelf of the hub.`);
    }
    const body = { ...request, replay: { ...request.replay, ...(skin === undefined ? {} : { skin }) } };
    const asked = await hub.current.client.call(routes.createClip, { body }, { signal });
    return await bringClip(asked, hub, options, signal, (done, stage) => bar.update(done, stage));
  } finally {
    bar.end();
  }
}

function noHub(error: unknown): unknown {
  if (!(error instanceof UserError && error.code === 'no-hub')) return error;
  return new UserError('A score is brought by a hub, and none is running here.', error.remedy, {
    code: error.code,
    cause: error,
  });
}

function requestOf(sources: readonly string[], options: ClipOptions): AskedClip {
  const { width, height, fps, hud, range, highlight, ...scene } = sceneOf(options);
  const { dim, skipIntro, resultScreen, storyboard, video, scrollSpeed } = scene;
  const maxBytes = mostBytes(options);
  return {
    sources: [...sources],
    ranges: range
      ? [{ start: range.start, ...(options.length === undefined ? { end: 40_000 } : { end: range.end }) }]
      : [],
    ...(options.title === undefined ? {} : { overlays: { title: options.title } }),
    replay: {
      look: {
        hide: HUD_PARTS.filter((name) => !hud.includes(name)),
        ...{ dim, skipIntro, resultScreen, storyboard, video, scrollSpeed },
      },
      sound: {
        musicVolume: part(options.musicVolume, 70, '--music-volume'),
        hitVolume: part(options.hitVolume, 60, '--hit-volume'),
        offset: options.offset ?? 0,
      },
      highlight: highlight ?? null,
      knockout: options.knockout ?? false,
      preset: presetOf(options.preset),
    },
    limits: {
      ...{ width, height, fps },
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(options.quality === undefined ? {} : { quality: options.quality }),
    },
    sound: options.mute ? 'mute' : 'keep',
  };
}

/** Brings a file to the hub’s shelf. @throws UserError when it is not of that ending, or the hub does not take it */
async function drop(hub: OwnHub, path: string, ending: '.osz' | '.osk', signal: AbortSignal): Promise<ReplayAdded> {
  if (extname(path).toLowerCase() !== ending)
    throw new UserError(`A hub takes ${ending} files, and ${path} is none.`, 'Name the file itself.', {
      code: 'usage',
    });
  const file = await openAsBlob(path).catch((cause: unknown) => {
    throw new UserError(`There is no file ${path}.`, `Name a file that ends in ${ending}.`, {
      code: 'not-found',
      cause,
    });
  });
  const answer = await fetch(hub.base + pathOf(routes.addReplayFile, {}, { name: basename(path) }), {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/octet-stream' },
    body: file,
    signal,
  });
  const said: unknown = await answer.json();
  if (answer.ok) return ReplayAdded.parse(said);
  const problem = Problem.parse(said);
  throw new UserError(problem.message, problem.remedy ?? '', { code: problem.error });
}
