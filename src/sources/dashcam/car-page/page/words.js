/** Numbers and names as words. Pure. */

const CAMERAS = {
  front: 'Front',
  back: 'Back',
  left_repeater: 'Left repeater',
  right_repeater: 'Right repeater',
  left_pillar: 'Left pillar',
  right_pillar: 'Right pillar',
  unknown: 'Unknown camera',
};
const WHAT = {
  saved: 'Saved',
  honk: 'Honk',
  sentry: 'Sentry',
  panic: 'Alarm',
  'crash-avoidance': 'Emergency braking',
  other: 'Event',
};
const IMAGE = {
  car: 'in the car',
  salvage: 'being read out',
  ready: 'empty and ready',
  waiting: 'waits to be read out',
  missing: 'missing',
  unreadable: 'cannot be read',
};

/** The order in which cameras are shown. */
export const ORDER = Object.keys(CAMERAS);

export const cameraWord = (track) => CAMERAS[track] ?? track.replaceAll('_', ' ');
export const imageWord = (state) => IMAGE[state] ?? state;

/** @param {{ what: string | null, ring: string }} event */
export const eventWord = ({ what, ring }) => WHAT[what ?? ''] ?? (ring === 'sentry' ? 'Sentry' : 'Saved');

/** @param {number} count bytes; MB are 1,000,000 */
export function sizeWord(count) {
  if (count < 1e6) return `${Math.ceil(count / 1e3)} kB`;
  if (count < 1e9) return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
  return `${(count / 1e9).toFixed(count < 1e10 ? 1 : 0)} GB`;
}

/** @param {number} ms since then; a clock that was set back gives less than nothing */
export function agoWord(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return seconds < 5 ? 'just now' : `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** @param {number | null} utc ms, shown in the phone's zone @param {string | null} local the car's own, where UTC is not known */
export function timeWord(utc, local) {
  if (utc !== null)
    return new Date(utc).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return local === null ? 'unknown time' : `${local.slice(11)} (car)`;
}

/** The same with the day. */
export function momentWord(utc, local) {
  if (utc === null) return `${local.replace('T', ' ')} (car’s clock)`;
  return new Date(utc).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** What the USB side is doing. @returns {[words: string, tone: 'good' | 'warn' | 'bad']} */
export function gadgetWord(gadget, on) {
  if (gadget.kind === 'unavailable') return [gadget.why, 'bad'];
  if (gadget.kind === 'detached')
    return on ? ['Not plugged in yet', 'warn'] : ['Switched off: the car has no drive', 'warn'];
  if (gadget.link === 'configured') return ['The car uses the drive', 'good'];
  return [`Ready, but the car has not taken it (${gadget.link})`, 'warn'];
}

/** What pushing is doing. */
export function pushWord(push) {
  const waiting = push.files === 0 ? '' : ` ${push.files} files wait (${sizeWord(push.bytes)}).`;
  switch (push.state) {
    case 'off':
      return `Switched off.${waiting}`;
    case 'no-hub':
      return 'No hub is set: footage stays here.';
    case 'idle':
      return push.files === 0 ? 'The hub has everything.' : waiting.trim();
    case 'sending':
      return `Sending, ${sizeWord(push.rate)} a second.${waiting}`;
    default:
      return `Waiting for the hub.${waiting}`;
  }
}
