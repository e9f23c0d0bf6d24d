/**
 * A drive image or block device as a `Drive`.
 */
import { createHash } from 'node:crypto';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { Drive, DriveEntry, DriveScan, DriveVolume, ScanOptions } from '../volume/drive-volume.ts';
import type { Claim, Owners } from './claim.ts';
import type { Volume } from './cluster-space.ts';
import { fileReader, placesOf } from './file-bytes.ts';
import { type Finding, Findings } from './finding.ts';
import { Breath, ImageFile } from './image-file.ts';
import { findLostDirectories, type LostDirectory } from './lost-directories.ts';
import { findVolumes } from './partitions.ts';
import { settle } from './settle.ts';
import { readTree, type Tree } from './tree.ts';

export class ImageDrive implements Drive {
  readonly kind = 'image';
  readonly #image: ImageFile;

  /** @throws UserError `not-found` when it cannot be opened */
  constructor(path: string) {
    this.#image = new ImageFile(path);
  }

  get name(): string {
    return this.#image.name;
  }

  get bytes(): number {
    return this.#image.size;
  }

  async scan({ mend = true, signal }: ScanOptions = {}): Promise<ImageScan> {
    this.#image.refresh();
    const breath = new Breath(signal);
    const findings = new Findings();
    const volumes: ImageVolume[] = [];
    for (const volume of findVolumes(this.#image, findings)) {
      volumes.push(await this.#read(volume, breath, mend));
    }
    const { unreadable } = this.#image;
    if (unreadable)
      findings.add(
        'unreadable',
        `byte ${unreadable.first}`,
        `${unreadable.bytes} bytes of the image cannot be read`,
        'they count as zeros',
      );
    return { volumes, findings: findings.list };
  }

  async #read(volume: Volume, breath: Breath, mend: boolean): Promise<ImageVolume> {
    const once = async (lost: readonly LostDirectory[]): Promise<ImageVolume> => {
      const findings = new Findings();
      volume.describe(findings);
      const tree = await readTree(volume, findings, breath, lost);
      const owners = await settle(volume.space, tree, findings, breath, mend);
      return new ImageVolume(volume, tree, owners, findings);
    };
    const first = await once([]);
    if (!mend) return first;
    const lost = await findLostDirectories(volume, first.tree, first.owners, breath);
    return lost.length === 0 ? first : once(lost);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#image[Symbol.dispose]();
  }
}

export interface ImageScan extends DriveScan {
  readonly volumes: readonly ImageVolume[];
}

export class ImageVolume implements DriveVolume {
  readonly volume: Volume;
  readonly tree: Tree;
  readonly owners: Owners;
  readonly entries: readonly DriveEntry[];
  readonly #findings: Findings;
  readonly #claims = new Map<DriveEntry, Claim>();

  constructor(volume: Volume, tree: Tree, owners: Owners, findings: Findings) {
    this.volume = volume;
    this.tree = tree;
    this.owners = owners;
    this.#findings = findings;
    this.entries = owners.claims.map((claim) => this.#entryOf(claim));
  }

  get kind(): 'fat32' | 'exfat' {
    return this.volume.space.kind;
  }

  get label(): string {
    return this.volume.label;
  }

  get start(): number {
    return this.volume.start;
  }

  get clusterBytes(): number {
    return this.volume.space.clusterBytes;
  }

  get directories(): readonly string[] {
    return this.tree.directories.map(({ path }) => path).filter((path) => path !== '');
  }

  get findings(): readonly Finding[] {
    return this.#findings.list;
  }

  reader(entry: DriveEntry): RandomReader {
    const claim = this.#claims.get(entry);
    if (!claim) throw new TypeError('the entry is of another volume');
    return fileReader(this.volume.space, claim.runs, claim.bytes, entry.path);
  }

  /** Offset in the image and length of each piece of a file. */
  pieces(entry: DriveEntry): [number, number][] {
    const claim = this.#claims.get(entry);
    if (!claim) throw new TypeError('the entry is of another volume');
    return [...placesOf(this.volume.space, claim.runs, 0, claim.bytes)].map(({ place, length }) => [place, length]);
  }

  #entryOf(claim: Claim): DriveEntry {
    const { path, bytes, state, entry: raw, runs } = claim;
    const hash = createHash('sha256').update(raw.bits);
    for (const { start, count } of runs.pairs()) hash.update(`${start}+${count},`);
    const entry: DriveEntry = {
      path,
      bytes,
      state,
      modified: raw.modified ?? null,
      print: hash.digest('hex'),
      pieces: Math.max(1, runs.pieces),
    };
    this.#claims.set(entry, claim);
    return entry;
  }
}
