/** RTSP messages (RFC 2326 section 4 to 7): HTTP's shape with other words. */
import { InputError } from '../../../base/errors.ts';

interface MessagePart {
  /** Names in lower case; a header that came several times has several values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}
export interface RtspRequest extends MessagePart {
  readonly kind: 'request';
  readonly method: string;
  readonly url: string;
}
export interface RtspResponse extends MessagePart {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
}
export type RtspMessage = RtspRequest | RtspResponse;

/** First value of a header. */
export function header(message: MessagePart, name: string): string | undefined {
  return message.headers.get(name)?.[0];
}

/** A start line and headers, without the empty line. Lenient in white space and line ends. @throws InputError */
export function parseHead(text: string): Omit<RtspRequest, 'body'> | Omit<RtspResponse, 'body'> {
  const [start = '', ...lines] = text.split(/\r?\n/);
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of lines) {
    if (/^[ \t]/.test(line) && last && last.length > 0) {
      last.push(`${last.pop()} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  const response = /^(?:RTSP|HTTP)\/\d+\.\d+\s+(\d{3})\s*(.*)$/.exec(start);
  if (response) return { kind: 'response', status: Number(response[1]), reason: response[2] ?? '', headers };
  const request = /^([A-Z_]{1,32})\s+(\S+)\s+RTSP\/\d+\.\d+\s*$/.exec(start);
  if (request) return { kind: 'request', method: request[1] ?? '', url: request[2] ?? '', headers };
  throw new InputError('RTSP message', `the first line is not one of RTSP: ${JSON.stringify(start.slice(0, 60))}`);
}

/** A message as text; values must not hold line ends. */
export function formatMessage(start: string, headers: Readonly<Record<string, string>>, body = ''): string {
  let text = `${start.replace(/[\r\n]/g, ' ')}\r\n`;
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${value.replace(/[\r\n]/g, ' ')}\r\n`;
  if (body !== '') text += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${text}\r\n${body}`;
}
