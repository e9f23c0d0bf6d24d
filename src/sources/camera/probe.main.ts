/**
 * Entry of the hub's probe child: one address, one answer, and the end. What a camera sends is met here and not in the hub.
 */
import { systemClock } from '../../base/clock.ts';
import { redact } from '../../base/redact.ts';
import type { AccessUnit, StreamConfig } from '../../media/access-unit.ts';
import { readerFor } from './address.ts';
import type { ProbeOrder } from './probe/messages.ts';
import { tryStream } from './probe/try-stream.ts';
import { readWithFfmpeg } from './reader/read-with-ffmpeg.ts';
import { readRtsp } from './rtsp/client.ts';

process.once('disconnect', () => process.exit(0));
process.once('message', async (order: ProbeOrder) => {
  const read = readerFor(order.url, order.reader) === 'rtsp' ? readRtsp : readWithFfmpeg;
  const picture = async (config: StreamConfig, key: AccessUnit): Promise<Uint8Array | undefined> =>
    (await import('./probe/picture.ts')).pictureOf(config, key);
  const answer = await tryStream(order, { clock: systemClock, read, picture });
  const { password } = order;
  const text = redact(JSON.stringify({ ...answer, picture: undefined }));
  const safe =
    password === null || password === '' ? text : text.replaceAll(JSON.stringify(password).slice(1, -1), '…');
  process.send?.({ ...JSON.parse(safe), ...(answer.picture ? { picture: answer.picture } : {}) }, () =>
    process.exit(0),
  );
});
