/**
 * `npm run api`: writes the stored copy of the API's description, so that a change of the contract shows in a review.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { routes } from '../../contract/routes.ts';
import { openApi } from './openapi.ts';

const root = new URL('../../../', import.meta.url);

/** The text of `docs/api/openapi.json`. */
export async function storedDescription(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  return `${JSON.stringify(openApi(routes, version), null, 2)}\n`;
}

if (argv[1] === fileURLToPath(import.meta.url))
  await writeFile(new URL('docs/api/openapi.json', root), await storedDescription());
