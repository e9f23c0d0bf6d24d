/**
 * What a car plays and shows from a drive, and the limits that it has for that (its manual, and ../shared facts): a file beyond them is silently ignored by
 * the car, so it is said here. Pure.
 */

/** A file that somebody wants on the drive. */
export interface MediaFile {
  /** Below the folder: `Boombox/horn.wav`. */
  readonly path: string;
  readonly bytes: number;
  /** Its first bytes, as far as they are needed: 64. */
  readonly head: Uint8Array;
}

export interface MediaProblem {
  readonly path: string;
  /** A whole sentence, with what to do. */
  readonly text: string;
}

const MIB = 1 << 20;
const MOST_NAME = 200;
const MUSIC = /\.(mp3|flac|wav|ogg|m4a|aac|aiff|wma)$/i;
/** What computers leave behind. */
const LITTER = /(^|\/)(\.|Thumbs\.db$|desktop\.ini$)/i;

/** @returns files that go onto the drive, and what is wrong; with a problem nothing should be made */
export function checkMedia(files: readonly MediaFile[]): {
  readonly files: MediaFile[];
  readonly problems: MediaProblem[];
} {
  const problems: MediaProblem[] = [];
  const wanted = files.filter(({ path }) => !LITTER.test(path));
  const say = (path: string, text: string): void => {
    problems.push({ path, text });
  };
  const known = new Map<string, string>();
  for (const file of wanted) {
    const { path } = file;
    const other = known.get(path.toLowerCase());
    if (other !== undefined) say(path, `On this kind of drive ${other} has the same name. Rename one of them.`);
    known.set(path.toLowerCase(), path);
    if (path.length > MOST_NAME || /["*:<>?\\|\p{Cc}]/u.test(path) || /[ .](\/|$)/.test(path))
      say(
        path,
        'A drive of this kind cannot have such a name: use at most 200 letters, without " * : < > ? \\ | and no dot or space at the end.',
      );
    else checkOne(file, wanted, say);
  }
  for (const [folder, most] of [
    ['Boombox', 5],
    ['Wraps', 10],
    ['LicensePlate', 10],
  ] as const) {
    const inside = wanted.filter(({ path }) => folderOf(path) === folder.toLowerCase());
    if (inside.length > most)
      say(folder, `The car takes at most ${most} files in ${folder}; there are ${inside.length}. Remove some.`);
  }
  return { files: wanted, problems };
}

function checkOne(file: MediaFile, all: readonly MediaFile[], say: (path: string, text: string) => void): void {
  const { path, bytes } = file;
  switch (folderOf(path)) {
    case '':
      if (path.toLowerCase() !== 'lockchime.wav')
        say(path, 'At the top only LockChime.wav has a meaning. Music goes into a folder, such as Music.');
      else {
        if (path !== 'LockChime.wav') say(path, 'The car looks for LockChime.wav, written like this. Rename it.');
        if (bytes > MIB)
          say(
            path,
            `A lock sound is at most 1 MiB; this one has ${inMib(bytes)}. Make it shorter, or use fewer bits or channels.`,
          );
        if (!isWav(file)) say(path, 'It is no WAV file, whatever its name says. Convert it to WAV (PCM).');
      }
      return;
    case 'lightshow':
      checkShow(file, all, say);
      return;
    case 'boombox':
      if (!/\.(wav|mp3)$/i.test(path)) say(path, 'Boombox plays WAV and MP3 only. Convert it.');
      else if (bytes > MIB)
        say(path, `A Boombox sound is at most 1 MiB; this one has ${inMib(bytes)}. Make it shorter.`);
      return;
    case 'wraps':
      checkPicture(file, say, 1_000_000, (width, height) =>
        width >= 512 && width <= 1024 && height >= 512 && height <= 1024
          ? undefined
          : `A wrap is from 512 to 1024 pixels wide and high; this one is ${width} × ${height}. Scale it.`,
      );
      return;
    case 'licenseplate':
      checkPicture(file, say, 1_000_000, (width, height) =>
        width === 420 && (height === 200 || height === 100)
          ? undefined
          : `A licence plate is 420 × 200 or 420 × 100 pixels; this one is ${width} × ${height}. Scale it.`,
      );
      return;
    case 'teslacam':
    case 'teslatrackmode':
      say(path, 'Footage has its own drive: leave this folder out.');
      return;
    default:
      if (!MUSIC.test(path))
        say(path, 'The car does not play such a file. Leave it out, or convert it to MP3 or FLAC.');
  }
}

function checkShow({ path }: MediaFile, all: readonly MediaFile[], say: (path: string, text: string) => void): void {
  const stem = path.replace(/\.[^./]*$/, '').toLowerCase();
  const has = (pattern: RegExp): boolean =>
    all.some((other) => other.path.replace(/\.[^./]*$/, '').toLowerCase() === stem && pattern.test(other.path));
  if (/\.fseq$/i.test(path)) {
    if (!has(/\.(mp3|wav)$/i)) say(path, 'A light show needs its music: an MP3 or WAV of the same name beside it.');
  } else if (!/\.(mp3|wav)$/i.test(path))
    say(path, 'In LightShow only .fseq, .mp3 and .wav have a meaning. Leave it out.');
  else if (!has(/\.fseq$/i)) say(path, 'There is no light show of this name: its .fseq is missing.');
}

function checkPicture(
  { path, bytes, head }: MediaFile,
  say: (path: string, text: string) => void,
  most: number,
  check: (width: number, height: number) => string | undefined,
): void {
  // PNG (ISO/IEC 15948, 5.2 and 11.2.2): signature, length, IHDR, width, height.
  const view = Buffer.from(head);
  const isPng =
    view.length >= 24 &&
    view.subarray(0, 8).toString('hex') === '89504e470d0a1a0a' &&
    view.toString('latin1', 12, 16) === 'IHDR';
  if (!/\.png$/i.test(path) || !isPng) {
    say(path, 'It is no PNG picture. Convert it.');
    return;
  }
  if (bytes > most)
    say(
      path,
      `The picture is at most 1 MB; this one has ${(bytes / 1e6).toFixed(1)} MB. Use fewer colours or a smaller size.`,
    );
  const problem = check(view.readUInt32BE(16), view.readUInt32BE(20));
  if (problem !== undefined) say(path, problem);
}

function isWav({ head }: MediaFile): boolean {
  const text = Buffer.from(head).toString('latin1');
  return text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE';
}

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')).toLowerCase() : '');
const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(2)} MiB`;
