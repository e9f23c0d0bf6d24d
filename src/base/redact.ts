/**
 * Cuts what must never be read back out of text that goes to a log or an answer.
 */

/** What an address stands for, up to a port: `user:word` is a port only when the word has at most five digits. */
const USER_AND_WORD = /\b([a-z][a-z0-9+.-]{1,15}:\/\/)[^\s/?#:["'@<>]+:(?!\d{1,5}(?:[/?#\s"'<>\\]|$))[^\s"'<>]*@/gi;
const ANY_AUTHORITY = /\b([a-z][a-z0-9+.-]{1,15}:\/\/)[^\s/"'<>]*@/gi;
/** Names that makers of cameras, stores and this program give to secrets in addresses; `/user=x_password=y_` is one way too. */
const QUERY =
  /([?&;/_](?:[\w-]{0,30}?(?:token|secret|password|passwd|pass|pas|pwd|signature|api[_-]?key|auth|authbasic|credential)|sig|code|key|sid|session|x-amz-[a-z-]+)=)[^&\s"'<>#\\]+/gi;

/** `scheme://user:password@host` → `scheme://host`; the values of signatures, tokens and codes in a query → `…`. */
export function redact(text: string): string {
  return text
    .replace(USER_AND_WORD, '$1')
    .replace(ANY_AUTHORITY, '$1')
    .replace(QUERY, '$1…')
    .replace(/(\/sign-in[/#?][^\s"'=]*?)[A-Za-z0-9_-]{20,}/g, '$1…')
    .replace(/\b(Bearer|Basic|Digest) [A-Za-z0-9+/=._~"-]{8,}/g, '$1 …');
}

/**
 * A URL split into the part that may be shown and the credential in it. A password that was typed as it is, with a `/`, `?` or `#` in it,
 * is found too, where what stands before it cannot be a host and a port.
 */
export function splitCredential(url: string): { url: string; username: string | null; password: string | null } {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(url) ?? [];
  const at = endOfCredential(rest);
  if (at < 0) return { url, username: null, password: null };
  const user = rest.slice(0, at);
  const colon = user.indexOf(':');
  const name = colon < 0 ? user : user.slice(0, colon);
  const word = colon < 0 ? null : user.slice(colon + 1);
  return {
    url: scheme + rest.slice(at + 1),
    username: name === '' ? null : decode(name),
    password: word === null ? null : decode(word),
  };
}

/** Where the `@` is that ends name and password; -1 when there are none. */
function endOfCredential(rest: string): number {
  const authority = (from: number): string => /^[^/?#]*/.exec(rest.slice(from))?.[0] ?? '';
  const plain = authority(0);
  if (plain.includes('@')) return plain.lastIndexOf('@');
  const first = rest.indexOf('@');
  if (first < 0 || !/^[^:[\]]+:(?!\d{0,5}$)/.test(plain)) return -1;
  return first + 1 + authority(first + 1).lastIndexOf('@');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
