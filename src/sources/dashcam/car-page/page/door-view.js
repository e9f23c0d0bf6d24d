/** Coming in: the first password with the code, or signing in. */
import { ask, el } from './dom.js';

const password = (id, label, complete, hint) =>
  el(
    'label.field',
    {},
    el('span', {}, label),
    el('input', { id, name: id, type: 'password', autocomplete: complete, required: true, maxLength: 200 }),
    hint ? el('span.small', {}, hint) : undefined,
  );

/** @param {'new' | 'closed'} phase @param {() => void} entered */
export function doorView(phase, entered) {
  const problem = el('p.note.bad', { role: 'alert', hidden: true });
  const button = el('button.button.main', { type: 'submit' }, phase === 'new' ? 'Set the password' : 'Sign in');
  const form = el(
    'form',
    {
      onsubmit: async (event) => {
        event.preventDefault();
        button.disabled = true;
        problem.hidden = true;
        try {
          const given = Object.fromEntries(new FormData(form));
          await ask(phase === 'new' ? '/api/door/begin' : '/api/door/enter', given);
          entered();
        } catch (error) {
          problem.textContent = error instanceof TypeError ? 'The car does not answer.' : error.message;
          problem.hidden = false;
          button.disabled = false;
        }
      },
    },
    problem,
    phase === 'new'
      ? el(
          'label.field',
          {},
          el('span', {}, 'Code'),
          el('input', {
            id: 'code',
            name: 'code',
            required: true,
            autocomplete: 'off',
            autocapitalize: 'none',
            maxLength: 20,
          }),
          el('span.small', {}, 'Printed when the drive started, and in its file first-code.'),
        )
      : undefined,
    phase === 'new'
      ? password('password', 'New password', 'new-password', 'At least 8 characters.')
      : password('password', 'Password', 'current-password'),
    button,
  );
  return el(
    'div',
    {},
    el(
      'p.muted',
      {},
      phase === 'new'
        ? 'Nobody has set a password yet. It protects the footage of your car from everybody in reach of its network.'
        : 'Sign in to see the footage of your car.',
    ),
    el('br'),
    form,
  );
}
