/** How the drive is, and its switches. */
import { ask, el } from './dom.js';
import { agoWord, cameraWord, gadgetWord, imageWord, ORDER, pushWord, sizeWord } from './words.js';

const row = (label, value, small) =>
  el(
    'li',
    {},
    el('span.words', {}, el('span', {}, label), small ? el('span.small', {}, small) : undefined),
    value instanceof Node ? value : el('span.value.digits', {}, value),
  );

const SWITCHES = [
  ['drive', 'USB drive', 'Off: the car records nothing.'],
  ['harvest', 'Take footage from it', 'Copies what the car has finished.'],
  ['push', 'Send footage to the hub', 'When it can be reached.'],
];

/** @param status as the server says @param {(status) => void} changed @param {(error) => void} failed */
export function statusView(status, changed, failed) {
  const now = Date.parse(status.now);
  const [words, tone] = gadgetWord(status.gadget, status.switches.drive);
  return el(
    'div',
    {},
    ...status.warnings.map(({ text }) => el('p.note', { role: 'status' }, text)),
    el(
      'ul.sheet.rows',
      {},
      row(
        'Drive',
        el(`span.value.${tone}`, {}, words),
        status.mode === 'live' ? 'Read while the car records' : 'Two images in turn',
      ),
      row(
        'Harvest',
        status.harvest.at === null ? 'not yet' : agoWord(now - Date.parse(status.harvest.at)),
        status.harvest.waiting > 0 ? `${status.harvest.waiting} files are not finished yet` : undefined,
      ),
      row('Hub', '', status.push.problem ?? pushWord(status.push)),
      status.awake.kind === 'none'
        ? undefined
        : row(
            'Keeping the car awake',
            status.awake.at === null ? 'not needed' : agoWord(now - Date.parse(status.awake.at)),
            status.awake.problem ?? undefined,
          ),
    ),
    el('h2', {}, 'Switches'),
    el(
      'ul.sheet.rows',
      {},
      ...SWITCHES.map(([name, label, hint]) => switchRow(name, label, hint, status.switches[name], changed, failed)),
    ),
    el('h2', {}, 'Last finished minute'),
    status.cameras.length === 0
      ? el('p.sheet.empty', {}, 'No minute has come from the car yet.')
      : el(
          'ul.sheet.rows',
          {},
          ...[...status.cameras]
            .sort((a, b) => ORDER.indexOf(a.track) - ORDER.indexOf(b.track))
            .map(({ track, start }) => row(cameraWord(track), agoWord(now - Date.parse(start)))),
        ),
    el('h2', {}, 'Storage'),
    el(
      'ul.sheet.rows',
      {},
      row(
        'Footage here',
        sizeWord(status.spool.bytes),
        `${status.spool.files} files, room for ${sizeWord(status.spool.free)} more`,
      ),
      ...status.images.map(({ name, state, bytes, used, kept }) => imageRow(name, state, bytes, used, kept)),
    ),
    el('h2', {}, 'You'),
    el(
      'ul.sheet.rows',
      {},
      el('li', {}, el('a', { href: '#/password' }, 'Change the password')),
      el(
        'li',
        {},
        el(
          'button.button',
          { type: 'button', onclick: () => ask('/api/door/leave', {}).then(() => location.reload(), failed) },
          'Sign out',
        ),
        el('span.small', {}, `Vidette ${status.version}`),
      ),
    ),
  );
}

function imageRow(name, state, bytes, used, kept) {
  const words = used === undefined ? sizeWord(bytes) : `${sizeWord(used)} of ${sizeWord(bytes)} used`;
  return el(
    'li',
    {},
    el(
      'span.words',
      {},
      el('span', {}, `Image ${name}, ${imageWord(state)}`),
      el('span.small', {}, kept ? `${words}, ${sizeWord(kept)} of it events` : words),
      used === undefined ? undefined : el('meter', { max: bytes, value: used, 'aria-label': `Used of image ${name}` }),
    ),
  );
}

function switchRow(name, label, hint, on, changed, failed) {
  const button = el('button.switch', {
    type: 'button',
    role: 'switch',
    'aria-checked': String(on),
    'aria-label': label,
    id: `switch-${name}`,
    onclick: async () => {
      if (name === 'drive' && on && !confirm('The car stops recording until you switch it on again. Switch it off?'))
        return;
      button.disabled = true;
      try {
        changed(await ask('/api/switch', { name, on: !on }));
      } catch (error) {
        button.disabled = false;
        failed(error);
      }
    },
  });
  return el('li', {}, el('span.words', {}, el('span', {}, label), el('span.small', {}, hint)), button);
}
