/** What stays the same for a whole drive, from the head of its logs. Pure. */
import type { DriveInfo } from '../frame-state.ts';
import type { LogEvents } from '../log/events.ts';

/** The first log that says something counts. */
export function driveInfo(logs: readonly Pick<LogEvents, 'initData' | 'carParams'>[]): DriveInfo {
  const init = logs.map(({ initData }) => initData[0]).find((found) => found !== undefined);
  const car = logs.map(({ carParams }) => carParams[0]).find((found) => found !== undefined);
  const text = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value);
  return {
    metric: init?.isMetric ?? null,
    car: text(car?.carFingerprint),
    device: init && init.deviceType !== 'unknown' ? init.deviceType : null,
    openpilotLongitudinal: car?.openpilotLongitudinalControl ?? false,
    version: text(init?.version),
    gitRemote: text(init?.gitRemote),
    gitBranch: text(init?.gitBranch),
    gitCommit: text(init?.gitCommit),
    dirty: init?.dirty ?? null,
    dongleId: text(init?.dongleId),
  };
}

/** The known forks by the owner or name of their repository; null: openpilot itself, or not known. */
export function forkOf({ gitRemote }: Pick<DriveInfo, 'gitRemote'>): string | null {
  if (gitRemote === null) return null;
  const path = /[/:]([^/:]+)\/([^/]+?)(?:\.git)?\/?$/.exec(gitRemote);
  if (!path) return null;
  const [, owner = '', repository = ''] = path;
  const known = /sunnypilot|frogpilot|dragonpilot|bluepilot/i.exec(repository);
  if (known) return known[0].toLowerCase();
  if (/^frogai$/i.test(owner)) return 'frogpilot';
  return /^commaai$/i.test(owner) ? null : owner;
}
