/** A client of the hub's intake as the contract describes it: walks a manifest, sends what is missing, and records. */
import { readFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import type { CarDriveState } from '../../src/contract/car-drive.ts';
import type { Client } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';

export const IDLE: CarDriveState = {
  version: 'test',
  mode: 'live',
  doing: 'pushing',
  free: 5_000_000_000,
  total: 60_000_000_000,
  lastMinute: '2026-03-02T01:03:05.000Z',
  waiting: { files: 3, bytes: 1000 },
  problem: null,
};

export interface PushHub {
  readonly local: string;
  readonly client: Client & { readonly token: string };
}

type Line = { readonly kind: string; readonly sha256?: string; readonly bytes?: number; readonly key?: string };

/** Lines of a source's manifest that are of interest to a hub. */
export async function linesOf(library: string, source: string): Promise<Line[]> {
  const text = await readFile(join(library, source, 'manifest.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .filter(({ kind }) => ['file', 'copy', 'event', 'fill'].includes(kind));
}

/** Sends bytes of a file from `offset` on. @param cutAt hang up when so many of them are sent. @returns the status, or undefined when it was cut */
export function sendPart(
  { local, client }: PushHub,
  car: string,
  file: { readonly sha256: string; readonly bytes: number },
  offset: number,
  part: Buffer,
  cutAt?: number,
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve, reject) => {
    const sending: ClientRequest = request(
      `${local}/api/car-drive/${car}/files/${file.sha256}?offset=${offset}&bytes=${file.bytes}`,
      {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${client.token}`,
          'content-type': 'application/octet-stream',
          'content-length': part.length,
        },
      },
      (answer) => {
        const body: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => body.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(body).toString() }));
      },
    );
    sending.on('error', (error) => (cutAt === undefined ? reject(error) : resolve(undefined)));
    if (cutAt === undefined) sending.end(part);
    else sending.write(part.subarray(0, cutAt), () => setTimeout(() => sending.destroy(), 200));
  });
}

/** Pushes a whole source. @returns files and bytes that were sent, and lines that were recorded */
export async function push(
  hub: PushHub,
  library: string,
  source: string,
  name: string,
  { partBytes, batch = 64 }: { readonly partBytes?: number; readonly batch?: number } = {},
): Promise<{ car: string; files: number; bytes: number; recorded: number; refused: number }> {
  const { client } = hub;
  const welcome = await client.call(routes.carDriveHello, { body: { car: name, state: IDLE } });
  const { car } = welcome;
  const size = partBytes ?? welcome.partBytes;
  const sent = { car, files: 0, bytes: 0, recorded: 0, refused: 0 };
  const lines = await linesOf(library, source);
  for (let at = 0; at < lines.length; at += batch) {
    const some = lines.slice(at, at + batch);
    const files = some.flatMap(({ kind, sha256, bytes, key }) =>
      kind === 'file' && sha256 !== undefined && bytes !== undefined && key !== undefined
        ? [{ sha256, bytes, key }]
        : [],
    );
    const { missing } =
      files.length === 0
        ? { missing: [] }
        : await client.call(routes.carDriveMissing, {
            params: { id: car },
            body: { files: files.map(({ sha256, bytes }) => ({ sha256, bytes })) },
          });
    for (const { sha256, received } of missing) {
      const file = files.find((one) => one.sha256 === sha256);
      if (!file) throw new Error(`the hub wants ${sha256}, of which nobody spoke`);
      const bytes = await readFile(join(library, file.key));
      for (let from = received; from < bytes.length; from += size) {
        const part = bytes.subarray(from, from + size);
        const answer = await sendPart(hub, car, file, from, part);
        if (answer?.status !== 200) throw new Error(`${answer?.status} ${answer?.body}`);
        sent.bytes += part.length;
      }
      sent.files += 1;
    }
    const told = await client.call(routes.carDriveRecord, {
      params: { id: car },
      body: { lines: some as never },
    });
    sent.recorded += told.recorded;
    sent.refused += told.refused.length;
  }
  return sent;
}
