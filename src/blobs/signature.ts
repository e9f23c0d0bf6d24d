/**
 * Signed URLs of the folder store: `<base>/blobs/<key>?method=…&expires=…[&max=…]&sig=…`.
 * The signature is HMAC-SHA-256 over method, key, expiry and limit, each on a line of its own.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedUrl, SignRequest } from './store.ts';

export interface UrlSigner {
  sign(request: SignRequest): SignedUrl;
  verify(method: string, key: string, query: URLSearchParams): Verdict;
}

export type Verdict =
  | { readonly ok: true; readonly maxBytes: number | undefined }
  | { readonly ok: false; readonly reason: 'forged' | 'expired' };

/**
 * @param base where the hub is reached by whoever gets the URL, with its sub-path, without a slash at the end
 * @param secret at least 32 bytes; who holds it can make URLs
 * @param now milliseconds since the epoch
 */
export function urlSigner(base: string, secret: Buffer, now: () => number = Date.now): UrlSigner {
  const signature = (method: string, key: string, expires: string, max: string): Buffer =>
    createHmac('sha256', secret).update(`${method}\n${key}\n${expires}\n${max}`).digest();
  return {
    sign({ method, key, expiresInMs, maxBytes }) {
      const expires = now() + expiresInMs;
      const max = maxBytes === undefined ? '' : String(maxBytes);
      const query = new URLSearchParams({ method, expires: String(expires) });
      if (max !== '') query.set('max', max);
      query.set('sig', signature(method, key, String(expires), max).toString('base64url'));
      const path = key.split('/').map(encodeURIComponent).join('/');
      return { url: `${base}/blobs/${path}?${query}`, headers: {}, expiresAt: new Date(expires) };
    },
    verify(method, key, query) {
      const signed = query.get('method') ?? '';
      const expires = query.get('expires') ?? '';
      const max = query.get('max') ?? '';
      const given = Buffer.from(query.get('sig') ?? '', 'base64url');
      const wanted = signature(signed, key, expires, max);
      // HEAD asks for no more than GET does.
      const asked = method === 'HEAD' ? 'GET' : method;
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted) || asked !== signed)
        return { ok: false, reason: 'forged' };
      if (!(Number(expires) > now())) return { ok: false, reason: 'expired' };
      return { ok: true, maxBytes: max === '' ? undefined : Number(max) };
    },
  };
}
