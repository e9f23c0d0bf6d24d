/**
 * Cuts what must never be read back out of text that goes to a log or an answer.
 */

/** `scheme://user:password@host` → `scheme://host`; the values of signatures, tokens and codes in a query → `…`. */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]{1,15}:\/\/)[^\s/"'@<>]*@/gi, '$1')
    .replace(/([?&;](?:sig|signature|token|code|key|secret|password|passwd|x-amz-[a-z-]+)=)[^&\s"'<>#\\]+/gi, '$1…')
    .replace(/(\/sign-in[/#?][^\s"'=]*?)[A-Za-z0-9_-]{20,}/g, '$1…')
    .replace(/\b(Bearer|Basic|Digest) [A-Za-z0-9+/=._~"-]{8,}/g, '$1 …');
}

/** A URL split into the part that may be shown and the credential in it. */
export function splitCredential(url: string): { url: string; username: string | null; password: string | null } {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@([^@]*)$/i.exec(url);
  if (!match) return { url, username: null, password: null };
  const [, scheme = '', user = '', rest = ''] = match;
  const colon = user.indexOf(':');
  const name = colon < 0 ? user : user.slice(0, colon);
  const word = colon < 0 ? null : user.slice(colon + 1);
  return {
    url: scheme + rest,
    username: name === '' ? null : decode(name),
    password: word === null ? null : decode(word),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
