/** One minute of a drive, picture by picture. Pure: the same logs give the same states, in whatever order they are asked for. */
import type { DriveInfo, FrameState, ModelState } from '../frame-state.ts';
import type { EncodedFrame } from '../log/camera-events.ts';
import type { LogEvents } from '../log/events.ts';
import type { DrivingModel, LegacyModel, ModelV2 } from '../log/model-events.ts';
import {
  calibrationAt,
  carAt,
  DEFAULT_HEIGHT,
  faceAt,
  type Habits,
  habitsOf,
  leadsAt,
  statusAt,
  throttleAt,
} from './car-at.ts';
import { type LaneSide, offsetsAhead } from './lines-ahead.ts';
import { betweenModels, exactModel, legacyModelState, lowRateModel } from './model-state.ts';
import {
  beyond,
  byExposure,
  type CameraPicture,
  nearestPicture,
  type RoadPicture,
  roadPictures,
} from './picture-index.ts';
import { lastAtMost, latest } from './series.ts';

const FPS = 20;
const SECONDS = 60;
/** A model stays for as many frames when those after it have none. */
const REPEAT_FRAMES = 20;
/** Two models of a qlog are 10 frames apart, until 2024 they were 40; between those that are further apart nothing is known. */
const MOST_APART = 50;

interface Framed {
  readonly frameId: number;
}

const frameIdOf = ({ frameId }: Framed): number => frameId;

/** Those of one kind in order of their frames, each once. */
function byFrame<T extends Framed>(list: readonly T[]): T[] {
  return [...list]
    .sort((one, other) => one.frameId - other.frameId)
    .filter((model, index, all) => model.frameId !== all[index - 1]?.frameId);
}

interface MinuteParts {
  readonly segment: number;
  /** Of this minute alone. */
  readonly own: LogEvents;
  /** Of this minute, those before it and behind it that are known. */
  readonly around: LogEvents;
  /** The logs of this minute have a model for each frame. */
  readonly fullRate: boolean;
  readonly info: DriveInfo;
}

export class MinuteTimeline {
  readonly segment: number;
  readonly #events: LogEvents;
  readonly #pictures: readonly RoadPicture[];
  readonly #fullRate: boolean;
  readonly #habits: Habits;
  readonly #models: readonly ModelV2[];
  readonly #legacy: readonly LegacyModel[];
  readonly #driving: readonly DrivingModel[];
  readonly #cameras: { readonly wide: readonly EncodedFrame[]; readonly driver: readonly EncodedFrame[] };

  constructor({ segment, own, around, fullRate, info }: MinuteParts) {
    this.segment = segment;
    this.#events = around;
    this.#pictures = roadPictures(own, segment);
    this.#fullRate = fullRate;
    this.#habits = habitsOf(around, info.openpilotLongitudinal);
    this.#models = byFrame(around.modelV2);
    this.#legacy = byFrame(around.model);
    this.#driving = byFrame(around.drivingModelData);
    this.#cameras = { wide: byExposure(around.wideRoadEncodeIdx), driver: byExposure(around.driverEncodeIdx) };
  }

  /** How many pictures the log tells of; the video may have some more or fewer. */
  get pictures(): number {
    return this.#pictures.length;
  }

  /** @param picture of this minute's video file, from 0; behind the last that the log tells of, frames are taken to come evenly */
  state(picture: number): FrameState {
    const { frameId, eof } = this.#pictureAt(picture);
    const events = this.#events;
    const calibration = calibrationAt(events, eof);
    const { model, tier } = this.#modelOf(frameId, calibration?.height ?? DEFAULT_HEIGHT);
    return {
      frameId,
      segment: this.segment,
      picture,
      routeSeconds: this.segment * SECONDS + picture / FPS,
      tier,
      model,
      calibration,
      sensor: latest(events.roadCameraState, eof, Number.POSITIVE_INFINITY)?.sensor ?? 'unknown',
      ...statusAt(events, this.#habits, eof),
      ...carAt(events, this.#habits, eof),
      leads: leadsAt(events, eof),
      allowThrottle: throttleAt(events, this.#habits, eof),
      face: faceAt(events, eof),
    };
  }

  /** The picture of another camera that was taken together with this one; null: there is none. */
  otherCamera(camera: 'wide' | 'driver', picture: number): CameraPicture | null {
    return nearestPicture(this.#cameras[camera], this.#pictureAt(picture).eof);
  }

  #pictureAt(picture: number): RoadPicture {
    return this.#pictures[picture] ?? beyond(this.#pictures.at(-1), picture);
  }

  #modelOf(frameId: number, height: number): { model: ModelState | null; tier: FrameState['tier'] } {
    if (this.#fullRate) {
      const model = this.#repeated(this.#models, frameId, exactModel);
      if (model) return { model, tier: 'exact' };
      const legacy = this.#repeated(this.#legacy, frameId, (found) => legacyModelState(found, height));
      if (legacy) return { model: legacy, tier: 'exact' };
    }
    const ahead = (side: LaneSide, now: number, seconds: Float32Array) =>
      offsetsAhead(this.#driving, frameId, side, now, seconds);
    const model =
      between(this.#driving, frameId, (one, other, part) => lowRateModel(one, other, part, height, ahead)) ??
      between(this.#models, frameId, betweenModels) ??
      between(this.#legacy, frameId, (one) => legacyModelState(one, height));
    return { model, tier: model ? 'low-rate' : 'none' };
  }

  /** Of this frame, or of the last before it that had one. */
  #repeated<T extends Framed>(list: readonly T[], frameId: number, make: (model: T) => ModelState | null) {
    const model = list[lastAtMost(list, frameId, frameIdOf)];
    return model && frameId - model.frameId <= REPEAT_FRAMES ? make(model) : null;
  }
}

/** Between the models in front of and behind this frame; where there is only one, it stays for a second. */
function between<T extends Framed>(
  list: readonly T[],
  frameId: number,
  make: (one: T, other: T, part: number) => ModelState | null,
): ModelState | null {
  const index = lastAtMost(list, frameId, frameIdOf);
  const before = list[index];
  const after = list[index + 1];
  if (before && after && after.frameId - before.frameId <= MOST_APART)
    return make(before, after, (frameId - before.frameId) / (after.frameId - before.frameId));
  if (before && frameId - before.frameId <= REPEAT_FRAMES) return make(before, before, 0);
  if (after && after.frameId - frameId <= REPEAT_FRAMES) return make(after, after, 0);
  return null;
}
