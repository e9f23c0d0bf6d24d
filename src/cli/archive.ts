/**
 * `vidette archive …`: where old footage goes, and what is moving there.
 */
import { routes } from '../contract/routes.ts';
import { ArchiveSettings, type Storage } from '../contract/storage.ts';
import { checked } from './checked.ts';
import { findHub } from './own-hub.ts';
import { print } from './terminal.ts';

interface Output {
  readonly json?: boolean;
}

export async function showArchive({ json }: Output): Promise<void> {
  const { client } = await findHub();
  const storage = await client.call(routes.storage, {});
  print(json ? JSON.stringify(storage) : storageWords(storage).join('\n'));
}

/** The keys of a bucket come from the environment, never from an argument. */
export async function setArchive(
  where: string,
  options: Output & { endpoint?: string; region?: string; rate?: number },
): Promise<void> {
  const { client } = await findHub();
  const { VIDETTE_ARCHIVE_ACCESS_KEY: accessKey, VIDETTE_ARCHIVE_SECRET_KEY: secretKey } = process.env;
  const body = checked(ArchiveSettings, {
    where,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.rate === undefined ? {} : { bytesPerSecond: Math.round(options.rate * 1_000_000) }),
    ...(accessKey ? { accessKey } : {}),
    ...(secretKey ? { secretKey } : {}),
  });
  const storage = await client.call(routes.setArchive, { body });
  print(options.json ? JSON.stringify(storage) : storageWords(storage).join('\n'));
}

export async function removeArchive(): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.removeArchive, {});
  print('There is no archive any more.');
}

export async function confirmClock(): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.confirmClock, {});
  print('The clock is believed: old footage may go again.');
}

/** What a person reads; one line a subject. Pure. */
export function storageWords({ library, archive, protectedBytes, clock }: Storage): string[] {
  const lines = [`Library    ${placeWords(library)}${library.full ? '; full: recording waits for room' : ''}`];
  if (archive === null) lines.push('Archive    none');
  else {
    const { moving, reason, moved, bytesPerSecond } = archive;
    const what = moving === 'idle' ? 'nothing to move' : moving === 'moving' ? 'moving' : `waiting: ${reason ?? ''}`;
    const limit = `at most ${(bytesPerSecond / 1e6).toFixed(1)} MB a second`;
    lines.push(
      `Archive    ${placeWords(archive)}`,
      `Moving     ${what}; ${moved.segments} segments (${gigabytes(moved.bytes)}) since the hub started, ${limit}`,
    );
  }
  lines.push(`Protected  ${gigabytes(protectedBytes)}`);
  if (clock !== null)
    lines.push(
      `Clock      it says ${clock.says}, which is believed from ${clock.believedAt} on; until then nothing goes for its age. If it is right: vidette archive clock-is-right`,
    );
  return lines;
}

function placeWords({ where, state, bytes, free }: Storage['library'] | NonNullable<Storage['archive']>): string {
  const trouble = { ok: '', missing: ', not there (its marker is missing)', away: ', does not answer' }[state];
  return `${where}${trouble}, ${gigabytes(bytes)} kept${free === null ? '' : `, ${gigabytes(free)} free`}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
