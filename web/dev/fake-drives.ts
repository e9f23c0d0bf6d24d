/** Drives of the hub made of cardboard: two cars, a week of drives, one that cannot be read. */
import type { Drive, DriveDetail, DriveSource } from '../../src/contract/drive.ts';

const HOUR = 3_600_000;
const started = Date.now();
const iso = (ms: number): string => new Date(ms).toISOString();
const uuid = (kind: number, n: number): string =>
  `00000000-0000-4000-8000-${String(kind * 1000 + n).padStart(12, '0')}`;

const SOURCES: readonly DriveSource[] = (['My car', 'The family car'] as const).map((name, at) => ({
  id: uuid(8, at),
  name,
  kind: 'openpilot',
  from:
    at === 0
      ? { type: 'folder', path: '/srv/realdata' }
      : { type: 'account', api: 'https://api.comma.ai', devices: ['a2a0ccea32023010'] },
  hasToken: at === 1,
  enabled: true,
  bookmarkClips: null,
  owner: null,
  shared: false,
  state: { status: 'ok', lookedAt: iso(started), problem: null, remedy: null },
  drives: 6,
  createdAt: iso(started - 30 * 24 * HOUR),
}));

const DRIVES: readonly Drive[] = Array.from({ length: 12 }, (_, at): Drive => {
  const minutes = 3 + ((at * 7) % 20);
  const full = at % 3 === 0;
  const failed = at === 4;
  return {
    id: uuid(9, at),
    source: uuid(8, at % 2),
    route: `a2a0ccea32023010|0000010${at.toString(16)}--a51155e496`,
    start: iso(started - (at * 15 + 2) * HOUR),
    startKnown: at !== 5,
    length: minutes * 60 - 13,
    minutes: Array.from({ length: minutes }, (_, minute) => ({
      minute,
      files: full ? ['rlog', 'qlog', 'fcamera', 'ecamera', 'qcamera'] : ['qlog', 'qcamera'],
    })),
    filesKnown: true,
    car: at % 2 === 0 ? 'TOYOTA COROLLA TSS2 2019' : 'HYUNDAI IONIQ 5 2022',
    distance: minutes * 900,
    engaged: failed ? null : minutes * 41,
    events: failed ? null : { alerts: at % 4, bookmarks: at % 3, disengaged: 1 + (at % 2) },
    hasPicture: false,
    details: failed ? 'failed' : 'ready',
    problem: failed ? 'The log of minute 1 holds no log of openpilot.' : null,
  };
});

function detailOf(drive: Drive): DriveDetail {
  const third = drive.length / 3;
  const moment = (
    n: number,
    kind: DriveDetail['moments'][number]['kind'],
    start: number,
    end: number,
    label: string | null,
  ) => ({
    ...{ id: uuid(7, n), kind, start, end, label },
    severity: kind === 'alert' ? ('userPrompt' as const) : null,
  });
  return {
    drive,
    moments: [
      moment(0, 'engaged', 20, 2 * third, null),
      moment(1, 'bookmark', third, third, null),
      moment(2, 'alert', third + 20, third + 24, 'Take Control: Turn Exceeds Steering Limit'),
      moment(3, 'disengaged', 2 * third, 2 * third, null),
    ],
    track: Array.from({ length: 200 }, (_, at) => [
      (at * drive.length) / 200,
      52 + 0.03 * Math.sin(at / 30),
      10 + at / 4000,
    ]),
  };
}

/** @returns undefined: it is no question about drives */
export function answerOfDrives(method: string, path: string): { status: number; value: unknown } | undefined {
  const [, , noun, id, what] = path.split('/').map(decodeURIComponent);
  const ok = (value: unknown) => ({ status: 200, value });
  if (noun === 'drive-settings') return ok({ mapTiles: null });
  if (noun === 'drive-sources') return method === 'GET' ? ok(SOURCES) : ok(SOURCES[0]);
  if (noun !== 'drives') return undefined;
  if (id === undefined) return ok(DRIVES);
  const drive = DRIVES.find((one) => one.id === id);
  if (!drive || (what !== undefined && what !== 'film'))
    return { status: 404, value: { error: 'not-found', message: 'There is nothing here.', remedy: '', fields: {} } };
  if (what === undefined) return ok(detailOf(drive));
  const minutes = drive.minutes.map(({ minute }) => minute);
  return ok({ codec: 'avc1.64001f', audioCodec: null, width: 526, height: 330, minutes });
}
