import type { StreamConfig } from '../../../media/access-unit.ts';

/** Whether pictures and sound are coded alike, so that they may stand in one file. */
export function sameConfig(a: StreamConfig, b: StreamConfig): boolean {
  return (
    a.video.codec === b.video.codec &&
    a.video.width === b.video.width &&
    a.video.height === b.video.height &&
    sameBytes(a.video.description, b.video.description) &&
    a.audio?.codec === b.audio?.codec &&
    a.audio?.sampleRate === b.audio?.sampleRate &&
    a.audio?.channels === b.audio?.channels &&
    sameBytes(a.audio?.description, b.audio?.description)
  );
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}
