/** The head of a recorded file for who gets its pictures alone. */
import { AUDIO_TRACK, box, boxes, needBytes } from './box.ts';

/**
 * `ftyp` and `moov` without the sound track: a player waits for sound that was announced.
 * @throws InputError when `init` is no head of ours
 */
export function videoOnlyInit(init: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (const found of boxes(init, 'init'))
    parts.push(
      found.type === 'moov'
        ? box('moov', ...without(found.body, 'trak', 'tkhd'))
        : init.subarray(found.start, found.end),
    );
  return Buffer.concat(parts);
}

/** The boxes of a `moov`, or of its `mvex`, but for those of the sound track. */
function without(body: Buffer, type: 'trak' | 'trex', head: 'tkhd' | undefined): Buffer[] {
  const kept: Buffer[] = [];
  for (const found of boxes(body, 'init')) {
    if (found.type === type) {
      const [first] = head ? boxes(found.body, 'init') : [{ body: found.body }];
      const at = head ? 12 : 4;
      needBytes(first?.body ?? Buffer.alloc(0), at + 4, type, 'init');
      if (first?.body.readUInt32BE(at) === AUDIO_TRACK) continue;
    }
    if (found.type === 'mvex') kept.push(box('mvex', ...without(found.body, 'trex', undefined)));
    else kept.push(body.subarray(found.start, found.end));
  }
  return kept;
}
