/**
 * `vidette verify`: whether harvested footage is all there and unchanged.
 */
import { UserError } from '../base/errors.ts';
import { readSettings } from '../hub/settings.ts';
import { type Verification, verifyLibrary } from '../sources/dashcam/harvest/verify.ts';
import { megabytes, print, progressLine, table, untilAsked } from './terminal.ts';

export interface VerifyCommandOptions {
  readonly contents?: boolean;
  readonly expect?: string;
  readonly json?: boolean;
}

const MOST_SHOWN = 50;

export async function verify(library: string | undefined, options: VerifyCommandOptions): Promise<void> {
  const folder = library ?? readSettings(process.env).blobs;
  if (folder.startsWith('s3://'))
    throw new UserError('The library is in a bucket.', 'Name a folder.', { code: 'usage' });
  if (options.expect !== undefined && !/^[0-9a-f]{64}$/.test(options.expect))
    throw new UserError('--expect is not the SHA-256 of a line.', 'It is what vidette harvest printed last.', {
      code: 'usage',
    });
  const line = progressLine(options.json === true || !process.stderr.isTTY);
  let found: Verification;
  try {
    found = await verifyLibrary(folder, {
      contents: options.contents === true,
      ...(options.expect === undefined ? {} : { expect: options.expect }),
      signal: untilAsked(),
      progress: (done) => line.update(done, options.contents ? 'comparing' : 'looking'),
    });
  } finally {
    line.end();
  }
  if (!found.ok) process.exitCode = 1;
  print(options.json ? JSON.stringify(found) : describeVerification(found));
}

/** For people. */
export function describeVerification(found: Verification): string {
  if (found.sources.length === 0) return `No car's footage was harvested into ${found.library}.`;
  const rows: string[][] = [];
  for (const source of found.sources) {
    rows.push([source.source, `${source.files} files, ${megabytes(source.bytes)}; ${source.lines} lines`]);
    if (source.deleted > 0) rows.push(['  Deleted', `${source.deleted} files, on purpose: it is recorded`]);
    rows.push(['  Last line', source.head]);
    if (source.broken) rows.push(['  Broken', `line ${source.broken.line}: ${source.broken.reason}`]);
    if (source.unfinished)
      rows.push(['  Unfinished', 'a harvest is running or was broken off; the next one completes it']);
    const problems: string[][] = [
      ...source.missing.map((key) => [`  ${key}`, 'it is gone, and no line says why']),
      ...source.changed.map(({ key, what }) => [`  ${key}`, what]),
      ...source.unrecorded.map((key) => [`  ${key}`, 'no line records it']),
      ...source.again.map((key) => [`  ${key}`, 'it was deleted on purpose, and is there again']),
    ];
    rows.push(...problems.slice(0, MOST_SHOWN));
    if (problems.length > MOST_SHOWN) rows.push(['  …', `${problems.length} in all: --json`]);
  }
  if (found.expected === false) rows.push(['Expected', 'no line has this hash: lines were removed or changed']);
  const compared = found.contents ? 'contents' : 'lengths; --contents compares every byte';
  rows.push(['Verified', found.ok ? `yes (${compared})` : 'no']);
  return table(rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}|\p{Cf}/gu, '·'))));
}
