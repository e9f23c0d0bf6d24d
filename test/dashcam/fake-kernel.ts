/**
 * configfs and sysfs of a machine that can be a USB drive, in a plain folder: makes the attributes that the kernel makes, and refuses what it refuses
 * (drivers/usb/gadget/configfs.c, function/f_mass_storage.c and storage_common.c).
 */
import fs, { mkdirSync, readdirSync, readlinkSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type KernelFiles, kernelFiles } from '../../src/sources/dashcam/gadget/kernel-files.ts';
import { fault } from '../faults/disk.ts';

export interface FakeKernelOptions {
  /** Controllers; one by default. */
  readonly controllers?: readonly string[];
  /** Linux before 6.0 has none. */
  readonly forcedEject?: boolean;
  /** Called before each change; what it throws is what the kernel answers. */
  readonly before?: (step: string) => void;
}

const GADGET = ['idVendor', 'idProduct', 'bcdDevice', 'bcdUSB', 'UDC'];
const STRINGS = ['serialnumber', 'manufacturer', 'product'];
const LUN = ['file', 'ro', 'removable', 'cdrom', 'nofua', 'inquiry_string'];

export class FakeKernel implements KernelFiles {
  readonly root: string;
  /** Every change in its order: `write lun.0/ro 0`. */
  readonly journal: string[] = [];
  /** The car has locked its medium: PREVENT MEDIUM REMOVAL. */
  locked = false;
  readonly #options: FakeKernelOptions;

  constructor(root: string, options: FakeKernelOptions = {}) {
    this.root = root;
    this.#options = options;
    mkdirSync(this.gadgets, { recursive: true });
    for (const controller of options.controllers ?? ['fe980000.usb']) {
      mkdirSync(join(this.controllers, controller), { recursive: true });
      writeFileSync(join(this.controllers, controller, 'state'), 'not attached\n');
    }
  }

  get gadgets(): string {
    return join(this.root, 'config', 'usb_gadget');
  }

  get controllers(): string {
    return join(this.root, 'class', 'udc');
  }

  /** What the car has in its first drive; undefined when it has none. */
  get medium(): string | undefined {
    const gadget = join(this.gadgets, 'vidette');
    const file = join(gadget, 'functions', 'mass_storage.0', 'lun.0', 'file');
    if (!fs.existsSync(file) || kernelFiles.read(join(gadget, 'UDC')) === '') return undefined;
    return kernelFiles.read(file) || undefined;
  }

  mkdir(path: string): void {
    this.#step('mkdir', path);
    const parent = basename(dirname(path));
    const make = (names: readonly string[]): void => {
      for (const name of names) writeFileSync(join(path, name), '\n');
    };
    mkdirSync(path);
    if (dirname(path) === this.gadgets) {
      make(GADGET);
      for (const name of ['configs', 'functions', 'strings']) mkdirSync(join(path, name));
    } else if (parent === 'configs') {
      make(['MaxPower']);
      mkdirSync(join(path, 'strings'));
    } else if (parent === 'strings')
      make(basename(join(path, '..', '..')).startsWith('c.') ? ['configuration'] : STRINGS);
    else if (parent === 'functions') {
      make(['stall', 'num_buffers']);
      this.#lun(join(path, 'lun.0'));
    } else if (/^lun\.\d$/.test(basename(path))) {
      fs.rmdirSync(path);
      this.#lun(path);
    } else throw fault('EPERM', 'mkdir', path);
  }

  rmdir(path: string): void {
    this.#step('rmdir', path);
    if (!fs.existsSync(path)) throw fault('ENOENT', 'rmdir', path);
    if (basename(path) === 'lun.0') throw fault('EPERM', 'rmdir', path);
    if (dirname(path) === this.gadgets) {
      // Its own folders go with it, whoever made something in them has to take it away first.
      for (const name of ['configs', 'functions', 'strings'])
        if (readdirSync(join(path, name)).length > 0) throw fault('ENOTEMPTY', 'rmdir', path);
      if (kernelFiles.read(join(path, 'UDC')) !== '') throw fault('EBUSY', 'rmdir', path);
    }
    if (basename(dirname(path)) === 'configs') {
      if (readdirSync(path).some((name) => name.startsWith('mass_storage'))) throw fault('ENOTEMPTY', 'rmdir', path);
      if (readdirSync(join(path, 'strings')).length > 0) throw fault('ENOTEMPTY', 'rmdir', path);
    }
    if (basename(dirname(path)) === 'functions') {
      if (this.#linked(path)) throw fault('EBUSY', 'rmdir', path);
      if (readdirSync(path).some((name) => /^lun\.[1-9]$/.test(name))) throw fault('ENOTEMPTY', 'rmdir', path);
    }
    rmSync(path, { recursive: true });
  }

  symlink(target: string, path: string): void {
    this.#step('symlink', path);
    if (!fs.existsSync(target)) throw fault('ENOENT', 'symlink', path);
    fs.symlinkSync(target, path);
  }

  unlink(path: string): void {
    this.#step('unlink', path);
    unlinkSync(path);
  }

  write(path: string, text: string): void {
    this.#step('write', path, text);
    if (!fs.existsSync(path)) throw fault('ENOENT', 'open', path);
    const name = basename(path);
    const lun = dirname(path);
    const holds = /^lun\.\d$/.test(basename(lun)) && kernelFiles.read(join(lun, 'file')) !== '';
    if ((name === 'ro' || name === 'cdrom') && holds) throw fault('EBUSY', 'write', path);
    if (name === 'file') this.#insert(path, text, holds);
    else if (name === 'UDC') this.#bind(path, text);
    else if (name === 'forced_eject') {
      this.locked = false;
      writeFileSync(join(lun, 'file'), '\n');
    } else writeFileSync(path, `${text}\n`);
  }

  read(path: string): string {
    return kernelFiles.read(path);
  }

  list(path: string): string[] {
    return kernelFiles.list(path);
  }

  exists(path: string): boolean {
    return kernelFiles.exists(path);
  }

  #step(what: string, path: string, text?: string): void {
    const name = path.startsWith(this.gadgets) ? path.slice(this.gadgets.length + 1) : path;
    const step = `${what} ${name}${text === undefined ? '' : ` ${text}`}`;
    this.#options.before?.(step);
    this.journal.push(step);
  }

  #lun(path: string): void {
    mkdirSync(path);
    for (const name of LUN) writeFileSync(join(path, name), name === 'removable' ? '1\n' : '\n');
    if (this.#options.forcedEject !== false) writeFileSync(join(path, 'forced_eject'), '');
  }

  #insert(path: string, text: string, holds: boolean): void {
    if (holds && this.locked) throw fault('EBUSY', 'write', path);
    if (holds && kernelFiles.read(join(dirname(path), 'removable')) !== '1') throw fault('EBUSY', 'write', path);
    // The old file is let go before the new one is opened.
    writeFileSync(path, '\n');
    if (text === '') return;
    const real = text.startsWith('/proc/') ? readlinkSync(text) : text;
    if (!fs.existsSync(real)) throw fault('ENOENT', 'write', path);
    writeFileSync(path, `${real}\n`);
  }

  #bind(path: string, text: string): void {
    const bound = kernelFiles.read(path);
    if (text === '') {
      if (bound === '') throw fault('ENODEV', 'write', path);
      this.locked = false;
      writeFileSync(path, '\n');
      writeFileSync(join(this.controllers, bound, 'state'), 'not attached\n');
      return;
    }
    if (bound !== '') throw fault('EBUSY', 'write', path);
    if (!fs.existsSync(join(this.controllers, text))) throw fault('ENODEV', 'write', path);
    const config = join(dirname(path), 'configs', 'c.1');
    if (!fs.existsSync(config) || !readdirSync(config).some((name) => name.startsWith('mass_storage')))
      throw fault('EINVAL', 'write', path);
    writeFileSync(path, `${text}\n`);
    writeFileSync(join(this.controllers, text, 'state'), 'configured\n');
  }

  #linked(target: string): boolean {
    const configs = join(target, '..', '..', 'configs');
    return readdirSync(configs).some((config) =>
      readdirSync(join(configs, config)).some((name) => {
        const path = join(configs, config, name);
        return fs.lstatSync(path).isSymbolicLink() && readlinkSync(path) === target;
      }),
    );
  }
}
