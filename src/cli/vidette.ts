/**
 * `vidette`: the list of commands. Each is loaded only when it is asked for.
 */
import { Command, CommanderError, Option } from 'commander';
import { UserError } from '../base/errors.ts';
import { refuseSecrets } from './secrets.ts';
import { explain } from './terminal.ts';
import { version } from './version.ts';

const program = new Command('vidette')
  .description('Records, keeps, clips and shares video from anything that can be watched.')
  .version(version())
  .showHelpAfterError('Run it with --help for examples.')
  .exitOverride();

program
  .command('serve')
  .description('Start the hub, with a recorder and a worker on this machine')
  .option('--camera <address...>', 'record this camera too, e.g. rtsp://192.0.2.10/stream1')
  .option('--no-demo', 'do not make the demo camera')
  .addHelpText(
    'after',
    examples(
      'vidette serve',
      'vidette serve --camera rtsp://192.0.2.10:554/stream1',
      'VIDETTE_HOST=0.0.0.0 vidette serve',
    ),
  )
  .action(async (options) => (await import('./serve.ts')).serve(options));

program
  .command('record')
  .description('Record for a hub on another machine; its token is read from VIDETTE_TOKEN')
  .requiredOption('--hub <address>', 'where the hub is')
  .option('--spool <folder>', 'where footage waits until the hub has it', './data/recorder')
  .option('--capacity <cameras>', 'most cameras to hold', wholeNumber, 64)
  .addHelpText('after', examples('VIDETTE_TOKEN=… vidette record --hub https://cameras.example.org'))
  .action(async (options) => (await import('./record.ts')).record(options));

program
  .command('work')
  .description('Render clips for a hub on another machine; its token is read from VIDETTE_TOKEN')
  .requiredOption('--hub <address>', 'where the hub is')
  .option('--scratch <folder>', 'where work in progress lies', './data/worker')
  .addHelpText('after', examples('VIDETTE_TOKEN=… vidette work --hub https://cameras.example.org'))
  .action(async (options) => (await import('./work.ts')).work(options));

program
  .command('login')
  .description('Print a new sign-in link for the hub on this machine; or sign in at a server that has your drives')
  .argument('[account]', 'comma, konik or asius: asks for your token there, checks it and stores it for you alone')
  .option('--role <role>', 'of the link: admin or viewer', 'admin')
  .option('--server <address>', 'of the account: another API of comma’s shape, e.g. https://api.example.org')
  .option('--token-file <file>', 'of the account: its first line is the token')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    examples(
      'vidette login',
      'vidette login --role viewer',
      'vidette login comma',
      'vidette login comma --server https://api.example.org < token.txt',
    ),
  )
  .action(async (account, options) =>
    account === undefined
      ? (await import('./login.ts')).login(options)
      : (await import('./login-comma.ts')).loginComma(account, options),
  );

program
  .command('logout')
  .description('Remove the stored token of a server that has your drives')
  .argument('<account>', 'comma, konik or asius')
  .option('--server <address>', 'another API of comma’s shape')
  .addHelpText('after', examples('vidette logout comma'))
  .action(async (account, options) => (await import('./login-comma.ts')).logoutComma(account, options));

program
  .command('stats')
  .description('Everything at a glance: health, cameras, coverage, storage and how long it lasts')
  .option('--json', 'for programs')
  .addHelpText('after', examples('vidette stats', 'vidette stats --json | jq .storage.daysLeft'))
  .action(async (options) => (await import('./stats.ts')).stats(options));

const camera = program
  .command('camera')
  .description('The cameras of a hub: list, try, add, change, remove, find, move');
const cameraSettings = (command: Command): Command =>
  command
    .option('--sub <address>', 'a second, smaller stream for grids and phones, or none')
    .option('--record-sub <yes|no>', 'record the second stream too; else it is read only while somebody watches')
    .option('--transport <way>', 'auto, tcp, udp or http')
    .option('--reader <reader>', 'auto, rtsp (our own) or ffmpeg')
    .option('--sound <sound>', 'keep or none')
    .option('--latest <pictures>', 'pictures kept ready although nobody asks: off, key (each key frame) or every')
    .option('--days <days>', 'keep footage for so many days, or none')
    .option('--bytes <bytes>', 'keep at most so many bytes, or none')
    .option('--moment-days <days>', 'keep bookmarks and other moments for so many days, or none: as all else')
    .option('--archive-after <days>', 'move footage that is older to the archive, where there is one, or none')
    .option('--alert-after <seconds>', 'say so when nothing new has come for so long; 0: never')
    .option('--onvif <address>', 'the camera’s ONVIF service, for moving it, or none')
    .option('--json', 'for programs');
camera
  .command('list', { isDefault: true })
  .description('All cameras and how they are doing')
  .option('--json', 'for programs')
  .action(async (options) => (await import('./camera.ts')).listCameras(options));
camera
  .command('show')
  .description('One camera, whole, as JSON')
  .argument('<camera>', 'name or id')
  .action(async (name) => (await import('./camera.ts')).showCamera(name));
cameraSettings(
  camera
    .command('add')
    .description('Add a camera; name and password are read from VIDETTE_CAMERA_USER and VIDETTE_CAMERA_PASSWORD')
    .argument('<name>')
    .argument('<address>', 'rtsp://192.0.2.10/stream1'),
)
  .addHelpText(
    'after',
    examples(
      "VIDETTE_CAMERA_USER=viewer VIDETTE_CAMERA_PASSWORD=… vidette camera add 'Front door' rtsp://192.0.2.10/stream1",
    ),
  )
  .action(async (name, url, options) => (await import('./camera.ts')).addCamera(name, url, options));
cameraSettings(
  camera
    .command('change')
    .description('Change a camera; what is not named stays')
    .argument('<camera>', 'name or id')
    .option('--name <name>', 'another name')
    .option('--url <address>', 'another address'),
).action(async (name, options) => (await import('./camera.ts')).changeCamera(name, options));
for (const [word, enabled] of [
  ['enable', true],
  ['disable', false],
] as const)
  camera
    .command(word)
    .description(enabled ? 'Record it' : 'Do not record it; what is there stays')
    .argument('<camera>', 'name or id')
    .action(async (name) => (await import('./camera.ts')).switchCamera(name, enabled));
camera
  .command('remove')
  .description('Remove a camera; its footage is kept unless told otherwise')
  .argument('<camera>', 'name or id')
  .option('--delete-footage', 'delete what it has recorded')
  .action(async (name, options) => (await import('./camera.ts')).removeCamera(name, options));
camera
  .command('test')
  .description('Read a camera or an address for some seconds: what comes, and what could be better')
  .argument('<camera|address>')
  .option('--picture <file.jpg>', 'write a picture of it')
  .option('--json', 'for programs')
  .action(async (what, options) => (await import('./camera.ts')).testCamera(what, options));
camera
  .command('find')
  .description('Cameras in the hub’s network that answer an ONVIF search')
  .option('--json', 'for programs')
  .action(async (options) => (await import('./camera.ts')).findCameras(options));
camera
  .command('streams')
  .description('The streams that a camera offers by ONVIF')
  .argument('<address>', '192.0.2.10, or its ONVIF service')
  .option('--json', 'for programs')
  .action(async (address, options) => (await import('./camera.ts')).cameraStreams(address, options));
camera
  .command('move')
  .description('Move a camera: left, right, up, down, in, out, stop, home, or a preset by its id')
  .argument('<camera>', 'name or id')
  .argument('<how>')
  .option('--for <seconds>', 'how long; 0.5 by default')
  .action(async (name, how, options) => (await import('./camera.ts')).moveCamera(name, how, options));

const moment = program.command('moment').description('Bookmarks and other moments: their footage is kept longer');
const ranged = (command: Command): Command =>
  command
    .argument('<camera>', 'name or id')
    .requiredOption('--from <time>', '2026-11-21T18:05:00Z, or -5m for five minutes ago')
    .option('--track <track>', 'of this stream only')
    .option('--json', 'for programs');
moment
  .command('list')
  .description('What is marked')
  .argument('<camera>', 'name or id')
  .option('--from <time>', 'from when on', '-7d')
  .option('--to <time>', 'until when', 'now')
  .option('--kind <kind>', 'of this kind only, e.g. bookmark')
  .option('--json', 'for programs')
  .action(async (camera, options) => (await import('./kept.ts')).listMoments(camera, options));
ranged(moment.command('add').description('Set a bookmark'))
  .option('--to <time>', 'its end; at most a day later')
  .option('--label <text>', 'what it is')
  .option('--kind <kind>', 'bookmark unless said otherwise')
  .addHelpText('after', examples("vidette moment add 'Front door' --from -10m --to -5m --label 'the parcel'"))
  .action(async (camera, options) => (await import('./kept.ts')).addMoment(camera, options));
moment
  .command('remove')
  .description('Remove a mark, not its footage')
  .argument('<camera>', 'name or id')
  .argument('<moment>', 'its id, see vidette moment list')
  .action(async (camera, id) => (await import('./kept.ts')).removeMoment(camera, id));

const protection = program
  .command('protect')
  .description('Ranges that no limit removes: not age, size nor a full disk');
protection
  .command('list')
  .description('What is protected')
  .argument('<camera>', 'name or id')
  .option('--json', 'for programs')
  .action(async (camera, options) => (await import('./kept.ts')).listProtections(camera, options));
ranged(protection.command('add').description('Protect a range; it may end in the future'))
  .requiredOption('--to <time>', 'its end')
  .option('--note <text>', 'why')
  .addHelpText('after', examples("vidette protect add 'Front door' --from -2h --to now --note 'for the insurance'"))
  .action(async (camera, options) => (await import('./kept.ts')).protect(camera, options));
protection
  .command('remove')
  .description('Protect a range no more')
  .argument('<camera>', 'name or id')
  .argument('<protection>', 'its id, see vidette protect list')
  .action(async (camera, id) => (await import('./kept.ts')).unprotect(camera, id));

const archive = program.command('archive').description('Where old footage goes, and what is moving there');
archive
  .command('show', { isDefault: true })
  .description('Both libraries, their room, and what moves between them')
  .option('--json', 'for programs')
  .action(async (options) => (await import('./archive.ts')).showArchive(options));
archive
  .command('set')
  .description(
    'Choose the archive; the keys of a bucket are read from VIDETTE_ARCHIVE_ACCESS_KEY and VIDETTE_ARCHIVE_SECRET_KEY',
  )
  .argument('<where>', 'an absolute folder, or s3://bucket/prefix')
  .option('--endpoint <address>', 'of the bucket, where it is not Amazon’s')
  .option('--region <region>', 'of the bucket')
  .option('--rate <MB>', 'most MB a second that moving may read and write', positive)
  .option('--json', 'for programs')
  .addHelpText('after', examples('vidette archive set /mnt/nas/vidette --rate 30'))
  .action(async (where, options) => (await import('./archive.ts')).setArchive(where, options));
archive
  .command('remove')
  .description('Have no archive any more; only when it holds no footage')
  .action(async () => (await import('./archive.ts')).removeArchive());
archive
  .command('clock-is-right')
  .description('The clock has leapt ahead and is right: old footage may go again')
  .action(async () => (await import('./archive.ts')).confirmClock());

program
  .command('clip')
  .description(
    'Cut a clip out of a video file, a car’s footage, a drive of openpilot, a replay of osu!, or a camera of the hub on this machine',
  )
  .argument(
    '<file|folder|route|camera>',
    'a file; a replay (.osr); a car’s event, TeslaCam folder, stick or image; a route or an address of it (connect.comma.ai …); or the name of a camera',
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
  .option('--speed <times>', 'of a car or drive: so many times faster; a drive keeps its sound', positive)
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
  .option('--range <from-to>', 'a part, e.g. 90-120 or 1:30-2:00; may be given again for more parts in a row', collect)
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
  .option('--skin <skin>', 'sounds of this skin (.osk, or its folder)')
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
  'vidette clip --knockout a.osr b.osr c.osr --beatmap set.osz',
  'vidette clip 0000002c--d68dde99ca --data /data/media/0/realdata --range 90-118 --range 3:00-3:20 --mode stacked',
)}`,
  )
  .action(async (what, more, { api, ...options }) => {
    // Of a drive the other process is started first: both load their modules at the same time.
    const started = (await import('./start-render.ts')).startRenderOf(what, options);
    const { clip } = await import('./clip.ts');
    await clip(what, { ...(api === undefined ? {} : { server: api }), ...options }, more, started);
  });

const cars = program.command('cars').description('The cars of a hub: list, add, events, take a drive into the library');
cars
  .command('list', { isDefault: true })
  .description('Cars, what is known of their footage, and how their drives are')
  .option('--json', 'for programs')
  .action(async (options) => (await import('./cars.ts')).listCars(options));
cars
  .command('add')
  .description('Add a car to the library; or watch a stick, folder or image of the hub’s machine where it lies')
  .argument('<name>')
  .argument('[folder|image]')
  .option('--json', 'for programs')
  .addHelpText('after', examples("vidette cars add 'My car'", 'vidette cars add Stick /media/stick'))
  .action(async (name, where, options) => (await import('./cars.ts')).addCar(name, where, options));
cars
  .command('remove')
  .description('Forget a car; no file is touched')
  .argument('<name>')
  .action(async (name) => (await import('./cars.ts')).removeCar(name));
cars
  .command('events')
  .description('What happened, newest first')
  .argument('[car]')
  .addOption(new Option('--ring <kind>', 'only those').choices(['saved', 'sentry']))
  .option('--limit <events>', 'so many', wholeNumber, 30)
  .option('--json', 'for programs')
  .action(async (car, options) => (await import('./cars.ts')).listCarEvents(car, options));
cars
  .command('harvest')
  .description('Take what is on a drive of the hub’s machine into the library, by the hub; Ctrl-C cancels')
  .argument('<car>')
  .argument('<folder|image>')
  .option('--not-in-use', 'no car writes to it: one look is enough, and what is cut or nameless is taken too')
  .option('--drop-parked', 'leave out minutes of RecentClips in which the car stood parked')
  .option('--json', 'for programs')
  .action(async (car, where, options) => (await import('./cars.ts')).harvestByHub(car, where, options));
cars
  .command('keep')
  .description('When footage that belongs to no event is removed; events stay')
  .argument('<car>')
  .option('--recent-days <days>', 'after so many days, or never', (text: string) =>
    text === 'never' ? null : wholeNumber(text),
  )
  .option('--max-gb <gigabytes>', 'the oldest of it when the car has more, or never', orNever)
  .option('--json', 'for programs')
  .action(async (car, options) => (await import('./cars.ts')).keepOfCar(car, options));

const drives = program
  .command('drives')
  .description('The openpilot drives of a hub: list, add accounts and folders, clip the latest bookmark');
drives
  .command('list', { isDefault: true })
  .description('The newest drives')
  .option('--source <name>', 'only those of one account or folder')
  .option('--limit <drives>', 'so many', wholeNumber, 30)
  .option('--json', 'for programs')
  .action(async (options) => (await import('./drives.ts')).listDrives(options));
drives
  .command('sources')
  .description('Accounts and folders, and how looking for drives goes')
  .option('--json', 'for programs')
  .action(async (options) => (await import('./drives.ts')).listDriveSources(options));
drives
  .command('add')
  .description('Add a folder of the hub’s machine, or an account: comma, konik, asius or the address of an API')
  .argument('<name>')
  .argument('<folder|server>')
  .option('--token-file <file>', 'its first line is the token; or VIDETTE_COMMA_TOKEN, or vidette login comma')
  .option('--device <dongle...>', 'only the drives of these devices')
  .option('--clip-bookmarks', 'make a clip of each new bookmark')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    examples("vidette drives add 'My car' /srv/realdata", 'VIDETTE_COMMA_TOKEN=… vidette drives add Account comma'),
  )
  .action(async (name, where, options) => (await import('./drives.ts')).addDriveSource(name, where, options));
drives
  .command('remove')
  .description('Forget an account or a folder; no file is touched')
  .argument('<name>')
  .action(async (name) => (await import('./drives.ts')).removeDriveSource(name));
drives
  .command('look')
  .description('Look for new drives now')
  .argument('<name>', 'of the account or folder')
  .option('--json', 'for programs')
  .action(async (name, options) => (await import('./drives.ts')).lookForDrives(name, options));
drives
  .command('clip-bookmark')
  .description('Make a clip of the latest bookmark, and bring it here')
  .option('--source <name>', 'of one account or folder')
  .option('--before <seconds>', 'before the button was pressed; 30 unless the source says otherwise', wholeNumber)
  .option('--after <seconds>', 'after it; 15', wholeNumber)
  .option('--mode <mode>', 'ui, forward, wide, driver, stacked, pip or 360')
  .option('-m, --max <MB>', 'never larger than this many MB (of 1,000,000 bytes)', positive)
  .option('-o, --out <file>', 'where to; by default a name that says source and time')
  .option('--force', 'overwrite')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    examples('vidette drives clip-bookmark -m 8', 'vidette drives clip-bookmark --before 60 -o near-miss.mp4'),
  )
  .action(async (options) => (await import('./drives.ts')).clipBookmark(options));

program
  .command('export')
  .description('Save up to a day of a camera’s footage as an ordinary MP4, without encoding it anew')
  .argument('<camera>', 'its name')
  .requiredOption('--from <time>', '2026-11-21T18:05:00Z, or -2h for two hours ago')
  .requiredOption('--to <time>', '2026-11-21T20:05:00Z, or -5m, or now')
  .option('-o, --out <file>', 'where to; by default a name that says camera and time')
  .option('--track <track>', 'which stream', 'main')
  .option('--keep-gaps', 'let the last picture stand where nothing was recorded, instead of leaving the gap out')
  .option('--force', 'overwrite')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    examples(
      "vidette export 'Front door' --from -2h --to now",
      "vidette export 'Front door' --from 2026-11-21T18:00:00Z --to 2026-11-21T20:00:00Z -o evening.mp4",
    ),
  )
  .action(async (camera, options) => (await import('./export.ts')).exportFootage(camera, options));

program
  .command('frame')
  .description('Keep the newest picture of a stream, or of a hub’s camera, in one file that is always whole')
  .argument('<address|camera>', 'rtsp://192.0.2.10/stream1, test:, images:/folder, or the name of a camera of the hub')
  .argument('<file.jpg>', 'best in memory: /dev/shm/front.jpg')
  .option('--key', 'a new picture with each key frame: one in some seconds, at a tenth of the cost (this is usual)')
  .option('--every', 'every picture')
  .option('--once', 'one picture, and end')
  .option('--width <pixels>', 'at most this wide', wholeNumber)
  .option('--height <pixels>', 'at most this high', wholeNumber)
  .option('--quality <1-100>', 'of the JPEG', wholeNumber, 80)
  .option('--status <file.json>', 'age, number and state of the picture; by default beside it, with .json at its end')
  .option('--stale <what>', 'when nothing new comes: mark (cross the picture out), remove or keep the file', 'mark')
  .option('--stale-after <time>', 'nothing new for so long is stale', '10')
  .option('--password-file <file>', 'its first line is the camera’s password; or set VIDETTE_CAMERA_PASSWORD')
  .addHelpText(
    'after',
    `
The file is replaced by a rename: a reader never sees a part of a picture, nor an empty file. Its time of change is the time of
the picture. It is written again and again and never synced, so keep it in memory: below /dev/shm, or on a tmpfs of its own:
  tmpfs  /run/frames  tmpfs  size=32m,mode=0755,noswap  0  0        (a line of /etc/fstab)
${examples(
  'vidette frame rtsp://192.0.2.10/stream1 /dev/shm/front.jpg',
  "vidette frame 'Front door' /dev/shm/front.jpg --width 640",
  'VIDETTE_CAMERA_USER=viewer vidette frame rtsp://192.0.2.10/stream1 now.jpg --once --password-file /run/secrets/camera',
)}`,
  )
  .action(async (what, file, options) => (await import('./frame.ts')).frame(what, file, options));

program
  .command('capture')
  .description('Record one stream into one file until Ctrl-C, without a hub')
  .argument('<address>', 'rtsp://192.0.2.10/stream1, test:, images:/folder')
  .argument('<file.mp4>')
  .option('--for <time>', 'end by itself after so long: 90, 10m, 1h30m')
  .option('--fragmented', 'leave the file as it grows, in fragments, instead of making it an ordinary MP4 at the end')
  .option('--force', 'overwrite')
  .option('--json', 'for programs')
  .option('--password-file <file>', 'its first line is the camera’s password; or set VIDETTE_CAMERA_PASSWORD')
  .addHelpText(
    'after',
    `
The file can be played at any moment while it grows, and after a crash or a power cut. When the stream goes away it is read
again; the gap stands in the file.
${examples('vidette capture rtsp://192.0.2.10/stream1 door.mp4', 'vidette capture test: pattern.mp4 --for 10m')}`,
  )
  .action(async (url, file, options) => (await import('./capture.ts')).capture(url, file, options));

program
  .command('repair')
  .description(
    'Make of a damaged video one that plays; read out of a damaged drive of a dash cam everything that is still in it',
  )
  .argument(
    '<file...>',
    'videos (MP4 with H.264 or H.265), images or block devices with FAT32 or exFAT; they are only read',
  )
  .option('-o, --out <folder>', 'where to; by default beside the file')
  .option('--like <video>', 'a whole video of the same camera; those nearby are found by themselves', collect)
  .option(
    '--key <file>',
    'a key file of an encrypted clip (CLIP.mp4.rawkey.json); one beside the clip is found by itself',
  )
  .option('--keys <folder>', 'a folder of key files')
  .option('-f, --force', 'replace what was repaired before')
  .option('--deleted', 'of a drive: also what the car has deleted and not yet overwritten')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    `
NAME.repaired.mp4 holds what is certainly of this video. What stands behind a damage and may be of another camera or an older
recording goes to NAME.unverified-1.mp4.
${examples(
  'vidette repair 2026-03-01_17-02-05-front.mp4',
  'vidette repair cut.mp4 --like whole.mp4 -o rescued --json',
  'vidette repair teslacam.img -o rescued',
  'vidette repair /dev/sdb --json | jq .volumes[].lost',
)}`,
  )
  .action(async (files, options) => (await import('./repair.ts')).repair(files, options));

program
  .command('harvest')
  .description('Take the footage of a car’s drive into a library, each file once and unchanged; no hub is needed')
  .argument('<drive>', 'an image, a block device, or a folder such as a mounted stick')
  .option('--library <folder>', 'where to; by default the library of the data folder')
  .option('--car <name>', 'its folder in the library', 'car')
  .option('--not-in-use', 'no car writes to the image: look once, and take also what is cut or has lost its name')
  .option('--apart <seconds>', 'between two looks at an image in use', wholeNumber, 60)
  .option('--drop-parked', 'leave out minutes of RecentClips in which the car stood parked')
  .option('--key <file>', 'a key file of an encrypted clip: what it opens is stored beside the encrypted clip')
  .option('--keys <folder>', 'a folder of key files; clips of earlier harvests are opened too')
  .option('--again', 'take also what was deleted from the library on purpose')
  .option('--json', 'for programs')
  .addHelpText(
    'after',
    `
What the person saved comes first, then Sentry events, then the rest. Stopped at any moment, it goes on when it is run again.
The drive is only read.
${examples('vidette harvest /media/stick', 'vidette harvest teslacam.img --not-in-use --library /mnt/nas/footage')}`,
  )
  .action(async (drive, options) => (await import('./harvest.ts')).harvestDrive(drive, options));

program
  .command('drive')
  .description(
    'Be the USB drive of a car, take what it records, and send it home (arm64 Linux: a Raspberry Pi Zero 2 W)',
  )
  .option('--config <file.json>', 'settings; what is said here counts more')
  .option('--images <folder>', 'where the images of the drive lie, best on XFS or btrfs')
  .option('--spool <folder>', 'where footage is kept until it is home')
  .option('--state <folder>', 'password, switches; drive-state beside the spool by default')
  .option('--mode <mode>', 'live: one image, read while the car records; swap: two, in turn')
  .option('--size <size>', 'of an image, e.g. 64G')
  .option('--fs <format>', 'exfat or fat32')
  .option('--car <name>', 'its folder in the spool, and its name at the hub')
  .option('--hub <address>', 'where footage goes when it can be reached')
  .option('--token-file <file>', 'its first line is the hub’s token of the kind “drive”')
  .option('--rate <size>', 'most bytes a second to the hub, e.g. 2MB')
  .option('--days <days>', 'clips of RecentClips that are older go, once they are home', positive)
  .option('--floor <size>', 'never used of the spool’s disk, e.g. 2G')
  .option('--drop-parked', 'leave out minutes of RecentClips in which the car stood parked')
  .option('--sparse', 'make images without giving them their room on the disk: a car that fills a disk stops recording')
  .option('--host <address>', 'the page listens here; everywhere by default')
  .option('--port <port>', 'of the page; 8041 by default', wholeNumber)
  .option('--name <name...>', 'the page may be opened by this name too')
  .addHelpText(
    'after',
    `
Its page shows how it is and plays what it has; a one-time code, which is printed, sets the password. See docs/car-drive.md.
${examples(
  'vidette drive --config /etc/vidette/drive.json',
  'vidette drive --images /backingfiles/images --spool /backingfiles/spool --hub https://cameras.example.org --token-file token',
)}`,
  )
  .action(async (options) => (await import('./drive.ts')).drive(options));
program
  .command('drive-media')
  .description(
    'Make a drive of a folder with music, light shows, sounds and pictures for a car; says what the car would ignore',
  )
  .argument('<folder>', 'with Music, LightShow, Boombox, Wraps, LicensePlate, LockChime.wav')
  .argument('<image>', 'named in /etc/vidette/drive-images.json, and under “media” in the settings of the drive')
  .option('--json', 'for programs')
  .addHelpText('after', examples('vidette drive-media ~/for-the-car /backingfiles/images/media.img'))
  .action(async (folder, image, options) => (await import('./drive-media.ts')).driveMedia(folder, image, options));

program
  .command('verify')
  .description('Say whether harvested footage is all there and unchanged, by its manifest; exit code 1 when it is not')
  .argument('[library]', 'by default the library of the data folder')
  .option('--contents', 'read every file and compare its SHA-256, not only its length')
  .option('--expect <hash>', 'a line with this hash must be there: what vidette harvest printed at some earlier time')
  .option('--json', 'for programs')
  .addHelpText('after', examples('vidette verify', 'vidette verify /mnt/nas/footage --contents'))
  .action(async (library, options) => (await import('./verify.ts')).verify(library, options));

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
  .action(async (file, options) => (await import('./inspect.ts')).inspect(file, options));

program
  .command('index')
  .description('Rebuild the catalog from the files of the library; the hub must not be running')
  .option('--verify', 'read every byte and compare its SHA-256')
  .option('--json', 'for programs')
  .addHelpText('after', examples('vidette index', 'vidette index --verify'))
  .action(async (options) => (await import('./index-library.ts')).indexLibrary(options));

program
  .command('doctor')
  .description('Check this machine, the data folder and the hub, and say what to do about what is wrong')
  .option('--json', 'for programs')
  .addHelpText('after', examples('vidette doctor'))
  .action(async (options) => (await import('./doctor.ts')).doctor(options));

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommanderError(2, 'vidette.number', `“${text}” is not a whole number.`);
  return Number(text);
}

function orNever(text: string): number | null {
  return text === 'never' ? null : positive(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new CommanderError(2, 'vidette.number', `“${text}” is not a number above zero.`);
  return value;
}

/** Commands that the bootstrap starts again when they end with this code (`EX_TEMPFAIL`, sysexits.h): what was in the way may go by itself. */
const LASTING = new Set(['serve', 'record', 'work', 'drive']);
const TRY_AGAIN = 75;

try {
  refuseSecrets(process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  const code = explain(error);
  const final = error instanceof UserError || error instanceof CommanderError;
  // What is still open (a timer, a pipe to a child) must not keep a command that has failed.
  process.exit(!final && LASTING.has(process.argv[2] ?? '') ? TRY_AGAIN : code);
}
