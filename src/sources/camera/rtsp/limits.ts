/** Bounds on what a peer may make us hold. Beyond them a session ends with an InputError. */
export const LIMITS = {
  /** Bytes of an RTSP message's header. */
  header: 16_384,
  /** Bytes of a message's body; an SDP is seldom above 2 kB. */
  body: 65_536,
  /** Bytes of one access unit. */
  accessUnit: 8_000_000,
  /** Packets that one access unit came in. */
  packets: 65_536,
  /** Bytes on the socket while one access unit was incomplete: it will never be complete. */
  unitSpan: 32_000_000,
  /** Bytes in a row, while playing, that are neither packet nor message. */
  junk: 262_144,
  /** Packets in a row that are not RTP. */
  badPackets: 100,
  /** Bytes of one parameter set. */
  parameterSet: 4096,
  /** Bytes of answers that a peer has not taken yet. */
  unsent: 1_000_000,
  /** Ticks of RTP time per second that a description may tell. */
  leastRate: 1000,
  mostRate: 1_000_000,
  /** Requests that a peer has not answered; keep-alives that it passes over are forgotten beyond. */
  unanswered: 8,
  redirects: 3,
  tracks: 16,
} as const;
