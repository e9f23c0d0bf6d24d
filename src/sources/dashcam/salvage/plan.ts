/**
 * What can be read out of a volume, and under which name: every entry with its data, and what lost its entry.
 */
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { Claim } from '../image/claim.ts';
import { LOST, type NameTraces } from '../image/directory-entry.ts';
import { fileReader } from '../image/file-bytes.ts';
import type { ImageVolume } from '../image/image-drive.ts';
import type { Breath } from '../image/image-file.ts';
import type { Runs } from '../image/runs.ts';
import { localOf } from '../layout/car-clock.ts';
import { type ClipHead, clipHead, headScratch } from '../layout/clip-facts.ts';
import { type LocalMs, parseClipName, parseEventFolder, splitPath } from '../layout/clip-name.ts';
import { parseEventJson } from '../layout/event-json.ts';
import { hashOfReader } from '../volume/hash-of-reader.ts';
import { type EventFolder, eventAt } from './event-folders.ts';
import { wholeName } from './lost-names.ts';
import { type EmptiedClip, type KnownClip, type NamelessClip, type NameProof, nameClips, SALVAGED } from './naming.ts';
import { findOrphans, type Orphan, type OrphanOptions } from './orphans.ts';

export interface SalvageItem {
  /** Where it goes, below the target. */
  readonly path: string;
  readonly bytes: number;
  readonly state: 'whole' | 'mended' | 'cut';
  /** `entry`: a file with its name. Else what it was found by. */
  readonly origin: 'entry' | Orphan['origin'] | 'fragment';
  /** Why it has this name. */
  readonly name: 'entry' | 'rebuilt' | 'time' | NameProof;
  /** Clusters that only their place vouches for. */
  readonly unproven: number;
  readonly reader: RandomReader;
}

export interface SalvagePlan {
  readonly items: readonly SalvageItem[];
  /** Entries whose contents were found nowhere. */
  readonly lost: readonly string[];
  /** Deleted files that could still be read. */
  readonly deletedLeft: number;
}

/** A clip as others are told of it. */
export interface SeenClip {
  readonly facts: ClipHead;
  readonly reader: RandomReader;
}

/** Compares a clip without a name with the neighbouring minutes of each camera; what cannot be compared is left out. */
export type Likeness = (
  orphan: SeenClip,
  neighbours: ReadonlyMap<string, readonly SeenClip[]>,
) => Promise<ReadonlyMap<string, number>>;

export interface PlanOptions extends OrphanOptions {
  /** False: only what has an entry. */
  readonly orphans?: boolean;
  readonly likeness?: Likeness;
}

interface Known extends SeenClip {
  readonly claim: Claim;
  readonly local: LocalMs;
  readonly camera: string;
}

export async function planSalvage(volume: ImageVolume, options: PlanOptions): Promise<SalvagePlan> {
  const planner = new Planner(volume, options);
  return planner.plan();
}

/** Names of which a part is lost → what they were, as far as the contents prove it. Paths of both. */
export async function lostNames(volume: ImageVolume, breath: Breath): Promise<Map<string, string>> {
  const planner = new Planner(volume, { breath, deleted: false });
  return planner.names();
}

const NO_ORPHANS = { found: [], deletedLeft: 0 };

class Planner {
  readonly #volume: ImageVolume;
  readonly #options: PlanOptions;
  readonly #scratch = headScratch();
  #known: Known[] = [];
  /** Claims that have the data of another clip. */
  readonly #misplaced = new Set<Claim>();
  readonly #hashes = new Map<RandomReader, Promise<string>>();

  constructor(volume: ImageVolume, options: PlanOptions) {
    this.#volume = volume;
    this.#options = options;
  }

  async plan(): Promise<SalvagePlan> {
    const { claims } = this.#volume.owners;
    const { found: lostData, deletedLeft } =
      this.#options.orphans === false ? NO_ORPHANS : await findOrphans(this.#volume, this.#options);
    const odd = lostData.length > 0 || claims.some((claim) => claim.entry.traces || claim.state !== 'whole');
    if (odd) await this.#learn();
    const data = [...lostData, ...this.#misplacedData()];
    const renamed = await this.#renamed();
    const items = claims
      .filter((claim) => !this.#isEmpty(claim))
      .map((claim) => this.#entryItem(claim, renamed.get(claim)));
    const orphans = await this.#orphanItems(data, renamed);
    const have = new Set([...items, ...orphans].map((item) => item.path));
    const lost = claims.filter((claim) => this.#isEmpty(claim) && !have.has(claim.path)).map((claim) => claim.path);
    // An entry without any data gives way to its contents.
    const found = new Set(orphans.map((item) => item.path));
    const kept = items.filter((item) => item.bytes > 0 || !found.has(item.path));
    return { items: [...kept, ...orphans], lost, deletedLeft };
  }

  async names(): Promise<Map<string, string>> {
    if (!this.#volume.owners.claims.some((claim) => claim.entry.traces)) return new Map();
    await this.#learn();
    return new Map([...(await this.#renamed())].map(([claim, path]) => [claim.path, path]));
  }

  async #renamed(): Promise<Map<Claim, string>> {
    const renamed = new Map<Claim, string>();
    for (const claim of this.#volume.owners.claims) {
      if (!claim.entry.traces) continue;
      const name = await this.#rebuilt(claim);
      if (name !== undefined) renamed.set(claim, name);
    }
    return renamed;
  }

  /** Reads what the clips with names say of themselves. */
  async #learn(): Promise<void> {
    for (const claim of this.#volume.owners.claims) {
      const name = parseClipName(splitPath(claim.path).name);
      if (!name || claim.state === 'empty') continue;
      const reader = this.#reader(claim.runs, claim.bytes, claim.path);
      this.#known.push({ claim, reader, ...name, facts: await clipHead(reader, this.#scratch) });
    }
  }

  #isEmpty(claim: Claim): boolean {
    return claim.state === 'empty' || this.#misplaced.has(claim);
  }

  /**
   * An entry that is older than what lies in its clusters, or begins where another file does: neither its length nor its time are those of the
   * clip. The clip is one without a name then, and the entry one without data.
   */
  #misplacedData(): Orphan[] {
    const sound = this.#known.filter(({ claim, facts }) => claim.state === 'whole' && facts.utc !== undefined);
    const times = sound.map(({ local, facts }) => ({ local, utc: facts.utc ?? 0 }));
    const found: Orphan[] = [];
    for (const { claim, local, facts } of this.#known) {
      if (claim.state === 'whole' || claim.entry.bytes === claim.bytes || facts.utc === undefined) continue;
      const real = localOf(facts.utc, times);
      if (real === undefined || Math.abs(real - local) <= OTHER_TIME) continue;
      this.#misplaced.add(claim);
      const { runs, bytes, unproven } = claim;
      const whole = claim.state === 'mended';
      const start = runs.at(0) ?? 0;
      found.push({ start, runs, bytes, kind: 'mp4', whole, origin: 'allocated', entry: undefined, unproven });
    }
    this.#known = this.#known.filter(({ claim }) => !this.#misplaced.has(claim));
    return found;
  }

  async #rebuilt(claim: Claim): Promise<string | undefined> {
    const { traces } = claim.entry;
    if (!traces) return undefined;
    const facts = await clipHead(this.#reader(claim.runs, claim.bytes, claim.path), this.#scratch);
    const local = facts.utc === undefined ? undefined : localOf(facts.utc, this.#times());
    const { folder } = splitPath(claim.path);
    const name = wholeName(traces, local) ?? (facts.utc === undefined ? this.#nameBeside(folder, traces) : undefined);
    return name === undefined ? undefined : join(folder, name);
  }

  /** Of a clip that does not tell its time (an encrypted one): the only name of a minute that others have which agrees and is free. */
  #nameBeside(folder: string, traces: NameTraces): string | undefined {
    const there = new Set(this.#known.map(({ claim }) => claim.path));
    const names = new Set<string>();
    for (const local of new Set(this.#known.map((known) => known.local))) {
      const name = wholeName(traces, local);
      if (name !== undefined && !there.has(join(folder, name))) names.add(name);
    }
    const [only] = names;
    return names.size === 1 ? only : undefined;
  }

  #times(): { readonly local: LocalMs; readonly utc: number }[] {
    return this.#known.flatMap(({ local, facts }) => (facts.utc === undefined ? [] : [{ local, utc: facts.utc }]));
  }

  #entryItem(claim: Claim, renamed: string | undefined): SalvageItem {
    const path = renamed ?? claim.path.replaceAll(LOST, '_');
    return {
      path,
      bytes: claim.bytes,
      state: claim.state === 'empty' ? 'cut' : claim.state,
      origin: 'entry',
      name: renamed === undefined ? 'entry' : 'rebuilt',
      unproven: claim.unproven,
      reader: this.#reader(claim.runs, claim.bytes, path),
    };
  }

  async #orphanItems(found: readonly Orphan[], renamed: ReadonlyMap<Claim, string>): Promise<SalvageItem[]> {
    const clips = found.filter((orphan) => orphan.kind === 'mp4' || orphan.kind === 'encrypted');
    const events = this.#events(renamed);
    const readers = new Map(
      found.map((orphan) => [orphan, this.#reader(orphan.runs, orphan.bytes, `cluster ${orphan.start}`)]),
    );
    const readerOf = (orphan: Orphan): RandomReader =>
      readers.get(orphan) ?? this.#reader(orphan.runs, orphan.bytes, '');
    const nameless: NamelessClip[] = [];
    for (const orphan of clips) {
      const twins: number[] = [];
      for (const other of clips)
        if (
          other !== orphan &&
          other.bytes === orphan.bytes &&
          (await this.#alikeBytes(readerOf(other), readerOf(orphan)))
        )
          twins.push(other.start);
      nameless.push(await this.#nameless(orphan, readerOf(orphan), twins));
    }
    const known = this.#known.map(({ claim, local, camera, facts }): KnownClip => {
      const { utc, sequence, width, height } = facts;
      return { path: renamed.get(claim) ?? claim.path, local, camera, utc, sequence, width, height };
    });
    const emptied = this.#volume.owners.claims.flatMap((claim): EmptiedClip[] => {
      const name = this.#isEmpty(claim) ? parseClipName(splitPath(claim.path).name) : undefined;
      return name ? [{ path: claim.path, ...name, bytes: claim.entry.bytes }] : [];
    });
    const names = nameClips(nameless, { known, emptied, events, recent: RECENT });
    const taken = new Set<string>([...names.values()].map(({ path }) => path));
    const items: SalvageItem[] = [];
    for (const orphan of found) {
      const reader = readerOf(orphan);
      const given = names.get(orphan.start);
      const { path, proof } = given
        ? { path: given.path, proof: given.proof }
        : await this.#otherName(orphan, reader, events, taken);
      taken.add(path);
      items.push({
        path,
        bytes: orphan.bytes,
        state: orphan.whole ? 'mended' : 'cut',
        origin: orphan.kind === 'fragment' ? 'fragment' : orphan.origin,
        name: proof,
        unproven: orphan.unproven,
        reader,
      });
    }
    return items;
  }

  async #alikeBytes(one: RandomReader, other: RandomReader): Promise<boolean> {
    return (await this.#hash(one)) === (await this.#hash(other));
  }

  async #nameless(orphan: Orphan, reader: RandomReader, twins: readonly number[]): Promise<NamelessClip> {
    const facts = await clipHead(reader, this.#scratch);
    const same: string[] = [];
    for (const known of this.#known)
      if (known.claim.bytes === orphan.bytes && (await this.#alikeBytes(known.reader, reader)))
        same.push(known.claim.path);
    const path = orphan.entry?.path;
    const name = path === undefined ? undefined : parseClipName(splitPath(path).name);
    const { utc, sequence, width, height } = facts;
    return {
      id: orphan.start,
      utc,
      sequence,
      width,
      height,
      bytes: orphan.bytes,
      deleted:
        path !== undefined && name ? { path, local: name.local, bytes: orphan.entry?.entry.bytes ?? 0 } : undefined,
      same,
      twins,
      likeness: same.length > 0 || !this.#options.likeness ? new Map() : await this.#alike(facts, reader),
    };
  }

  /** With each camera's clips of the minutes around it. */
  async #alike(facts: SeenClip['facts'], reader: RandomReader): Promise<ReadonlyMap<string, number>> {
    const { utc } = facts;
    if (utc === undefined || !this.#options.likeness) return new Map();
    const neighbours = new Map<string, Known[]>();
    for (const known of this.#known) {
      const apart = Math.abs((known.facts.utc ?? Number.POSITIVE_INFINITY) - utc);
      if (apart > NEIGHBOURS) continue;
      const list = neighbours.get(known.camera) ?? [];
      list.push(known);
      neighbours.set(known.camera, list);
    }
    return this.#options.likeness({ facts, reader }, neighbours);
  }

  /** Event files by the time in them, pictures by the one event that lacks its own, the rest by where they lie. */
  async #otherName(
    orphan: Orphan,
    reader: RandomReader,
    events: readonly EventFolder[],
    taken: ReadonlySet<string>,
  ): Promise<{ readonly path: string; readonly proof: SalvageItem['name'] }> {
    const free = (path: string): boolean => !taken.has(path);
    const entry = orphan.entry;
    if (entry && entry.entry.bytes === orphan.bytes && free(entry.path))
      return { path: entry.path, proof: 'deleted-entry' };
    if (orphan.kind === 'json') {
      const { local } = parseEventJson(Buffer.from(await reader.read(0, orphan.bytes)));
      const event = local === undefined ? undefined : eventAt(local, 'event.json', events);
      if (event && free(`${event.path}/event.json`)) return { path: `${event.path}/event.json`, proof: 'time' };
      return { path: `${SALVAGED}/event-${orphan.start}.json`, proof: 'none' };
    }
    if (orphan.kind === 'png') {
      const lacking = events.filter((event) => event.damaged && !event.names.has('thumb.png'));
      const [only] = lacking;
      if (only && lacking.length === 1 && free(`${only.path}/thumb.png`))
        return { path: `${only.path}/thumb.png`, proof: 'only-one-missing' };
      return { path: `${SALVAGED}/picture-${orphan.start}.png`, proof: 'none' };
    }
    return { path: `lost-clusters/cluster-${orphan.start}.bin`, proof: 'none' };
  }

  #events(renamed: ReadonlyMap<Claim, string>): EventFolder[] {
    const names = new Map<string, Set<string>>();
    for (const claim of this.#volume.owners.claims) {
      const { folder, name } = splitPath(renamed.get(claim) ?? claim.path);
      const set = names.get(folder) ?? new Set<string>();
      if (claim.bytes > 0 && !this.#isEmpty(claim)) set.add(name);
      names.set(folder, set);
    }
    return this.#volume.tree.directories.flatMap((directory): EventFolder[] => {
      const local = parseEventFolder(splitPath(directory.path).name);
      if (local === undefined) return [];
      const inside = names.get(directory.path) ?? new Set<string>();
      // The car makes no event without its event.json.
      const damaged = directory.damaged || directory.entries === 0 || !inside.has('event.json');
      return [{ path: directory.path, local, damaged, names: inside }];
    });
  }

  #reader(runs: Runs, bytes: number, name: string): RandomReader {
    return fileReader(this.#volume.volume.space, runs, bytes, name);
  }

  #hash(reader: RandomReader): Promise<string> {
    const known = this.#hashes.get(reader);
    if (known) return known;
    const made = hashOfReader(reader, undefined, this.#scratch);
    this.#hashes.set(reader, made);
    return made;
  }
}

const RECENT = 'TeslaCam/RecentClips';
const NEIGHBOURS = 200_000;

/** The name of a clip and its own time differ by some seconds. */
const OTHER_TIME = 20_000;

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
