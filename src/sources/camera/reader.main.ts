/**
 * Entry of a reader child: FFmpeg reads what the first message names, and the recorder gets the packets.
 */

import { systemClock } from '../../base/clock.ts';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import { redact } from '../../base/redact.ts';
import { imagesAddress, patternAddress } from './pattern/address.ts';
import { type DemuxSink, demux } from './reader/demux.ts';
import { type FromReader, type OpenOrder, type ToReader, WINDOW_BYTES } from './reader/messages.ts';

let outstanding = 0;
let resume: (() => void) | undefined;

process.once('disconnect', () => process.exit(0));
// A terminal’s Ctrl-C reaches the whole group; the parent ends this process when it has heard it.
process.on('SIGINT', () => undefined);
process.on('message', (message: ToReader) => {
  if (message.type === 'open') return void read(message);
  outstanding -= message.bytes;
  if (outstanding < WINDOW_BYTES) resume?.();
});

async function read(order: OpenOrder): Promise<void> {
  let last: FromReader;
  try {
    const reason = await show(order, {
      config: (config) => void tell({ type: 'config', config }),
      note: (kind, text) => void tell({ type: 'note', kind, text }),
      units: async (units) => {
        for (const unit of units) outstanding += unit.data.length;
        await tell({ type: 'units', units });
        while (outstanding >= WINDOW_BYTES) await new Promise<void>((resolve) => (resume = resolve));
      },
    });
    last = { type: 'ended', reason };
  } catch (error) {
    const kind = error instanceof UserError ? 'refused' : error instanceof InputError ? 'input' : 'unavailable';
    const unauthorised = error instanceof UserError && error.code === 'unauthorised';
    const text = error instanceof InputError ? error.reason : messageOf(error);
    last = { type: 'failed', kind, unauthorised, message: withoutSecrets(text, order) };
  }
  await tell(last);
  process.exit(0);
}

/** What FFmpeg reads, or what is made here for who has no camera. */
async function show(order: OpenOrder, sink: DemuxSink): Promise<string> {
  const { url } = order;
  if (url.startsWith('test:')) {
    const { showPattern } = await import('./pattern/test-pattern.ts');
    return showPattern(patternAddress(url), sink, systemClock);
  }
  if (url.startsWith('images:')) {
    const { showImages } = await import('./images/slides.ts');
    return showImages(imagesAddress(url), sink, systemClock);
  }
  return demux(order, sink);
}

/** Resolves when the message is with the system; the other end may be gone, and then so is this process soon. */
function tell(message: FromReader): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}

function withoutSecrets(text: string, order: OpenOrder): string {
  const cut = redact(text);
  return order.password === null || order.password === '' ? cut : cut.replaceAll(order.password, '…');
}
