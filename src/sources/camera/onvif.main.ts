/**
 * Entry of the hub's ONVIF child: it parses what any device in the network sends, so it does that alone, and is ended when it is idle.
 */
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import type { OnvifAccess } from '../../contract/onvif.ts';
import { OnvifDevice } from './onvif/device.ts';
import { discover } from './onvif/discover.ts';
import type { FromOnvif, OnvifOrder, OnvifResults, ToOnvif } from './onvif/messages.ts';

/** A camera that is moved is not asked for its services before each step. */
const MOST_DEVICES = 20;
const devices = new Map<string, Promise<OnvifDevice>>();

// The library throws in its own callbacks at answers of odd shape; the question then ends by its time limit, the others go on.
process.on('uncaughtException', () => undefined);
process.once('disconnect', () => process.exit(0));
process.on('message', ({ id, order }: ToOnvif) => {
  obey(order).then(
    (result) => tell({ id, result }),
    (error: unknown) => {
      const failed = error instanceof UserError ? 'refused' : error instanceof InputError ? 'input' : 'unreachable';
      tell({ id, failed, message: error instanceof InputError ? error.reason : messageOf(error) });
    },
  );
});

async function obey(order: OnvifOrder): Promise<OnvifResults[keyof OnvifResults]> {
  switch (order.ask) {
    case 'discover':
      return discover(order.forMs);
    case 'describe':
      return (await OnvifDevice.open(order.access)).describe();
    case 'presets':
      return (await known(order.access)).presets();
    case 'move':
      await (await known(order.access)).obey(order.order);
      return null;
  }
}

function known(access: OnvifAccess): Promise<OnvifDevice> {
  const key = JSON.stringify(access);
  const found = devices.get(key);
  if (found) return found;
  const opened = OnvifDevice.open(access);
  devices.set(key, opened);
  opened.catch(() => devices.delete(key));
  if (devices.size > MOST_DEVICES) devices.delete(devices.keys().next().value ?? key);
  return opened;
}

function tell(answer: FromOnvif): void {
  process.send?.(answer);
}
