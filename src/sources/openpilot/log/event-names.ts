/**
 * What openpilot's events are called, by the number of the union's member that a message carries (not the `@` of the schema). One name for each,
 * the one in use for longest; renamed events keep their numbers. From `log.capnp` of 2024-06 and 2026-08 (openpilot, MIT).
 */
const NAMES =
  'initData roadCameraState gpsNMEA sensorEvent can deviceState controlsState liveEvent model features ' +
  'sensorEvents pandaState radarState liveUI roadEncodeIdx liveTracks sendcan logMessage liveCalibration ' +
  'androidLog gpsLocation carState carControl longitudinalPlan liveLocation ethernetData navUpdate cellInfo ' +
  'wifiScan androidGnss qcomGnss lidarPts procLog ubloxGnss clocks liveMpc liveLongitudinalMpc navStatus ' +
  'ubloxRaw gpsPlannerPoints gpsPlannerPlan applanixRaw trafficEvents liveLocationTiming orbslamCorrection ' +
  'liveLocationCorrected orbObservation gpsLocationExternal location uiNavigationEvent liveLocationKalmanOld ' +
  'testJoystick orbOdometry orbFeatures applanixLocation orbKeyFrame uiLayoutState orbFeaturesSummary ' +
  'driverState boot liveParameters liveMapData cameraOdometry lateralPlan kalmanOdometry thumbnail ' +
  'onroadEvents carParams driverCameraState driverMonitoringState liveLocationKalman sentinel ' +
  'wideRoadCameraState modelV2 driverEncodeIdx wideRoadEncodeIdx managerState uploaderState peripheralState ' +
  'pandaStates navInstruction navRoute navThumbnail errorLogMessage roadEncodeData driverEncodeData ' +
  'wideRoadEncodeData qRoadEncodeData qRoadEncodeIdx gnssMeasurements driverStateV2 userBookmark ' +
  'liveTorqueParameters magnetometer lightSensor temperatureSensor accelerometer gyroscope gyroscope2 ' +
  'accelerometer2 uiDebug microphone navModel mapRenderState uiPlan customReserved0 customReserved1 ' +
  'customReserved2 customReserved3 customReserved4 customReserved5 customReserved6 customReserved7 ' +
  'customReserved8 customReserved9 livestreamRoadEncodeIdx livestreamWideRoadEncodeIdx ' +
  'livestreamDriverEncodeIdx livestreamRoadEncodeData livestreamWideRoadEncodeData ' +
  'livestreamDriverEncodeData temperatureSensor2 customReservedRawData0 customReservedRawData1 ' +
  'customReservedRawData2 carOutput drivingModelData livePose selfdriveState radarTracks driverAssistance ' +
  'alertDebug onroadEvents touch customReserved10 customReserved11 customReserved12 customReserved13 ' +
  'customReserved14 customReserved15 customReserved16 customReserved17 customReserved18 customReserved19 ' +
  'lateralDelay rawAudioData bookmarkButton audioFeedback lateralManeuverPlan driverMonitoringState ' +
  'chestnutState';

const names = NAMES.split(' ');

/** Undefined for an event that is younger than this table, or of a fork. */
export function eventName(tag: number): string | undefined {
  return names[tag];
}
