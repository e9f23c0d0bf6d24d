/**
 * What the tables look like to Kysely. One interface a table; the SQL that makes them is in `migrations/`.
 * Numbers of type bigint come back as JavaScript numbers (see `connection.ts`): all of ours stay far below 2^53.
 */
import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely';
import type { DriveFile } from '../contract/drive.ts';
import type { OutageCause } from '../contract/outage.ts';
import type { Interval } from './fencing.ts';

/** A jsonb column that holds `T`; written as text. */
type Json<T extends object | null> = JSONColumnType<T, string, string>;
/** Set by the database unless given. */
type CreatedAt = ColumnType<Date, Date | undefined, Date>;

export type SourceKind = 'camera' | 'dashcam' | 'openpilot' | 'osu';

export interface SourcesTable {
  id: string;
  kind: SourceKind;
  name: string;
  folder: string;
  /** Checked by the kind's own schema; never a secret in it. */
  settings: Json<Record<string, unknown>>;
  /** The credential, encrypted by the hub (`src/hub/secrets.ts`). */
  secret: Buffer | null;
  enabled: boolean;
  demo: boolean;
  /** Grows with each change, so that a recorder notices. */
  revision: Generated<number>;
  /** Null: alive. Otherwise the source was deleted and its footage is kept or on its way out. */
  removed: 'keep' | 'delete' | null;
  created_at: CreatedAt;
}

export interface TracksTable {
  id: Generated<number>;
  source_id: string;
  name: string;
  /** No segment of the track is longer; ms. Only grows, by a trigger. */
  longest_ms: Generated<number>;
}

export type SegmentState = 'published' | 'shadow' | 'deleting';
export type SegmentEnd = 'rotate' | 'early' | 'stop' | 'stall' | 'disconnect' | 'change' | 'crash';

export interface SegmentsTable {
  id: Generated<number>;
  track_id: number;
  run: string;
  seq: number;
  token: number;
  /** UTC ms of the first picture of the file. */
  wall_start: number;
  duration_ms: number;
  /** What of it is shown: all of it, or less where a higher fencing token won the overlap. UTC ms. */
  shown_from: number;
  shown_to: number;
  /** What between the two others show; null, nearly always: nothing. */
  hidden: ColumnType<Interval[] | null, string | null | undefined, string | null>;
  /** A shadow that was shown until a later report covered it: kept as long as what is shown. */
  was_shown: Generated<boolean>;
  media_start: number;
  bytes: number;
  frames: number;
  sha256: Buffer;
  key: string;
  codec: string;
  audio_codec: string | null;
  width: number;
  height: number;
  ended: SegmentEnd;
  state: SegmentState;
  /** Some of its times are by arrival; null: all are the camera's. */
  timing: 'arrival' | null;
  /** Packets that were lost on the way; null: none. */
  lost: number | null;
  /** The library it is in: 0 the first, 1 the archive. */
  store: Generated<number>;
  received_at: CreatedAt;
}

/** Sums of a track's segments by UTC day and library, kept by triggers (migration 4). Those on their way out do not count. */
export interface SegmentDaysTable {
  track_id: number;
  /** UTC days since 1970. */
  day: number;
  store: number;
  /** Segments that began on this day, and their bytes. */
  segments: number;
  bytes: number;
  /** What is shown of this day; segments that overlap count twice. */
  covered_ms: number;
  /** Where what is shown begins and ends, cut to the day; UTC ms. */
  first_shown: number | null;
  last_shown: number | null;
}

/** What is on its way to the archive. */
export interface SegmentMovesTable {
  segment_id: number;
  key: string;
  /** The row names the archive already; the file in the first library is left. */
  moved: Generated<boolean>;
}

export interface MomentsTable {
  id: string;
  source_id: string;
  /** Null: all tracks. */
  track: string | null;
  /** `bookmark`, later `motion`, `object` … */
  kind: string;
  /** UTC ms. */
  start_at: number;
  end_at: number;
  score: number | null;
  label: string | null;
  created_by: string | null;
  created_at: CreatedAt;
  /** The drive that it happened in; null: it belongs to the source. */
  drive_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** When a clip was made of it by itself, or found not to be wanted. */
  clipped_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

/** A file of a minute of a drive. */
export interface DriveFileRow {
  /** Below the folder of the source; empty for an account, where the name of the file is enough. */
  path: string;
  bytes: number;
  /** When it was written, UTC ms: with `bytes` it tells whether it is still the same. */
  changed: number;
}

export interface DriveMinuteRow {
  minute: number;
  files: { [Kind in DriveFile]?: DriveFileRow };
}

/** What is known of a drive before its logs are read, or by them. */
export interface DriveFactsRow {
  car?: string;
  device?: string;
  version?: string;
  /** Metres, as a provider says. */
  distance?: number;
}

/** What the logs tell. Seconds from the start of the drive. */
export interface DriveSummaryRow {
  engaged: { start: number; end: number }[];
  /** Metres; null: not known. */
  distance: number | null;
}

export interface DrivesTable {
  id: string;
  source_id: string;
  /** `dongle|log id`, or the log id alone. */
  route: string;
  start_at: number;
  start_known: boolean;
  duration_ms: number;
  minutes: Json<DriveMinuteRow[]>;
  files_known: boolean;
  facts: Json<DriveFactsRow>;
  summary: Json<DriveSummaryRow> | null;
  /** Seconds, latitude, longitude. */
  track: Json<[number, number, number][]> | null;
  /** Of the logs as they are, and as they were when the summary was made. */
  logs_of: string;
  summary_of: string | null;
  problem: string | null;
  found_at: CreatedAt;
}

export type CarFileRole = 'clip' | 'json' | 'thumb' | 'preview' | 'other';

/** A file of a car; see migration 9. */
export interface CarFilesTable {
  id: string;
  source_id: string;
  key: string;
  sha256: Buffer | null;
  print: string | null;
  /** Offset and length of each piece in the image. */
  pieces: ColumnType<[number, number][] | null, string | null, string | null>;
  name: string;
  role: CarFileRole;
  ring: string;
  camera: string;
  bytes: number;
  /** UTC ms, or local time as if it were UTC. */
  start_at: number | null;
  start_by: 'video' | 'name' | null;
  local_at: number | null;
  zone: number | null;
  duration_ms: number | null;
  complete: boolean;
  encrypted: boolean;
  plain_id: ColumnType<string | null, string | null | undefined, string | null>;
  codec: string | null;
  width: number | null;
  height: number | null;
  examined: Generated<boolean>;
}

export interface CarEventsTable {
  id: string;
  source_id: string;
  name: string;
  ring: 'saved' | 'sentry';
  at: number;
  at_known: boolean;
  zone: number | null;
  local: string;
  reason: string | null;
  what: 'saved' | 'honk' | 'sentry' | 'panic' | 'crash-avoidance' | 'other' | null;
  camera: string | null;
  city: string | null;
  street: string | null;
  latitude: number | null;
  longitude: number | null;
}

export interface CarEventFilesTable {
  event_id: string;
  file_id: string;
  filled: boolean;
}

export interface CarManifestsTable {
  source_id: string;
  bytes: number;
  head: string;
  lines: number;
}

export interface ProtectionsTable {
  id: string;
  source_id: string;
  /** Null: all tracks. */
  track: string | null;
  /** UTC ms. */
  start_at: number;
  end_at: number;
  note: Generated<string>;
  created_by: string | null;
  created_at: CreatedAt;
}

/** When the clock of a recorder was set. */
export interface ClockStepsTable {
  id: string;
  recorder_id: string;
  /** UTC ms after the step. */
  at: number;
  /** Forward is positive. */
  by_ms: number;
}

export interface CameraLeasesTable {
  source_id: string;
  recorder_id: string | null;
  token: number;
  until: Date;
}

export interface RecordersTable {
  id: string;
  host: string;
  pid: number;
  capacity: number;
  library: string | null;
  registered_at: CreatedAt;
  last_seen: Date;
}

export interface WorkersTable {
  id: string;
  first_seen: CreatedAt;
  last_seen: Date;
}

export type ClipStateName = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface ClipsTable {
  id: string;
  title: string;
  /** As it was asked (contract `ClipRequest`). */
  request: Json<object>;
  /** What the planner has made of it: moments resolved to UTC ms. No signed URL, ever. */
  plan: Json<object> | null;
  state: ClipStateName;
  progress: Generated<number>;
  stage: Generated<string>;
  error: string | null;
  created_by: string | null;
  /** The account that asked for it; null: a program, or nobody knows. */
  owner: string | null;
  created_at: CreatedAt;
  finished_at: Date | null;
  /** The job that makes it; several equal clips share one. */
  job_id: string | null;
  result: Json<ClipResultRow> | null;
}

/** What a finished clip is. `key` is its blob key. */
export interface ClipResultRow {
  key: string;
  bytes: number;
  /** Seconds. */
  duration: number;
  width: number;
  height: number;
  sha256: string;
  fileName: string;
  /** What the person should know, in whole sentences. */
  notes?: string[] | undefined;
}

export interface JobsTable {
  /** The same id as in pg-boss. */
  id: string;
  type: string;
  kind: string;
  /** Of everything that goes in; equal jobs are one. Null: never shared (any more). */
  hash: string | null;
  /** What the worker needs, with blob keys where it will get signed URLs. */
  payload: Json<object>;
  state: ClipStateName;
  attempt: Generated<number>;
  progress: Generated<number>;
  stage: Generated<string>;
  error: string | null;
  worker_id: string | null;
  lease_until: Date | null;
  result: Json<object> | null;
  created_at: CreatedAt;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface JobAttemptsTable {
  job_id: string;
  attempt: number;
  worker_id: string;
  started_at: CreatedAt;
  finished_at: Date | null;
  /** Null while it runs. */
  outcome: 'done' | 'failed' | 'cancelled' | 'lost' | null;
  error: string | null;
}

export interface OutagesTable {
  id: string;
  source_id: string;
  /** Null: all tracks of the source. */
  track: string | null;
  cause: OutageCause;
  /** UTC ms. */
  start_at: number;
  /** UTC ms; null: it goes on. */
  end_at: number | null;
  detail: string | null;
  /** Pictures missing inside of `run`. */
  frames: number | null;
  run: string | null;
  missing_ms: number | null;
  /** Who saw it; null: the hub. */
  recorder_id: string | null;
}

export interface AlertsTable {
  id: string;
  source_id: string;
  kind: 'silent' | 'frozen';
  reason: string;
  /** When the last new picture came. */
  since: Date;
  raised_at: CreatedAt;
  ended_at: Date | null;
}

export interface SettingsTable {
  key: string;
  value: ColumnType<unknown, string, string>;
}

export interface MigrationsTable {
  number: number;
  name: string;
  applied_at: CreatedAt;
}

/** The catalog as Kysely sees it. The tables of 0002 (users, sessions, tokens …) are added by `src/hub/auth`. */
/** A file of osu! that somebody dropped. */
export interface ReplayFilesTable {
  id: string;
  kind: 'replay' | 'set' | 'skin';
  /** The same file is kept once. */
  sha256: Buffer;
  bytes: number;
  /** As it was called when it came first. */
  name: string;
  /** Of a replay: the MD5 of its map, hexadecimal. */
  map_md5: string | null;
  /** What was read of it; checked by the hub's own schemas, one a kind. */
  facts: Json<Record<string, unknown>>;
  /** Of a replay: what was judged with its map. */
  play: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>;
  added_by: string | null;
  /** The account that brought it; null: a program. */
  owner: string | null;
  created_at: CreatedAt;
  /** When it was last dropped, looked at or made a clip of. */
  used_at: CreatedAt;
}

export interface ReplayMapsTable {
  /** Hexadecimal. */
  md5: string;
  set_id: string;
}

export interface Database {
  sources: SourcesTable;
  tracks: TracksTable;
  segments: SegmentsTable;
  segment_days: SegmentDaysTable;
  segment_moves: SegmentMovesTable;
  moments: MomentsTable;
  drives: DrivesTable;
  protections: ProtectionsTable;
  car_files: CarFilesTable;
  car_events: CarEventsTable;
  car_event_files: CarEventFilesTable;
  car_manifests: CarManifestsTable;
  replay_files: ReplayFilesTable;
  replay_maps: ReplayMapsTable;
  camera_leases: CameraLeasesTable;
  clock_steps: ClockStepsTable;
  recorders: RecordersTable;
  workers: WorkersTable;
  clips: ClipsTable;
  jobs: JobsTable;
  job_attempts: JobAttemptsTable;
  outages: OutagesTable;
  alerts: AlertsTable;
  settings: SettingsTable;
  migrations: MigrationsTable;
}

export type SourceRow = Selectable<SourcesTable>;
export type OutageRow = Selectable<OutagesTable>;
export type SegmentRow = Selectable<SegmentsTable>;
export type MomentRow = Selectable<MomentsTable>;
export type DriveRow = Selectable<DrivesTable>;
export type CarFileRow = Selectable<CarFilesTable>;
export type ReplayFileRow = Selectable<ReplayFilesTable>;
export type CarEventRow = Selectable<CarEventsTable>;
export type ProtectionRow = Selectable<ProtectionsTable>;
export type ClipRow = Selectable<ClipsTable>;
export type JobRow = Selectable<JobsTable>;
export type RecorderRow = Selectable<RecordersTable>;
export type WorkerRow = Selectable<WorkersTable>;
