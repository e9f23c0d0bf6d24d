import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Paths of all files below a folder, relative to it. A folder that goes while it is read counts as empty. */
export async function filesBelow(root: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const items = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    for (const item of items) {
      if (item.isDirectory()) await walk(join(folder, item.name));
      else found.push(relative(root, join(folder, item.name)));
    }
  };
  await walk(root);
  return found.sort();
}
