/**
 * What `capnp` makes of a log as the values that our reader should have decoded: each field by its name in the schema of 2026-08, so
 * that no offset is shared with the reader.
 */
import type { EventKind } from '../../src/sources/openpilot/log/events.ts';

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const has = (value: unknown): boolean => typeof value === 'object' && value !== null;
const number = (value: unknown): number => (value === undefined ? 0 : Number(value));
const text = (value: unknown): string => (value instanceof Uint8Array ? Buffer.from(value).toString() : '');
const word = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const floats = (value: unknown): number[] => list(value).map(number);
const bytes = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array(0));

const frame = (json: Json): Json => ({
  frameId: json.frameId,
  eof: number(json.timestampEof),
  sof: number(json.timestampSof),
  sensor: json.sensor,
});

const encodeTypes = [
  'bigBoxLossless',
  'fullHEVC',
  'bigBoxHEVCDEPRECATED',
  'chffrAndroidH264DEPRECATED',
  'fullLosslessClipDEPRECATED',
  'frontDEPRECATED',
  'qcameraH264',
  'livestreamH264',
];
const gears = ['unknown', 'park', 'drive', 'neutral', 'reverse', 'sport', 'low', 'brake', 'eco', 'manumatic'];

const encoded = (json: Json): Json => ({
  frameId: json.frameId,
  type: encodeTypes.indexOf(word(json.type)),
  segment: json.segmentNum,
  picture: json.segmentId,
  sof: number(json.timestampSof),
  eof: number(json.timestampEof),
});

const alert = (json: Json): Json | null =>
  json.alertSize === 'none'
    ? null
    : {
        size: json.alertSize,
        status: json.alertStatus,
        text1: text(json.alertText1),
        text2: text(json.alertText2),
        type: text(json.alertType),
      };

const control = (json: Json): Json => ({
  state: json.state,
  enabled: json.enabled,
  active: json.active,
  engageable: json.engageable,
  experimental: json.experimentalMode,
  alert: alert(json),
});

function lead(value: unknown): Json | null {
  const json = object(value);
  if (json.present !== true) return null;
  return {
    dRel: number(json.dRel),
    yRel: number(json.yRel),
    vRel: number(json.vRel),
    vLead: number(json.vLead),
    modelProb: number(json.modelProb),
  };
}

const face = (value: unknown): Json => ({
  probability: number(object(value).faceProb),
  orientation: floats(object(value).faceOrientation),
});

const xyzt = (value: unknown): Json => {
  const json = object(value);
  return { x: floats(json.x), y: floats(json.y), z: floats(json.z), t: floats(json.t) };
};

const polynomialLine = (value: unknown): Json => {
  const json = object(value);
  return { poly: floats(json.poly), points: floats(json.points), probability: number(json.prob) };
};

function isMetric(json: Json): boolean | null {
  for (const entry of list(object(json.params).entries)) {
    const { key, value } = object(entry);
    if (text(key) !== 'IsMetric') continue;
    const [first] = bytes(value);
    return first === 0x31 ? true : first === 0x30 ? false : null;
  }
  return null;
}

const gps = (json: Json): Json => ({
  latitude: number(json.latitude),
  longitude: number(json.longitude),
  valid: json.hasFix === true || (number(json.flags) & 1) === 1,
});

/** Names of the schema → our kind, and what it should be decoded to. */
export const expected: Record<string, readonly [EventKind, (json: Json) => Json]> = {
  initData: [
    'initData',
    (json) => ({
      dongleId: text(json.dongleId),
      deviceType: json.deviceType,
      version: text(json.version),
      gitCommit: text(json.gitCommit),
      gitBranch: text(json.gitBranch),
      gitRemote: text(json.gitRemote),
      dirty: json.dirty,
      wallMs: Math.round(number(json.wallTimeNanos) / 1e6),
      isMetric: isMetric(json),
    }),
  ],
  carParams: [
    'carParams',
    (json) => ({
      brand: text(json.brand),
      carFingerprint: text(json.carFingerprint),
      openpilotLongitudinalControl: json.openpilotLongitudinalControl,
    }),
  ],
  narrowRoadCameraState: ['roadCameraState', frame],
  wideRoadCameraState: ['wideRoadCameraState', frame],
  cabinCameraState: ['driverCameraState', frame],
  narrowRoadEncodeIdx: ['roadEncodeIdx', encoded],
  wideRoadEncodeIdx: ['wideRoadEncodeIdx', encoded],
  cabinEncodeIdx: ['driverEncodeIdx', encoded],
  qNarrowRoadEncodeIdx: ['qRoadEncodeIdx', encoded],
  controlsState: [
    'controlsState',
    ({ deprecated }) => ({
      ...control(object(deprecated)),
      vCruise: number(object(deprecated).vCruise),
      vCruiseCluster: number(object(deprecated).vCruiseCluster),
    }),
  ],
  selfdriveState: ['selfdriveState', control],
  radarState: ['radarState', ({ leadOne, leadTwo }) => ({ leadOne: lead(leadOne), leadTwo: lead(leadTwo) })],
  extrinsicsCalibration: [
    'liveCalibration',
    (json) => ({
      calibrated: json.calStatus === 'calibrated' || object(json.deprecated).calStatus === 1,
      percent: json.calPerc,
      rpy: floats(json.rpyCalib),
      wideFromDevice: floats(json.wideFromDeviceEuler),
      height: floats(json.height),
    }),
  ],
  carState: [
    'carState',
    (json) => ({
      vEgo: number(json.vEgo),
      vEgoCluster: number(json.vEgoCluster),
      vCruise: number(json.vCruise),
      vCruiseCluster: number(json.vCruiseCluster),
      gear: gears.indexOf(word(json.gearShifter)),
      leftBlinker: json.leftBlinker,
      rightBlinker: json.rightBlinker,
      leftBlindspot: json.leftBlindspot,
      rightBlindspot: json.rightBlindspot,
      standstill: json.standstill,
      steeringAngleDeg: number(json.steeringAngleDeg),
      gasPressed: json.gasPressed,
      brakePressed: json.brakePressed,
      cruiseEnabled: object(json.cruiseState).enabled ?? false,
      cruiseSpeed: number(object(json.cruiseState).speed),
    }),
  ],
  longitudinalPlan: ['longitudinalPlan', ({ allowThrottle }) => ({ allowThrottle })],
  driverStateV2: [
    'driverStateV2',
    (json) => ({
      frameId: json.frameId,
      wheelOnRight: number(json.wheelOnRightProb),
      left: face(json.leftDriverData),
      right: face(json.rightDriverData),
    }),
  ],
  driverMonitoringStateDEPRECATED: [
    'driverMonitoringState',
    (json) => ({ faceDetected: json.faceDetected, rightHandDrive: json.isRHD, active: json.isActiveMode }),
  ],
  driverMonitoringState: [
    'driverMonitoringState',
    (json) => ({
      faceDetected: object(json.visionPolicyState).faceDetected ?? false,
      rightHandDrive: json.isRHD,
      active: json.activePolicy === 'vision',
    }),
  ],
  modelV2: [
    'modelV2',
    (json) => ({
      frameId: json.frameId,
      eof: number(json.timestampEof),
      position: xyzt(json.position),
      acceleration: floats(object(json.acceleration).x),
      laneLines: list(json.laneLines).map(xyzt),
      laneLineProbs: floats(json.laneLineProbs),
      roadEdges: list(json.roadEdges).map(xyzt),
      roadEdgeStds: floats(json.roadEdgeStds),
    }),
  ],
  drivingModelData: [
    'drivingModelData',
    (json) => {
      const lanes = object(json.laneLineMeta);
      const path = object(json.path);
      return {
        frameId: json.frameId,
        leftY: number(lanes.leftY),
        rightY: number(lanes.rightY),
        leftProb: number(lanes.leftProb),
        rightProb: number(lanes.rightProb),
        x: floats(path.xCoefficients),
        y: floats(path.yCoefficients),
        z: floats(path.zCoefficients),
      };
    },
  ],
  model: [
    'model',
    (json) => ({
      frameId: json.frameId,
      eof: number(json.timestampEof),
      path: polynomialLine(json.path),
      left: polynomialLine(json.leftLane),
      right: polynomialLine(json.rightLane),
    }),
  ],
  thumbnail: [
    'thumbnail',
    (json) => ({
      frameId: json.frameId,
      eof: number(json.timestampEof),
      picture: Uint8Array.from(bytes(json.thumbnail)),
    }),
  ],
  userBookmark: ['bookmark', () => ({})],
  bookmarkButton: ['bookmark', () => ({})],
  gpsLocation: ['place', gps],
  gpsLocationExternal: ['place', gps],
  liveLocationKalmanDEPRECATED: [
    'place',
    (json) => {
      const position = object(json.positionGeodetic);
      const [latitude, longitude] = list(position.value).map(number);
      return {
        latitude: latitude ?? Number.NaN,
        longitude: longitude ?? Number.NaN,
        valid: has(json.positionGeodetic) && position.valid === true && json.status === 'valid',
      };
    },
  ],
};
