/** Events and minutes, and the player. */
import { ask, el } from './dom.js';
import { cameraWord, eventWord, momentWord, ORDER, sizeWord, timeWord } from './words.js';

const fileAddress = (id, download) => `/api/files/${id}${download ? '?download=true' : ''}`;

export async function eventsView() {
  const list = el('ul.sheet.rows');
  const more = el('button.button.main', { type: 'button', hidden: true }, 'Earlier events');
  let last;
  const load = async () => {
    const page = await ask(`/api/events${last === undefined ? '' : `?after=${encodeURIComponent(last)}`}`);
    list.append(...page.events.map(eventRow));
    last = page.events.at(-1)?.id ?? last;
    more.hidden = !page.more;
    return page;
  };
  more.addEventListener('click', () => load().catch(() => (more.hidden = false)));
  const first = await load();
  if (first.events.length === 0)
    return el(
      'p.empty',
      {},
      'No events yet. They come when you save one in the car, honk, or when Sentry sees something.',
    );
  return el('div', {}, list, el('br'), more);
}

function eventRow(event) {
  return el(
    'li',
    {},
    event.picture === null
      ? el('span.thumb', {})
      : el('img.thumb', { src: fileAddress(event.picture), alt: '', loading: 'lazy', width: 96, height: 64 }),
    el(
      'a.words',
      { href: `#/events/${event.id}` },
      el('strong', {}, eventWord(event)),
      el('span.digits', {}, momentWord(event.time, event.local)),
      el('span.small', {}, [event.place, `${event.clips} clips, ${sizeWord(event.bytes)}`].filter(Boolean).join(' · ')),
    ),
  );
}

export async function eventView(id) {
  const { event, minutes, others } = await ask(`/api/events/${id}`);
  return el(
    'div',
    {},
    minutes.length === 0
      ? el('p.note', {}, 'The car has kept no video of this event, and none of those minutes is here.')
      : player(minutes, event.camera, event.time),
    el('h2', {}, `${eventWord(event)}, ${momentWord(event.time, event.local)}`),
    el(
      'p.small',
      {},
      [event.place, event.camera && `seen by ${cameraWord(event.camera).toLowerCase()}`].filter(Boolean).join(' · '),
    ),
    others.length > 0 ? el('h2', {}, 'Beside the clips') : undefined,
    others.length > 0
      ? el(
          'ul.sheet.rows',
          {},
          ...others.map(({ id: file, name, bytes }) =>
            el(
              'li',
              {},
              el('a.words', { href: fileAddress(file, true), download: name }, name),
              el('span.small', {}, sizeWord(bytes)),
            ),
          ),
        )
      : undefined,
  );
}

export async function daysView() {
  const { days } = await ask('/api/days');
  if (days.length === 0)
    return el('p.empty', {}, 'No footage yet. The first minute comes about two minutes after the car began to record.');
  return el(
    'ul.sheet.rows',
    {},
    ...days.map(({ day, clips, bytes }) =>
      el(
        'li',
        {},
        el(
          'a.words',
          { href: `#/days/${day}` },
          el(
            'strong',
            {},
            new Date(`${day}T12:00:00Z`).toLocaleDateString(undefined, { dateStyle: 'full', timeZone: 'UTC' }),
          ),
          el('span.small', {}, `${clips} clips, ${sizeWord(bytes)}`),
        ),
      ),
    ),
  );
}

export async function dayView(day) {
  const { minutes } = await ask(`/api/days/${day}`);
  return minutes.length === 0
    ? el('p.empty', {}, 'Nothing is left of that day.')
    : player([...minutes].reverse(), null, null);
}

/** One camera at a time: a phone shows no six, and the car's computer would have to read them all. */
function player(minutes, trigger, moment) {
  let track = trigger ?? 'front';
  let minute = minuteOf(minutes, moment);
  const video = el('video', { controls: true, playsInline: true, preload: 'metadata', muted: true });
  const broken = el('div.unplayable', { hidden: true });
  const save = el('a.button', {}, 'Download this clip');
  const chips = el('div.chips', { role: 'group', 'aria-label': 'Camera' });
  const list = el('ul.sheet.rows');
  const clipNow = () => minute.clips.find((clip) => clip.track === track) ?? minute.clips[0];
  const show = (from = 0, play = false) => {
    const clip = clipNow();
    track = clip.track;
    broken.hidden = !clip.encrypted;
    video.hidden = clip.encrypted;
    broken.textContent =
      'The car has encrypted this clip. Only you can decrypt it, in the car or at dashcam.tesla.com. You can download it.';
    save.href = fileAddress(clip.id, true);
    save.download = clip.name;
    if (clip.encrypted) video.removeAttribute('src');
    else {
      video.src = `${fileAddress(clip.id)}#t=${from.toFixed(2)}`;
      if (play) video.play().catch(() => undefined);
    }
    chips.replaceChildren(...cameras(minutes).map((name) => chip(name)));
    for (const row of list.children) row.firstChild.setAttribute('aria-current', String(row.minute === minute));
  };
  const chip = (name) =>
    el(
      'button.chip',
      {
        type: 'button',
        'aria-pressed': String(name === track),
        disabled: !minute.clips.some((clip) => clip.track === name),
        onclick: () => {
          track = name;
          show(video.currentTime || 0, !video.paused);
        },
      },
      cameraWord(name),
    );
  video.addEventListener('error', () => {
    if (!video.getAttribute('src')) return;
    video.hidden = true;
    broken.hidden = false;
    broken.textContent = clipNow().whole
      ? 'This clip cannot be played here. You can download it.'
      : 'This clip is cut: the car lost power while it wrote it. Download it, and use vidette repair.';
  });
  video.addEventListener('ended', () => {
    const order = [...minutes].sort((a, b) => (a.start ?? 0) - (b.start ?? 0));
    const next = order[order.indexOf(minute) + 1];
    if (!next) return;
    minute = next;
    show(0, true);
  });
  for (const one of minutes) {
    const row = el(
      'li',
      {},
      el(
        'button.row',
        {
          type: 'button',
          onclick: () => {
            minute = one;
            show(0, true);
          },
        },
        el('span.digits', {}, timeWord(one.start, one.local)),
        el(
          'span.small',
          {},
          `${one.clips.length} cameras, ${sizeWord(one.clips.reduce((sum, { bytes }) => sum + bytes, 0))}`,
        ),
      ),
    );
    row.minute = one;
    list.append(row);
  }
  const inside = moment !== null && minute.start !== null ? Math.max(0, (moment - minute.start) / 1000 - 5) : 0;
  show(inside < 60 ? inside : 0);
  return el('div', {}, el('div.stage', {}, video, broken), chips, save, el('h2', {}, 'Minutes'), list);
}

/** The one that holds the moment, else the first. */
function minuteOf(minutes, moment) {
  const before = minutes.filter(({ start }) => moment !== null && start !== null && start <= moment);
  return (
    before.reduce((best, one) => (best === undefined || one.start > best.start ? one : best), undefined) ?? minutes[0]
  );
}

function cameras(minutes) {
  const tracks = new Set(minutes.flatMap(({ clips }) => clips.map(({ track }) => track)));
  return [...tracks].sort((a, b) => (ORDER.indexOf(a) + 1 || 99) - (ORDER.indexOf(b) + 1 || 99));
}
