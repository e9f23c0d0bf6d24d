/** The drives, newest first, and where they come from. */
import type { z } from 'zod';
import type { Clip } from '../../../src/contract/clip.ts';
import type {
  Drive,
  DriveSource,
  DriveSourceChange,
  DriveSourceCreate,
  DriveSourceTest,
  DriveSourceTestRequest,
} from '../../../src/contract/drive.ts';
import { routes } from '../../../src/contract/routes.ts';
import { address, client, type Failure, failureOf } from './api.ts';
import { events } from './events.svelte.ts';
import type { MapTile } from './track-line.ts';

const PAGE = 60;

class Drives {
  sources = $state.raw<DriveSource[]>([]);
  list = $state.raw<Drive[]>([]);
  /** Where pictures of a map come from; null: there is no map. */
  mapTiles = $state<string | null>(null);
  /** There are older ones that have not been asked for. */
  more = $state(false);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();

  constructor() {
    events.listen((event) => {
      if (event.type === 'drive-source') this.#putSource(event.source);
      if (event.type === 'drive-source-deleted') this.#dropSource(event.id);
      if (event.type === 'drive') this.#put(event.drive);
      if (event.type === 'drive-deleted') this.list = this.list.filter((drive) => drive.id !== event.id);
    });
  }

  get hasMap(): boolean {
    return this.mapTiles !== null;
  }

  async setMap(mapTiles: string | null): Promise<void> {
    this.mapTiles = (await client.call(routes.changeDriveSettings, { body: { mapTiles } })).mapTiles;
  }

  find(id: string): Drive | undefined {
    return this.list.find((drive) => drive.id === id);
  }

  sourceOf(id: string): DriveSource | undefined {
    return this.sources.find((source) => source.id === id);
  }

  async load(): Promise<void> {
    try {
      const [sources, list, settings] = await Promise.all([
        client.call(routes.listDriveSources, {}),
        client.call(routes.listDrives, { query: { limit: PAGE } }),
        client.call(routes.driveSettings, {}),
      ]);
      this.mapTiles = settings.mapTiles;
      this.sources = sources;
      this.list = list;
      this.more = list.length === PAGE;
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    }
  }

  /** The next older ones. */
  async loadMore(): Promise<void> {
    const before = this.list.at(-1)?.start;
    if (before === undefined) return;
    const older = await client.call(routes.listDrives, { query: { before, limit: PAGE } });
    const known = new Set(this.list.map((drive) => drive.id));
    this.list = [...this.list, ...older.filter((drive) => !known.has(drive.id))];
    this.more = older.length === PAGE;
  }

  async create(source: z.input<typeof DriveSourceCreate>): Promise<DriveSource> {
    const made = await client.call(routes.createDriveSource, { body: source });
    this.#putSource(made);
    return made;
  }

  async change(id: string, change: DriveSourceChange): Promise<void> {
    this.#putSource(await client.call(routes.changeDriveSource, { params: { id }, body: change }));
  }

  async remove(id: string): Promise<void> {
    await client.call(routes.deleteDriveSource, { params: { id } });
    this.#dropSource(id);
  }

  async look(id: string): Promise<DriveSource> {
    const source = await client.call(routes.lookForDrives, { params: { id } });
    this.#putSource(source);
    return source;
  }

  /** A clip of the newest bookmark. */
  clipLatestBookmark(source: string | undefined): Promise<Clip> {
    return client.call(routes.clipLatestBookmark, { body: source === undefined ? {} : { source } });
  }

  test(request: z.input<typeof DriveSourceTestRequest>): Promise<DriveSourceTest> {
    return client.call(routes.testDriveSource, { body: request });
  }

  clear(): void {
    this.sources = [];
    this.list = [];
    this.state = 'loading';
  }

  #put(drive: Drive): void {
    // One that is older than all that were asked for comes with its page.
    const last = this.list.at(-1);
    if (this.more && last && drive.start < last.start && !this.find(drive.id)) return;
    this.list = [...this.list.filter((other) => other.id !== drive.id), drive].sort(
      (a, b) => b.start.localeCompare(a.start) || a.id.localeCompare(b.id),
    );
  }

  #putSource(source: DriveSource): void {
    this.sources = [...this.sources.filter((other) => other.id !== source.id), source].sort((a, b) =>
      a.name.localeCompare(b.name),
    );
  }

  #dropSource(id: string): void {
    this.sources = this.sources.filter((source) => source.id !== id);
    this.list = this.list.filter((drive) => drive.source !== id);
  }
}

export const drives = new Drives();

export const drivePicture = (id: string): string => address(routes.drivePicture, { id });

export const mapPicture = ({ zoom, column, row }: MapTile): string =>
  address(routes.driveMap, { z: zoom, x: column, y: row });
