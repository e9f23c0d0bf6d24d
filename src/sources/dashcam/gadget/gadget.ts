/**
 * The USB drive that the car sees, made of files of the kernel: a gadget of configfs with one mass storage function (kernel documentation:
 * usb/gadget_configfs, usb/mass-storage, ABI configfs-usb-gadget-mass-storage). Whatever fails is undone: there is a whole drive, or none.
 */
import fs from 'node:fs';
import { messageOf } from '../../../base/errors.ts';
import { type BackingFile, openBackingFile } from './backing-file.ts';
import { codeOf, type KernelFiles } from './kernel-files.ts';
import type { KernelState } from './protocol.ts';
import { Refused } from './refused.ts';
import type { GadgetSettings } from './settings.ts';

export interface GadgetPlaces {
  /** `/sys/kernel/config/usb_gadget`. */
  readonly gadgets: string;
  /** `/sys/class/udc`. */
  readonly controllers: string;
}

const GADGET_PLACES: GadgetPlaces = {
  gadgets: '/sys/kernel/config/usb_gadget',
  controllers: '/sys/class/udc',
};

/** Ours; gadgets of others are left alone. */
const NAME = 'vidette';
const FUNCTION = 'mass_storage.0';
const LANGUAGE = 'strings/0x409';
const CONFIG = 'configs/c.1';

type Open = (path: string, uid: number) => BackingFile;

export class Gadget {
  readonly #kernel: KernelFiles;
  readonly #settings: GadgetSettings;
  readonly #places: GadgetPlaces;
  readonly #open: Open;

  constructor(
    kernel: KernelFiles,
    settings: GadgetSettings,
    places: GadgetPlaces = GADGET_PLACES,
    open = openBackingFile,
  ) {
    this.#kernel = kernel;
    this.#settings = settings;
    this.#places = places;
    this.#open = open;
  }

  status(): KernelState {
    const controllers = this.#kernel.list(this.#places.controllers);
    const bound = this.#bound();
    const files = this.#luns().map((lun) =>
      this.#nameOf(this.#kernel.read(this.#at(`functions/${FUNCTION}/${lun}/file`))),
    );
    return {
      attached: bound !== '',
      image: files[0] ?? null,
      media: files.slice(1).flatMap((name) => name ?? []),
      link: bound === '' ? '' : this.#link(bound),
      controllers,
    };
  }

  /** @throws Refused; afterwards nothing is attached */
  attach(image: string, media: readonly string[]): void {
    const controller = this.#controller();
    const names = [image, ...media];
    if (new Set(names).size !== names.length) throw new Refused('invalid', 'One image cannot be two drives.');
    const now = this.status();
    if (now.attached) {
      if (now.image === image && now.media.join() === media.join()) return;
      throw new Refused('attached', 'Another drive is attached: swap it, or detach it first.');
    }
    using stack = new DisposableStack();
    const files = names.map((name) => stack.use(this.#open(this.#pathOf(name), this.#settings.uid)));
    // What a helper that died has left.
    this.#takeApart();
    try {
      this.#build(files);
      this.#write('UDC', controller);
    } catch (error) {
      this.#undo(() => this.#takeApart());
      throw error;
    }
  }

  /** @throws Refused; then the car has the drive that it had, or none */
  swap(image: string): void {
    const before = this.status();
    if (!before.attached) throw new Refused('detached', 'There is no drive to be swapped.');
    if (before.image === image) return;
    if (before.media.includes(image)) throw new Refused('invalid', 'One image cannot be two drives.');
    using next = this.#open(this.#pathOf(image), this.#settings.uid);
    using stack = new DisposableStack();
    // Before anything is taken away: it has to be there to be put back. None when a swap before this one could not do that.
    const old =
      before.image === null ? undefined : stack.use(this.#open(this.#pathOf(before.image), this.#settings.uid));
    const controller = this.#bound();
    if (this.#eject()) {
      this.#replace(next, old);
      return;
    }
    // A kernel before 6.0, and a car that holds its drive: it is unplugged for a moment.
    this.#write('UDC', '');
    try {
      this.#replace(next, old);
    } finally {
      this.#write('UDC', controller);
    }
  }

  /** Also of what is half built. @throws Refused */
  detach(): void {
    if (this.#bound() !== '') this.#write('UDC', '');
    this.#takeApart();
  }

  /** @returns false: the car holds it, and this kernel cannot take it away */
  #eject(): boolean {
    const lun = `functions/${FUNCTION}/lun.0`;
    try {
      this.#write(`${lun}/file`, '');
      return true;
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'EBUSY')) throw error;
    }
    if (!this.#kernel.exists(this.#at(`${lun}/forced_eject`))) return false;
    this.#write(`${lun}/forced_eject`, '1');
    return true;
  }

  #replace(next: BackingFile, old: BackingFile | undefined): void {
    const file = `functions/${FUNCTION}/lun.0/file`;
    try {
      this.#write(file, '');
      this.#write(file, next.path);
    } catch (error) {
      if (old) this.#undo(() => this.#write(file, old.path));
      throw error;
    }
  }

  #build(files: readonly BackingFile[]): void {
    const { mkdir } = this.#steps();
    mkdir('');
    this.#write('idVendor', '0x1d6b');
    this.#write('idProduct', '0x0104');
    this.#write('bcdDevice', '0x0100');
    this.#write('bcdUSB', '0x0200');
    mkdir(LANGUAGE);
    this.#write(`${LANGUAGE}/serialnumber`, this.#settings.serial);
    this.#write(`${LANGUAGE}/manufacturer`, 'Vidette');
    this.#write(`${LANGUAGE}/product`, 'Vidette drive');
    mkdir(CONFIG);
    this.#write(`${CONFIG}/MaxPower`, '500');
    mkdir(`${CONFIG}/${LANGUAGE}`);
    this.#write(`${CONFIG}/${LANGUAGE}/configuration`, 'drive');
    mkdir(`functions/${FUNCTION}`);
    for (const [index, file] of files.entries()) {
      const lun = `functions/${FUNCTION}/lun.${index}`;
      // The first one comes with the function.
      if (index > 0) mkdir(lun);
      this.#write(`${lun}/removable`, '1');
      this.#write(`${lun}/cdrom`, '0');
      // Cannot be changed while a file is open, so the file is last.
      this.#write(`${lun}/ro`, '0');
      // Writes that the car wants to be durable are.
      this.#write(`${lun}/nofua`, '0');
      this.#write(`${lun}/inquiry_string`, index === 0 ? 'Vidette cam' : 'Vidette media');
      this.#write(`${lun}/file`, file.path);
    }
    const link = `${CONFIG}/${FUNCTION}`;
    this.#step(link, () => this.#kernel.symlink(this.#at(`functions/${FUNCTION}`), this.#at(link)));
  }

  /** In the order in which the kernel lets go: link, functions, configurations, strings. What is not there is passed over. */
  #takeApart(): void {
    const kernel = this.#kernel;
    if (!kernel.exists(this.#at(''))) return;
    const { rmdir } = this.#steps();
    const link = `${CONFIG}/${FUNCTION}`;
    if (kernel.exists(this.#at(link))) this.#step(link, () => kernel.unlink(this.#at(link)));
    for (const lun of this.#luns().reverse()) {
      const path = `functions/${FUNCTION}/${lun}`;
      if (kernel.exists(this.#at(`${path}/file`)) && kernel.read(this.#at(`${path}/file`)) !== '')
        this.#write(`${path}/file`, '');
      if (lun !== 'lun.0') rmdir(path);
    }
    for (const path of [`functions/${FUNCTION}`, `${CONFIG}/${LANGUAGE}`, CONFIG, LANGUAGE, '']) rmdir(path);
  }

  #luns(): string[] {
    return this.#kernel
      .list(this.#at(`functions/${FUNCTION}`))
      .filter((name) => /^lun\.\d$/.test(name))
      .sort();
  }

  #bound(): string {
    return this.#kernel.exists(this.#at('UDC')) ? this.#kernel.read(this.#at('UDC')) : '';
  }

  #link(controller: string): string {
    try {
      return this.#kernel.read(`${this.#places.controllers}/${controller}/state`);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    }
  }

  #controller(): string {
    if (!this.#kernel.exists(this.#places.gadgets))
      throw new Refused(
        'unavailable',
        'The kernel has no USB gadgets: is the module libcomposite loaded, and configfs mounted?',
      );
    const all = this.#kernel.list(this.#places.controllers);
    const wanted = this.#settings.controller ?? all[0];
    if (wanted === undefined || !all.includes(wanted))
      throw new Refused('unavailable', 'This machine has no USB controller that can be a device: is dwc2 switched on?');
    if (this.#settings.controller === undefined && all.length > 1)
      throw new Refused('unavailable', `Which controller is it to be: ${all.join(', ')}?`);
    return wanted;
  }

  #pathOf(name: string): string {
    const path = Object.hasOwn(this.#settings.images, name) ? this.#settings.images[name] : undefined;
    if (path === undefined) throw new Refused('image', `The settings name no image “${name}”.`);
    return path;
  }

  #nameOf(file: string): string | null {
    if (file === '') return null;
    for (const [name, path] of Object.entries(this.#settings.images)) if (realPath(path) === file) return name;
    return null;
  }

  #steps(): { readonly mkdir: (path: string) => void; readonly rmdir: (path: string) => void } {
    return {
      mkdir: (path) => this.#step(path, () => this.#kernel.mkdir(this.#at(path))),
      rmdir: (path) => {
        if (this.#kernel.exists(this.#at(path))) this.#step(path, () => this.#kernel.rmdir(this.#at(path)));
      },
    };
  }

  #write(path: string, text: string): void {
    this.#step(path, () => this.#kernel.write(this.#at(path), text));
  }

  /** Says which step the kernel refused. */
  #step(path: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      const code = codeOf(error);
      throw new Refused(
        code || 'failed',
        `The kernel refused ${path === '' ? NAME : path}: ${code || messageOf(error)}`,
        error,
      );
    }
  }

  /** After a failure, whose reason is the one to be told. */
  #undo(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  #at(path: string): string {
    const gadget = `${this.#places.gadgets}/${NAME}`;
    return path === '' ? gadget : `${gadget}/${path}`;
  }
}

/** As the kernel tells it. */
function realPath(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return path;
    throw error;
  }
}
