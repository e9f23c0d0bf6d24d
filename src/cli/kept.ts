/**
 * `vidette moment …`, `vidette protect …`: what is kept longer, and what no limit removes.
 */
import { FootageMomentCreate, ProtectionCreate } from '../contract/kept.ts';
import { routes } from '../contract/routes.ts';
import { checked } from './checked.ts';
import { findHub } from './own-hub.ts';
import { print, table } from './terminal.ts';

interface Output {
  readonly json?: boolean;
}

export interface MomentGiven extends Output {
  readonly from: string;
  readonly to?: string;
  readonly label?: string;
  readonly kind?: string;
  readonly track?: string;
}

export async function listMoments(
  camera: string,
  options: Output & { from: string; to: string; kind?: string },
): Promise<void> {
  const { client } = await findHub();
  const { from, to, kind } = options;
  const query = { from, to, ...(kind === undefined ? {} : { kind }) };
  const moments = await client.call(routes.listMoments, { params: { id: camera }, query });
  if (options.json) return print(JSON.stringify(moments));
  if (moments.length === 0) return print('Nothing is marked in this range.');
  print(table(moments.map(({ id, start, end, kind: what, label }) => [id, start, end, what, label ?? ''])));
}

export async function addMoment(camera: string, { json, ...given }: MomentGiven): Promise<void> {
  const { client } = await findHub();
  const { from: start, to: end, label, kind, track } = given;
  const body = checked(FootageMomentCreate, {
    ...{ start, label: label ?? null, track: track ?? null },
    ...(end === undefined ? {} : { end }),
    ...(kind === undefined ? {} : { kind }),
  });
  const moment = await client.call(routes.createMoment, { params: { id: camera }, body });
  print(json ? JSON.stringify(moment) : `Marked ${moment.start} to ${moment.end} (${moment.id}).`);
}

export async function removeMoment(camera: string, moment: string): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.deleteMoment, { params: { id: camera, moment } });
  print('The mark is gone; the footage stays for as long as its limits say.');
}

export async function listProtections(camera: string, { json }: Output): Promise<void> {
  const { client } = await findHub();
  const ranges = await client.call(routes.listProtections, { params: { id: camera } });
  if (json) return print(JSON.stringify(ranges));
  if (ranges.length === 0) return print('Nothing of this camera is protected.');
  print(table(ranges.map(({ id, start, end, note }) => [id, start, end, note])));
}

export async function protect(
  camera: string,
  options: Output & { from: string; to: string; note?: string; track?: string },
): Promise<void> {
  const { client } = await findHub();
  const { from: start, to: end, note, track } = options;
  const body = checked(ProtectionCreate, { start, end, note: note ?? '', track: track ?? null });
  const range = await client.call(routes.createProtection, { params: { id: camera }, body });
  print(options.json ? JSON.stringify(range) : `No limit removes ${range.start} to ${range.end} (${range.id}).`);
}

export async function unprotect(camera: string, protection: string): Promise<void> {
  const { client } = await findHub();
  await client.call(routes.deleteProtection, { params: { id: camera, protection } });
  print('It is protected no more; the footage goes when its limits say so.');
}
