/** What the helper does to configfs and sysfs, so that a test can be the kernel. Synchronous: one command after the other, each a few writes. */
import fs from 'node:fs';

export interface KernelFiles {
  mkdir(path: string): void;
  rmdir(path: string): void;
  symlink(target: string, path: string): void;
  unlink(path: string): void;
  /** To an attribute that is there. Errors carry the kernel's `code`. */
  write(path: string, text: string): void;
  /** Without the end of the line. */
  read(path: string): string;
  /** Empty for a folder that is not there. */
  list(path: string): string[];
  exists(path: string): boolean;
}

export const kernelFiles: KernelFiles = {
  mkdir: (path) => fs.mkdirSync(path),
  rmdir: (path) => fs.rmdirSync(path),
  symlink: (target, path) => fs.symlinkSync(target, path),
  unlink: (path) => fs.unlinkSync(path),
  write(path, text) {
    // Never creates: an attribute that this kernel lacks is ENOENT.
    const file = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_TRUNC);
    try {
      // An empty write does not reach the kernel: an end of line does.
      fs.writeSync(file, `${text}\n`);
    } finally {
      fs.closeSync(file);
    }
  },
  read: (path) => fs.readFileSync(path, 'utf8').replace(/\n$/, ''),
  list(path) {
    try {
      return fs.readdirSync(path).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  exists: (path) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined,
};

/** The kernel's word for what went wrong; empty for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
