/**
 * Whether this machine can be a USB drive, in words that say what to do. Looks, and changes nothing.
 */
import { existsSync, readdirSync } from 'node:fs';

export interface MachineFacts {
  /** As Node says: `arm64`. */
  readonly arch: string;
  /** Names below `/sys/class/udc`. */
  readonly controllers: readonly string[];
  /** `/sys/kernel/config` is there. */
  readonly configfs: boolean;
  readonly helper: boolean;
}

export function machineFacts(helper: string | readonly string[]): MachineFacts {
  const own = typeof helper === 'string' ? helper : helper.find((part) => part.startsWith('/'));
  return {
    arch: process.arch,
    controllers: existsSync('/sys/class/udc') ? readdirSync('/sys/class/udc') : [],
    configfs: existsSync('/sys/kernel/config'),
    helper: own === undefined || existsSync(own),
  };
}

/** What is missing, each with its remedy; empty: nothing. Pure. */
export function machineHints({ arch, controllers, configfs, helper }: MachineFacts): string[] {
  const hints: string[] = [];
  if (arch === 'arm')
    hints.push(
      'This is a 32-bit ARM system, which is not supported: the Raspberry Pi Zero W (armv6) cannot run Vidette. Use a Zero 2 W or newer, with a 64-bit system.',
    );
  if (controllers.length === 0)
    hints.push(
      'The kernel has no USB device controller. On a Raspberry Pi: write dtoverlay=dwc2,dr_mode=peripheral into /boot/firmware/config.txt, use the port that is marked USB (not PWR), and start the machine again.',
    );
  if (!configfs) hints.push('There is no /sys/kernel/config: as root, modprobe libcomposite.');
  if (!helper)
    hints.push(
      'The root helper is not installed: run deploy/car/install.sh. Until then footage is harvested, but the car sees no drive.',
    );
  return hints;
}
