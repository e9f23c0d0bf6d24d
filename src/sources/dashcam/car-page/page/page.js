/** The car's page: which view is shown, and what happens when the car does not answer. */
import { ask, el, Refused } from './dom.js';
import { doorView } from './door-view.js';
import { passwordView } from './password-view.js';
import { daysView, dayView, eventsView, eventView } from './shelf-view.js';
import { statusView } from './status-view.js';

const EACH_MS = 3000;
const part = (id) => document.getElementById(id);
const [view, tabs, title, offline] = ['view', 'tabs', 'title', 'offline'].map(part);
/** Of the view that is shown; what comes for an earlier one is dropped. */
let turn = 0;
let timer;

const VIEWS = [
  [/^\/$/, 'Vidette in the car', showStatus],
  [/^\/events$/, 'Events', () => eventsView()],
  [/^\/events\/((?:saved|sentry)\/[\w-]+)$/, 'Event', (id) => eventView(id)],
  [/^\/days$/, 'All footage', () => daysView()],
  [/^\/days\/(\d{4}-\d\d-\d\d)$/, 'Footage', (day) => dayView(day)],
  [/^\/password$/, 'Password', () => passwordView()],
];

async function show() {
  turn += 1;
  const mine = turn;
  clearTimeout(timer);
  try {
    const { phase } = await ask('/api/door');
    if (mine !== turn) return;
    offline.hidden = true;
    tabs.hidden = phase !== 'open';
    if (phase !== 'open') {
      title.textContent = phase === 'new' ? 'Welcome' : 'Sign in';
      view.replaceChildren(doorView(phase, show));
      return;
    }
    const path = location.hash.slice(1) || '/';
    const found = VIEWS.find(([pattern]) => pattern.test(path)) ?? VIEWS[0];
    const [pattern, heading, make] = found;
    title.textContent = heading;
    document.title = heading;
    for (const tab of tabs.children) {
      const own = tab.getAttribute('href').slice(1);
      const current = own === '/' ? path === '/' || path === '/password' : path.startsWith(own);
      if (current) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    }
    const element = await make(pattern.exec(path)?.[1]);
    if (mine !== turn) return;
    view.replaceChildren(element);
    window.scrollTo(0, 0);
  } catch (error) {
    if (mine === turn) failed(error, show);
  }
}

/** Asked again while it is shown. */
async function showStatus() {
  const status = await ask('/api/status');
  const mine = turn;
  const again = async () => {
    if (mine !== turn) return;
    try {
      draw(await ask('/api/status'));
    } catch (error) {
      if (mine === turn) failed(error, again);
    }
  };
  const draw = (next) => {
    if (mine !== turn) return;
    offline.hidden = true;
    const focused = document.activeElement?.id;
    view.replaceChildren(made(next));
    if (focused) part(focused)?.focus();
    clearTimeout(timer);
    timer = setTimeout(again, EACH_MS);
  };
  const made = (next) => statusView(next, draw, (error) => failed(error, again));
  timer = setTimeout(again, EACH_MS);
  return made(status);
}

function failed(error, again) {
  clearTimeout(timer);
  if (error instanceof Refused) {
    if (error.status === 401) {
      show();
      return;
    }
    view.replaceChildren(
      el('p.note.bad', { role: 'alert' }, error.message),
      el('p', {}, el('a', { href: '#/' }, 'Back to the start')),
    );
    return;
  }
  if (!(error instanceof TypeError)) throw error;
  offline.hidden = false;
  timer = setTimeout(again, EACH_MS);
}

window.addEventListener('hashchange', show);
show();
