/** Another password; every other phone is signed out. */
import { ask, el } from './dom.js';

export function passwordView() {
  const note = el('p.note', { role: 'status', hidden: true });
  const button = el('button.button.main', { type: 'submit' }, 'Change it');
  const field = (name, label, complete) =>
    el(
      'label.field',
      {},
      el('span', {}, label),
      el('input', { name, type: 'password', autocomplete: complete, required: true, maxLength: 200 }),
    );
  const form = el(
    'form',
    {
      onsubmit: async (event) => {
        event.preventDefault();
        button.disabled = true;
        try {
          await ask('/api/door/password', Object.fromEntries(new FormData(form)));
          form.reset();
          note.className = 'note';
          note.textContent = 'The password is changed. Other phones have to sign in again.';
        } catch (error) {
          note.className = 'note bad';
          note.textContent = error instanceof TypeError ? 'The car does not answer.' : error.message;
        }
        note.hidden = false;
        button.disabled = false;
      },
    },
    note,
    field('old', 'Password until now', 'current-password'),
    field('password', 'New password (at least 8 characters)', 'new-password'),
    button,
  );
  return form;
}
