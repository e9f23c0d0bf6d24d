/** The `Transport` header (RFC 2326 section 12.39): what is asked for, and what cameras answer. */

export interface TransportAnswer {
  /** Number of the channel for RTP on the RTSP connection. */
  readonly interleaved: number | undefined;
  /** Ports that the camera sends from; 0 and absent are the same: not told. */
  readonly serverPort: number | undefined;
  readonly serverRtcpPort: number | undefined;
  /** Where the camera says that it sends from. */
  readonly source: string | undefined;
  readonly tcp: boolean;
  readonly multicast: boolean;
}

/** @param answered the header's value; undefined reads as "as asked" */
export function parseTransport(answered: string | undefined): TransportAnswer {
  // A camera that lists several has taken the first.
  const text = (answered ?? '').split(',')[0] ?? '';
  const interleaved = /interleaved\s*=\s*(\d{1,3})/i.exec(text)?.[1];
  const ports = /server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?/i.exec(text);
  const port = portOf(ports?.[1]);
  return {
    interleaved: interleaved === undefined || Number(interleaved) > 255 ? undefined : Number(interleaved),
    serverPort: port,
    serverRtcpPort: portOf(ports?.[2]) ?? (port === undefined || port === 65_535 ? undefined : port + 1),
    source: /source\s*=\s*([0-9a-f.:]+)/i.exec(text)?.[1],
    tcp: /\/TCP\b/i.test(text) || interleaved !== undefined,
    multicast: /\bmulticast\b/i.test(text),
  };
}

function portOf(text: string | undefined): number | undefined {
  const port = Number(text ?? 0);
  return port > 0 && port <= 65_535 ? port : undefined;
}

/** `profile`: `AVP`, or `SAVP` for SRTP. */
export function interleavedTransport(profile: string, channel: number): string {
  return `RTP/${profile}/TCP;unicast;interleaved=${channel}-${channel + 1}`;
}

/** @param port of RTP; RTCP has the next */
export function datagramTransport(profile: string, port: number): string {
  return `RTP/${profile};unicast;client_port=${port}-${port + 1}`;
}
