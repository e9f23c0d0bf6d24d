/** As much as is read of the code that capnp-es makes of openpilot's schema of 2024-06. */

export interface PeerList {
  readonly length: number;
  get(index: number): number;
}

export interface PeerXyzt {
  readonly x: PeerList;
  readonly y: PeerList;
  readonly z: PeerList;
  readonly t: PeerList;
}

interface PeerEncodeIndex {
  readonly frameId: number;
  readonly type: number;
  readonly segmentNum: number;
  readonly segmentId: number;
  readonly timestampSof: bigint;
  readonly timestampEof: bigint;
}

interface PeerLead {
  readonly status: boolean;
  readonly dRel: number;
  readonly yRel: number;
  readonly vRel: number;
  readonly vLead: number;
  readonly modelProb: number;
}

/** A union: only the member that `which` names may be read. */
export interface Event {
  which(): number;
  readonly logMonoTime: bigint;
  readonly modelV2: {
    readonly frameId: number;
    readonly timestampEof: bigint;
    readonly position: PeerXyzt;
    readonly acceleration: PeerXyzt;
    readonly laneLines: Iterable<PeerXyzt>;
    readonly laneLineProbs: PeerList;
    readonly roadEdges: Iterable<PeerXyzt>;
    readonly roadEdgeStds: PeerList;
  };
  readonly carState: {
    readonly vEgo: number;
    readonly vEgoCluster: number;
    readonly gearShifter: number;
    readonly leftBlinker: boolean;
    readonly rightBlinker: boolean;
    readonly leftBlindspot: boolean;
    readonly rightBlindspot: boolean;
    readonly standstill: boolean;
    readonly steeringAngleDeg: number;
    readonly gasPressed: boolean;
    readonly brakePressed: boolean;
    readonly cruiseState: { readonly enabled: boolean; readonly speed: number };
  };
  readonly controlsState: {
    readonly enabled: boolean;
    readonly active: boolean;
    readonly engageable: boolean;
    readonly experimentalMode: boolean;
    readonly vCruise: number;
    readonly vCruiseCluster: number;
  };
  readonly radarState: { readonly leadOne: PeerLead; readonly leadTwo: PeerLead };
  readonly roadEncodeIdx: PeerEncodeIndex;
  readonly wideRoadEncodeIdx: PeerEncodeIndex;
  readonly driverEncodeIdx: PeerEncodeIndex;
  readonly qRoadEncodeIdx: PeerEncodeIndex;
}
