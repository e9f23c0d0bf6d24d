/** Commands about dash cams: the cars of a hub, a drive and its footage. Each is loaded only when it is asked for. */
import { type Command, Option } from 'commander';
import { collect, examples, orNever, positive, wholeNumber } from './values.ts';

export function addCars(program: Command): void {
  const cars = program
    .command('cars')
    .description('The cars of a hub: list, add, events, take a drive into the library');
  cars
    .command('list', { isDefault: true })
    .description('Cars, what is known of their footage, and how their drives are')
    .option('--json', 'for programs')
    .action(async (options) => (await import('../cars.ts')).listCars(options));
  cars
    .command('add')
    .description('Add a car to the library; or watch a stick, folder or image of the hub’s machine where it lies')
    .argument('<name>')
    .argument('[folder|image]')
    .option('--json', 'for programs')
    .addHelpText('after', examples("vidette cars add 'My car'", 'vidette cars add Stick /media/stick'))
    .action(async (name, where, options) => (await import('../cars.ts')).addCar(name, where, options));
  cars
    .command('remove')
    .description('Forget a car; no file is touched')
    .argument('<name>')
    .action(async (name) => (await import('../cars.ts')).removeCar(name));
  cars
    .command('events')
    .description('What happened, newest first')
    .argument('[car]')
    .addOption(new Option('--ring <kind>', 'only those').choices(['saved', 'sentry']))
    .option('--limit <events>', 'so many', wholeNumber, 30)
    .option('--json', 'for programs')
    .action(async (car, options) => (await import('../cars.ts')).listCarEvents(car, options));
  cars
    .command('harvest')
    .description('Take what is on a drive of the hub’s machine into the library, by the hub; Ctrl-C cancels')
    .argument('<car>')
    .argument('<folder|image>')
    .option('--not-in-use', 'no car writes to it: one look is enough, and what is cut or nameless is taken too')
    .option('--drop-parked', 'leave out minutes of RecentClips in which the car stood parked')
    .option('--again', 'take also what was deleted from the library on purpose')
    .option('--keys <folder>', 'of the hub’s machine: key files that open encrypted clips, also of earlier harvests')
    .option('--json', 'for programs')
    .action(async (car, where, options) => (await import('../cars.ts')).harvestByHub(car, where, options));
  cars
    .command('keep')
    .description('When footage that belongs to no event is removed; events stay')
    .argument('<car>')
    .option('--recent-days <days>', 'after so many days, or never', (text: string) =>
      text === 'never' ? null : wholeNumber(text),
    )
    .option('--max-gb <gigabytes>', 'the oldest of it when the car has more, or never', orNever)
    .option('--json', 'for programs')
    .action(async (car, options) => (await import('../cars.ts')).keepOfCar(car, options));

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
    .action(async (files, options) => (await import('../repair.ts')).repair(files, options));

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
    .action(async (drive, options) => (await import('../harvest.ts')).harvestDrive(drive, options));

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
    .option(
      '--sparse',
      'make images without giving them their room on the disk: a car that fills a disk stops recording',
    )
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
    .action(async (options) => (await import('../drive.ts')).drive(options));

  program
    .command('drive-media')
    .description(
      'Make a drive of a folder with music, light shows, sounds and pictures for a car; says what the car would ignore',
    )
    .argument('<folder>', 'with Music, LightShow, Boombox, Wraps, LicensePlate, LockChime.wav')
    .argument('<image>', 'named in /etc/vidette/drive-images.json, and under “media” in the settings of the drive')
    .option('--json', 'for programs')
    .addHelpText('after', examples('vidette drive-media ~/for-the-car /backingfiles/images/media.img'))
    .action(async (folder, image, options) => (await import('../drive-media.ts')).driveMedia(folder, image, options));

  program
    .command('verify')
    .description(
      'Say whether harvested footage is all there and unchanged, by its manifest; exit code 1 when it is not',
    )
    .argument('[library]', 'by default the library of the data folder')
    .option('--contents', 'read every file and compare its SHA-256, not only its length')
    .option('--expect <hash>', 'a line with this hash must be there: what vidette harvest printed at some earlier time')
    .option('--json', 'for programs')
    .addHelpText('after', examples('vidette verify', 'vidette verify /mnt/nas/footage --contents'))
    .action(async (library, options) => (await import('../verify.ts')).verify(library, options));
}
