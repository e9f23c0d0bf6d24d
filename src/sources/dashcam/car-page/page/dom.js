/** Elements, and questions to the server. Text only ever goes in as text. */

/** @param {string} tag, with classes: `p.small.muted` */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.includes('-')) element[key] = value;
    else element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** What the server says is wrong. */
export class Refused extends Error {
  constructor({ message, remedy, error }, status) {
    super([message, remedy].filter(Boolean).join(' '));
    this.code = error;
    this.status = status;
  }
}

/** @throws {Refused} what the server answers; TypeError when it does not */
export async function ask(path, body) {
  const response = await fetch(
    path,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  const answer = await response.json().catch(() => ({ message: `The car answered ${response.status}.` }));
  if (!response.ok) throw new Refused(answer, response.status);
  return answer;
}
