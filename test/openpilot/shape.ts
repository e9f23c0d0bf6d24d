/** What a log of a year holds: openpilot's schema only grew, and services were split, renamed and thinned out over the years. */

/** Each year stands for its end. */
export type LogYear = 2019 | 2021 | 2022 | 2023 | 2024 | 2026;

export interface LogShape {
  readonly year: LogYear;
  /** `model` with polynomials instead of `modelV2`. */
  readonly legacyModel: boolean;
  /** `modelV2.acceleration`. */
  readonly acceleration: boolean;
  /** State 4, `driverStateV2`, `vCruiseCluster`, `wideFromDeviceEuler`, `experimentalMode`, `sensor`, `qRoadEncodeIdx`, `calStatus` as an enum. */
  readonly since2022: boolean;
  /** `liveCalibration.height`. */
  readonly height: boolean;
  /** `drivingModelData` in qlogs instead of `modelV2`; `selfdriveState` and `carState.vCruise` instead of `controlsState`'s; `allowThrottle`. */
  readonly split: boolean;
  /** `driverMonitoringState` of 2026. */
  readonly newMonitoring: boolean;
  readonly version: string;
}

export function shapeOf(year: LogYear): LogShape {
  return {
    year,
    legacyModel: year < 2020,
    acceleration: year >= 2022,
    since2022: year >= 2022,
    height: year >= 2023,
    split: year >= 2024,
    newMonitoring: year >= 2026,
    version: { 2019: '0.7.0', 2021: '0.8.2', 2022: '0.9.0', 2023: '0.9.5', 2024: '0.9.8', 2026: '0.11.2' }[year],
  };
}
