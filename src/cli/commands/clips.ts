/** Commands that make a clip of anything, and say what a file is. Each is loaded only when it is asked for. */
import { type Command, Option } from 'commander';
import { collect, examples, positive, wholeNumber } from './values.ts';

export function addClips(program: Command): void {
  program
    .command('clip')
    .description(
      'Cut a clip out of a video file, a car’s footage, a drive of openpilot, a replay of osu!, or — by a hub — a score of osu! or a camera',
    )
    .argument(
      '<file|folder|route|camera>',
      'a file; a replay (.osr), or the link of a score (https://osu.ppy.sh/scores/…); a car’s event, TeslaCam folder, stick or image; a route or an address of it (connect.comma.ai …); or the name of a camera',
    )
    .argument('[replays...]', 'the others of a --knockout')
    .option(
      '-s, --start <time>',
      'file, drive, event: 90, 1:30 or 0:01:30.5 — car: also "2026-03-01 17:03:05" by its clock — camera: 2026-11-21T18:05:00Z, or -5m for five minutes ago',
    )
    .option('-l, --length <time>', 'how long: 10, 1:30')
    .option('-m, --max <MB>', 'never larger than this many MB (of 1,000,000 bytes)', positive)
    .option('-o, --out <file>', 'where to; by default a name that says source and time')
    .option('--title <text>', 'shown at the top')
    .option('--clock', 'burn date and time into the picture')
    .option('--height <pixels>', 'at most this high', wholeNumber)
    .option('--mute', 'without sound')
    .option('--master <file.mkv>', 'also write a lossless master (from a file or a drive)')
    .option('--force', 'overwrite')
    .option('--json', 'for programs')
    .option('--speed <times>', 'of a car or drive: so many times faster; the sound goes along', positive)
    .option('--units <units>', 'of a car or drive: metric or imperial; auto: as the car of a drive was set')
    .option(
      '--quality <CRF>',
      'of a car, drive or replay, where no size is given: 10 (large) to 40; 18 by default, of a replay 23',
      positive,
    )
    .option(
      '--size <size>',
      'car: at most this, e.g. 1920x1080 — replay: this, 1280x720 by default — drive: 1440x720, 2160x1080, or camera: its own',
    )
    .optionsGroup('Of a car’s footage:')
    .option(
      '--event <name>',
      'of a TeslaCam folder, stick or image: the event’s folder, e.g. 2026-03-01_17-02-44, or latest',
    )
    .option(
      '--layout <layout>',
      'main (all there is), single, front+repeaters, 2x2, six, trigger (front, then the camera that triggered the event), or a camera’s name',
    )
    .option('--camera <camera>', 'the one of layout single: front, back, left_repeater …')
    .option('--width <pixels>', 'at most this wide', wholeNumber)
    .option('--no-telemetry', 'without the bar of speed, gear, wheel, pedals, blinkers and autopilot')
    .option('--no-stamp', 'without time and place')
    .option('--strip-place', 'without coordinates, city and street')
    .option(
      '--key <file>',
      'a key file of an encrypted clip (CLIP.mp4.rawkey.json); one beside a clip is found by itself',
    )
    .option('--keys <folder>', 'a folder of key files')
    .optionsGroup('Of drives:')
    .option(
      '--data <folder>',
      'the drive is in this folder: realdata of a device (also ssh://comma@192.0.2.3), downloads, a folder for each minute',
    )
    .option(
      '--range <from-to>',
      'a part, e.g. 90-120 or 1:30-2:00; may be given again for more parts in a row',
      collect,
    )
    .option('--mode <mode>', 'ui, forward, wide, driver, stacked, pip, or 360 (all around)')
    .option('--look <look>', 'now, or 2022')
    .option('--wide <when>', 'in modes ui and pip, the wide camera: never, auto (as openpilot does) or always')
    .option('--inset <camera>', 'in mode pip, the small picture: driver or wide')
    .option('--stack <order>', 'in mode stacked: forward-first or wide-first')
    .option('--files <which>', 'best of what is there, full (or an error), or low: the small files', 'best')
    .option('--longest <time>', 'a clip of more than two hours is taken for a mistake; this much is none')
    .option('--details', 'car and version of openpilot in the first seconds')
    .option('--no-route', 'do not show the route')
    .option('--no-timer', 'do not show the running time')
    .option('--private', 'neither route nor device, in the picture or the name of the file')
    .option('--tag', 'write the route into the file’s metadata, which holds nothing of it else')
    .option(
      '--server <server>',
      'comma, konik, asius, or the address of an API; by default what the address says, or comma',
    )
    .option(
      '--token-file <file>',
      'its first line is your token for that server; or set VIDETTE_COMMA_TOKEN, or use vidette login comma',
    )
    .optionsGroup('Of replays of osu!:')
    .option('--beatmap <map>', 'the map that was played: its set (.osz), its folder, or the .osu file')
    .option('--songs <folder>', 'the Songs folder of a game, in which the map is looked for')
    .option('--skin <skin>', 'pictures, colours and sounds of this skin (.osk, or its folder)')
    .option('--fps <number>', '60 by default', wholeNumber)
    .option('--preset <preset>', 'draft, normal or best')
    .option('--dim <percent>', 'how much of the background is taken away; 80', Number)
    .option(
      '--hide <parts>',
      'score, combo, accuracy, hp, mods, grade, keys, errors, strains, counter, pp, leaderboard, with commas, or all',
    )
    .option(
      '--versus <file>',
      'another replay of the map, or a list of scores (.json), for the list at the side; may be given again',
      collect,
    )
    .option('--knockout', 'of several replays of one map, all at once: at a break of the combo one falls out')
    .option('--highlight <time>', 'the best part alone, by difficulty, combo and misses: 10 to 60 seconds')
    .option('--skip-intro', 'begin just before the first object')
    .option('--scroll-speed <number>', 'of osu!mania: 1 (slow) to 40; 20', Number)
    .option('--no-results', 'without the panel at the end')
    .option('--no-storyboard', 'without the storyboard of the map')
    .option('--no-video', "without the map's video behind it")
    .option('--no-map-colours', 'colours of combos of the skin, also where the map has some')
    .option('--map-skin', "pictures of the map, where it has some, before the skin's")
    .option('--no-map-sounds', 'hit sounds of the skin, also where the map has some')
    .option('--offset <ms>', 'the music later by so much, or earlier where it is negative', Number)
    .option('--music-volume <percent>', '70', Number)
    .option('--hit-volume <percent>', '60', Number)
    .addOption(new Option('--api <server>', 'as --server').hideHelp())
    .option('-j, --jwt <token>', 'for old habits, not advised: every user of this machine can read arguments')
    .addHelpText(
      'after',
      `
A car’s clip without -s is around what triggered the event, 30 s long unless -l says otherwise. Where a camera has no footage that is shown as a gap.
Public drives need no token. What comes from a server is kept in a cache of at most 10 GB (VIDETTE_CACHE_BYTES).
${examples(
  'vidette clip drive.mp4 -s 1:30 -l 20 -m 8',
  'vidette clip drive.mp4 -s 90 -l 20 -o best.mp4 --master best.mkv',
  "vidette clip 'Front door' -s -5m -l 30 -m 10 --clock",
  'vidette clip TeslaCam/SentryClips/2026-03-01_17-02-44 -l 30 -m 8 -o clip.mp4',
  'vidette clip /media/stick --event latest --layout trigger --strip-place -m 8',
  'vidette clip TeslaCam/RecentClips -s "2026-03-01 17:03:05" -l 60 --layout front+repeaters',
  "vidette clip '071ba9916a1da2fa|2022-09-04--11-15-52' -s 180 -l 30 -m 7.8 -o clip.mp4",
  'vidette clip https://connect.comma.ai/a2a0ccea32023010/2023-07-27--13-01-19/90/105 -m 10 --look 2022',
  'vidette clip replay.osr --beatmap set.osz -o replay.mp4',
  'vidette clip replay.osr --songs ~/osu/Songs --size 1080x1920 -m 8 --highlight 30',
  'vidette clip https://osu.ppy.sh/scores/4459998279 --beatmap set.osz -m 8',
  'vidette clip --knockout a.osr b.osr c.osr --beatmap set.osz',
  'vidette clip 0000002c--d68dde99ca --data /data/media/0/realdata --range 90-118 --range 3:00-3:20 --mode stacked',
)}`,
    )
    .action(async (what, more, { api, ...options }) => {
      // Of a drive the other process is started first: both load their modules at the same time.
      const started = (await import('../start-render.ts')).startRenderOf(what, options);
      const { clip } = await import('../clip.ts');
      await clip(what, { ...(api === undefined ? {} : { server: api }), ...options }, more, started);
    });

  program
    .command('inspect')
    .description(
      'Say what a file is, and what Vidette reads in it; of a folder with an openpilot drive, what happened; of an osu! replay, the play judged',
    )
    .argument('<file>')
    .option(
      '--key <file>',
      'a key file of an encrypted clip (CLIP.mp4.rawkey.json); one beside the clip is found by itself',
    )
    .option('--keys <folder>', 'a folder of key files')
    .option('--beatmap <path>', 'of an osu! replay: its map, as .osu, .osz or a folder')
    .option('--songs <folder>', 'of an osu! replay: look for its map in the Songs folder of osu!')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples(
        'vidette inspect 18-05-00.000Z-….mp4',
        'vidette inspect drive.mkv --json',
        'vidette inspect rlog.zst',
        'vidette inspect realdata/0000002c--d68dde99ca',
        'vidette inspect realdata/0000002c--d68dde99ca--1',
        'vidette inspect replay.osr --beatmap set.osz',
      ),
    )
    .action(async (file, options) => (await import('../inspect.ts')).inspect(file, options));
}
