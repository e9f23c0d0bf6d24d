/**
 * A file system in memory that forgets what was not synced: bytes that no `datasync` covered, names whose folder was not synced.
 * It is harsher than ext4 is: unsynced changes survive or not at random, one by one, and a lost tail may leave zeros behind.
 */
import { dirname } from 'node:path';
import type { Disk, DiskEntry, DiskFile, DiskReader } from '../../src/blobs/disk.ts';

/** 0 ≤ value < 1. */
export type Random = () => number;

/** A small generator (mulberry32) so that a failing point can be run again. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class File {
  static #next = 1;
  readonly ino = `fake:${File.#next++}`;
  content = Buffer.alloc(0);
  durable = Buffer.alloc(0);
  /** The shortest it has been since the last sync, when that was shorter than what is durable. */
  cutTo: number | undefined;
  nlink = 0;
}

class Folder {
  readonly entries = new Map<string, Node>();
  readonly durable = new Map<string, Node>();
}

type Node = File | Folder;

/** A change of a name that is not durable yet. Changes of one group happen together or not at all. */
interface Change {
  readonly folder: Folder;
  readonly name: string;
  readonly node: Node | undefined;
  readonly group: number;
}

export interface FakeDiskOptions {
  /** The power goes at this operation: it may happen or not, and none after it ever answers. */
  readonly cutAt?: number;
  /** Called before each operation; what it throws is the operation's failure, what it waits for delays it. */
  before?(operation: string, path: string): void | Promise<void>;
}

export class FakeDisk implements Disk {
  readonly #options: FakeDiskOptions;
  #root = new Folder();
  #changes: Change[] = [];
  #group = 0;
  #operations = 0;
  #dead = false;
  /** All operations in order, for tests of the order. */
  readonly journal: string[] = [];

  constructor(options: FakeDiskOptions = {}) {
    this.#options = options;
  }

  get operations(): number {
    return this.#operations;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** What a power loss leaves of it. */
  afterPowerLoss(random: Random, options: FakeDiskOptions = {}): FakeDisk {
    const kept = new Set<number>();
    const lost = new Set<number>();
    for (const { folder, name, node, group } of this.#changes) {
      if (!kept.has(group) && !lost.has(group)) (random() < 0.5 ? kept : lost).add(group);
      if (kept.has(group)) setName(folder.durable, name, node);
    }
    const files = new Map<File, File>();
    const copy = (node: Node): Node => {
      if (node instanceof File) {
        const known = files.get(node) ?? survivingFile(node, random);
        files.set(node, known);
        known.nlink++;
        return known;
      }
      const folder = new Folder();
      for (const [name, child] of node.durable) setName(folder.entries, name, copy(child));
      for (const [name, child] of folder.entries) setName(folder.durable, name, child);
      return folder;
    };
    return this.#reborn(copy(this.#root), options);
  }

  /** What the death of the process leaves of it: everything that reached the system. */
  afterKill(options: FakeDiskOptions = {}): FakeDisk {
    const next = this.#reborn(this.#root, options);
    next.#changes = this.#changes;
    next.#group = this.#group;
    return next;
  }

  #reborn(root: Node, options: FakeDiskOptions): FakeDisk {
    const next = new FakeDisk(options);
    if (root instanceof Folder) next.#root = root;
    return next;
  }

  mkdir(path: string): Promise<string[]> {
    return this.#run('mkdir', path, () => {
      const made: string[] = [];
      let folder = this.#root;
      let at = '';
      for (const name of parts(path)) {
        at += `/${name}`;
        let child = folder.entries.get(name);
        if (!child) {
          child = new Folder();
          this.#change([{ folder, name, node: child }]);
          made.push(at);
        }
        if (child instanceof File) throw fault('ENOTDIR', 'mkdir', path);
        folder = child;
      }
      return made;
    });
  }

  openAppend(path: string, kind: 'new' | 'existing'): Promise<DiskFile> {
    return this.#run('open', path, () => {
      const { folder, name } = this.#place(path);
      const found = folder.entries.get(name);
      if (found && kind === 'new') throw fault('EEXIST', 'open', path);
      if (!found && kind === 'existing') throw fault('ENOENT', 'open', path);
      const file = found ?? new File();
      if (!(file instanceof File)) throw fault('EISDIR', 'open', path);
      if (!found) {
        file.nlink = 1;
        this.#change([{ folder, name, node: file }]);
      }
      return this.#opened(file, path);
    });
  }

  #opened(file: File, path: string): DiskFile {
    return {
      writev: (buffers) => {
        const bytes = Buffer.concat(buffers);
        return this.#run('write', path, () => {
          file.content = Buffer.concat([file.content, bytes]);
        });
      },
      datasync: () =>
        this.#run('fdatasync', path, () => {
          file.durable = file.content;
          file.cutTo = undefined;
        }),
      close: () => this.#run('close', path, () => undefined),
    };
  }

  openRead(path: string): Promise<DiskReader> {
    return this.#run('openRead', path, () => {
      const { content } = this.#file(path);
      return {
        size: content.length,
        read: (offset, length) => this.#run('read', path, () => content.subarray(offset, offset + length)),
        close: () => this.#run('close', path, () => undefined),
      };
    });
  }

  link(existing: string, name: string): Promise<void> {
    return this.#run('link', name, () => {
      const file = this.#file(existing);
      const target = this.#place(name);
      if (target.folder.entries.has(target.name)) throw fault('EEXIST', 'link', name);
      file.nlink++;
      this.#change([{ ...target, node: file }]);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run('rename', to, () => {
      const file = this.#file(from);
      const target = this.#place(to);
      if (target.folder.entries.has(target.name)) throw new Error(`a rename would overwrite ${to}`);
      this.#change([
        { ...this.#place(from), node: undefined },
        { ...target, node: file },
      ]);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#run('unlink', path, () => {
      this.#file(path).nlink--;
      this.#change([{ ...this.#place(path), node: undefined }]);
    });
  }

  truncate(path: string, size: number): Promise<void> {
    return this.#run('truncate', path, () => {
      const file = this.#file(path);
      if (size < file.durable.length) file.cutTo = Math.min(size, file.cutTo ?? size);
      file.content = Buffer.from(file.content.subarray(0, size));
    });
  }

  syncFolder(path: string): Promise<void> {
    return this.#run('fsync', path, () => {
      const folder = this.#folder(path);
      const groups = new Set(this.#changes.filter((change) => change.folder === folder).map((change) => change.group));
      for (const change of this.#changes)
        if (groups.has(change.group)) setName(change.folder.durable, change.name, change.node);
      this.#changes = this.#changes.filter((change) => !groups.has(change.group));
    });
  }

  readdir(path: string): Promise<DiskEntry[]> {
    return this.#run('readdir', path, () => {
      const node = this.#find(path);
      if (!(node instanceof Folder)) return [];
      return [...node.entries].map(([name, child]) => ({ name, folder: child instanceof Folder }));
    });
  }

  stat(path: string): ReturnType<Disk['stat']> {
    return this.#run('stat', path, () => {
      const node = this.#find(path);
      return node instanceof File ? { ino: node.ino, size: node.content.length, nlink: node.nlink } : undefined;
    });
  }

  /** For the test itself: no operation, works after the cut too. */
  peek(path: string): Buffer | undefined {
    const node = this.#find(path);
    return node instanceof File ? node.content : undefined;
  }

  async #run<T>(operation: string, path: string, act: () => T): Promise<T> {
    if (this.#dead) return never();
    await this.#options.before?.(operation, path);
    if (this.#dead) return never();
    this.#operations++;
    this.journal.push(`${operation} ${path}`);
    if (this.#operations !== this.#options.cutAt) return act();
    this.#dead = true;
    if (operation !== 'fdatasync' && operation !== 'fsync') act();
    return never();
  }

  #change(changes: readonly Omit<Change, 'group'>[]): void {
    this.#group++;
    for (const change of changes) {
      setName(change.folder.entries, change.name, change.node);
      this.#changes.push({ ...change, group: this.#group });
    }
  }

  #find(path: string): Node | undefined {
    let node: Node = this.#root;
    for (const name of parts(path)) {
      const next: Node | undefined = node instanceof Folder ? node.entries.get(name) : undefined;
      if (!next) return undefined;
      node = next;
    }
    return node;
  }

  #file(path: string): File {
    const node = this.#find(path);
    if (node instanceof File) return node;
    throw fault(node ? 'EISDIR' : 'ENOENT', 'open', path);
  }

  #folder(path: string): Folder {
    const node = this.#find(path);
    if (node instanceof Folder) return node;
    throw fault(node ? 'ENOTDIR' : 'ENOENT', 'open', path);
  }

  #place(path: string): { folder: Folder; name: string } {
    return { folder: this.#folder(dirname(path)), name: parts(path).at(-1) ?? '' };
  }
}

/** An error as `node:fs` gives it. */
export function fault(code: string, operation: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code });
}

function parts(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function setName(names: Map<string, Node>, name: string, node: Node | undefined): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

/** After the cut nothing answers. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

const BLOCK = 64;

/** Of the bytes that no sync covered some survive: a part of the tail, or all of its length with holes of zeros. */
function survivingFile(file: File, random: Random): File {
  const next = new File();
  const undone = file.cutTo !== undefined && random() < 0.5;
  const base = file.durable.subarray(0, undone ? undefined : file.cutTo);
  const tail = undone ? Buffer.alloc(0) : Buffer.from(file.content.subarray(base.length));
  const length = Math.floor(random() * (tail.length + 1));
  if (random() < 0.5)
    for (let at = 0; at < tail.length; at += BLOCK)
      if (random() < 0.3) tail.fill(0, at, Math.min(at + BLOCK, tail.length));
  next.content = Buffer.concat([base, tail.subarray(0, length)]);
  next.durable = next.content;
  return next;
}
