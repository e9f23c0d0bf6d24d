/** Commands about cameras and what they recorded. Each is loaded only when it is asked for. */
import type { Command } from 'commander';
import { examples, positive, wholeNumber } from './values.ts';

export function addCameras(program: Command): void {
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
    .action(async (options) => (await import('../camera.ts')).listCameras(options));
  camera
    .command('show')
    .description('One camera, whole, as JSON')
    .argument('<camera>', 'name or id')
    .action(async (name) => (await import('../camera.ts')).showCamera(name));
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
    .action(async (name, url, options) => (await import('../camera.ts')).addCamera(name, url, options));
  cameraSettings(
    camera
      .command('change')
      .description('Change a camera; what is not named stays')
      .argument('<camera>', 'name or id')
      .option('--name <name>', 'another name')
      .option('--url <address>', 'another address'),
  ).action(async (name, options) => (await import('../camera.ts')).changeCamera(name, options));
  for (const [word, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    camera
      .command(word)
      .description(enabled ? 'Record it' : 'Do not record it; what is there stays')
      .argument('<camera>', 'name or id')
      .action(async (name) => (await import('../camera.ts')).switchCamera(name, enabled));
  camera
    .command('remove')
    .description('Remove a camera; its footage is kept unless told otherwise')
    .argument('<camera>', 'name or id')
    .option('--delete-footage', 'delete what it has recorded')
    .action(async (name, options) => (await import('../camera.ts')).removeCamera(name, options));
  camera
    .command('test')
    .description('Read a camera or an address for some seconds: what comes, and what could be better')
    .argument('<camera|address>')
    .option('--picture <file.jpg>', 'write a picture of it')
    .option('--json', 'for programs')
    .action(async (what, options) => (await import('../camera.ts')).testCamera(what, options));
  camera
    .command('find')
    .description('Cameras in the hub’s network that answer an ONVIF search')
    .option('--json', 'for programs')
    .action(async (options) => (await import('../camera.ts')).findCameras(options));
  camera
    .command('streams')
    .description('The streams that a camera offers by ONVIF')
    .argument('<address>', '192.0.2.10, or its ONVIF service')
    .option('--json', 'for programs')
    .action(async (address, options) => (await import('../camera.ts')).cameraStreams(address, options));
  camera
    .command('move')
    .description('Move a camera: left, right, up, down, in, out, stop, home, or a preset by its id')
    .argument('<camera>', 'name or id')
    .argument('<how>')
    .option('--for <seconds>', 'how long; 0.5 by default')
    .action(async (name, how, options) => (await import('../camera.ts')).moveCamera(name, how, options));

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
    .action(async (camera, options) => (await import('../kept.ts')).listMoments(camera, options));
  ranged(moment.command('add').description('Set a bookmark'))
    .option('--to <time>', 'its end; at most a day later')
    .option('--label <text>', 'what it is')
    .option('--kind <kind>', 'bookmark unless said otherwise')
    .addHelpText('after', examples("vidette moment add 'Front door' --from -10m --to -5m --label 'the parcel'"))
    .action(async (camera, options) => (await import('../kept.ts')).addMoment(camera, options));
  moment
    .command('remove')
    .description('Remove a mark, not its footage')
    .argument('<camera>', 'name or id')
    .argument('<moment>', 'its id, see vidette moment list')
    .action(async (camera, id) => (await import('../kept.ts')).removeMoment(camera, id));

  const protection = program
    .command('protect')
    .description('Ranges that no limit removes: not age, size nor a full disk');
  protection
    .command('list')
    .description('What is protected')
    .argument('<camera>', 'name or id')
    .option('--json', 'for programs')
    .action(async (camera, options) => (await import('../kept.ts')).listProtections(camera, options));
  ranged(protection.command('add').description('Protect a range; it may end in the future'))
    .requiredOption('--to <time>', 'its end')
    .option('--note <text>', 'why')
    .addHelpText('after', examples("vidette protect add 'Front door' --from -2h --to now --note 'for the insurance'"))
    .action(async (camera, options) => (await import('../kept.ts')).protect(camera, options));
  protection
    .command('remove')
    .description('Protect a range no more')
    .argument('<camera>', 'name or id')
    .argument('<protection>', 'its id, see vidette protect list')
    .action(async (camera, id) => (await import('../kept.ts')).unprotect(camera, id));

  const archive = program.command('archive').description('Where old footage goes, and what is moving there');
  archive
    .command('show', { isDefault: true })
    .description('Both libraries, their room, and what moves between them')
    .option('--json', 'for programs')
    .action(async (options) => (await import('../archive.ts')).showArchive(options));
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
    .action(async (where, options) => (await import('../archive.ts')).setArchive(where, options));
  archive
    .command('remove')
    .description('Have no archive any more; only when it holds no footage')
    .action(async () => (await import('../archive.ts')).removeArchive());
  archive
    .command('clock-is-right')
    .description('The clock has leapt ahead and is right: old footage may go again')
    .action(async () => (await import('../archive.ts')).confirmClock());

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
    .action(async (camera, options) => (await import('../export.ts')).exportFootage(camera, options));

  program
    .command('frame')
    .description('Keep the newest picture of a stream, or of a hub’s camera, in one file that is always whole')
    .argument(
      '<address|camera>',
      'rtsp://192.0.2.10/stream1, test:, images:/folder, or the name of a camera of the hub',
    )
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
    .action(async (what, file, options) => (await import('../frame.ts')).frame(what, file, options));

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
    .action(async (url, file, options) => (await import('../capture.ts')).capture(url, file, options));
}
