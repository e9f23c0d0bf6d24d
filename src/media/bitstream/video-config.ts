/** From parameter sets to what a segment's header needs, and back. */
import { InputError } from '../../base/errors.ts';
import type { VideoConfig } from '../access-unit.ts';
import { buildAvcC, h264PpsId, parseAvcC, parseH264Sps } from './h264.ts';
import { buildHvcC, h265PpsId, h265VpsId, parseH265Sps, parseHvcC } from './h265.ts';
import { annexBUnits, nalRole, nalType, type VideoCodec } from './nal.ts';
import type { SequenceInfo } from './sequence.ts';

export interface ParameterSets {
  readonly vps: readonly Uint8Array[];
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

/** What the SPS says of the pictures. @throws InputError */
export function parseSps(codec: VideoCodec, nal: Uint8Array): SequenceInfo & { readonly id: number } {
  return codec === 'h264' ? parseH264Sps(nal) : parseH265Sps(nal);
}

/** Identity of a parameter set within its kind: a new one with the same id replaces the old. @throws InputError */
export function parameterSetId(codec: VideoCodec, role: 'vps' | 'sps' | 'pps', nal: Uint8Array): number {
  if (role === 'sps') return parseSps(codec, nal).id;
  if (role === 'vps') return h265VpsId(nal);
  return codec === 'h264' ? h264PpsId(nal) : h265PpsId(nal);
}

/** @throws InputError when a set is missing or broken */
export function videoConfig(codec: VideoCodec, sets: ParameterSets): VideoConfig {
  const sps = sets.sps[0];
  if (!sps) throw new InputError('parameter sets', 'the SPS is missing');
  const { width, height, codecString } = parseSps(codec, sps);
  const description = codec === 'h264' ? buildAvcC(sets.sps, sets.pps) : buildHvcC(sets);
  return { codec, codecString, width, height, description };
}

/** The parameter sets inside a config. @throws InputError */
export function parameterSets(config: Pick<VideoConfig, 'codec' | 'description'>): ParameterSets {
  if (config.codec === 'mjpeg') return { vps: [], sps: [], pps: [] };
  return config.codec === 'h264' ? { vps: [], ...parseAvcC(config.description) } : parseHvcC(config.description);
}

/** Config from an Annex B byte stream that begins with its parameter sets, as an encoder gives it. @throws InputError */
export function videoConfigOfAnnexB(codec: VideoCodec, stream: Uint8Array): VideoConfig {
  const sets = { vps: [] as Uint8Array[], sps: [] as Uint8Array[], pps: [] as Uint8Array[] };
  for (const nal of annexBUnits(stream)) {
    const role = nalRole(codec, nalType(codec, nal[0] ?? 0));
    if (role === 'vps' || role === 'sps' || role === 'pps') sets[role].push(nal);
    else if (role === 'slice' || role === 'key-slice') break;
  }
  return videoConfig(codec, sets);
}
