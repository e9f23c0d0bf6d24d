/** What the driving model says of a world, in its three forms over the years. */
import { floats, type Node, StructNode, structs } from './message-builder.ts';
import type { LogShape } from './shape.ts';
import type { World } from './world.ts';

/** Seconds of the 33 points: 10 · (i / 32)². */
const T = Array.from({ length: 33 }, (_, index) => 10 * (index / 32) ** 2);
/** Metres of the 33 points of lines and edges: 192 · (i / 32)². */
const X = Array.from({ length: 33 }, (_, index) => 192 * (index / 32) ** 2);

const xyzt = (x: number[], y: number[], z: number[], t: number[]): StructNode =>
  new StructNode(0, 7).put(0, floats(x)).put(1, floats(y)).put(2, floats(z)).put(3, floats(t));

/** Metres that the car will have driven after `t` seconds; it never rolls backwards. */
function distance(world: World, seconds: number, t: number): number {
  const { speed, acceleration } = world.drive(seconds);
  const until = acceleration < 0 ? Math.min(t, -speed / acceleration) : t;
  return speed * until + (acceleration * until ** 2) / 2;
}

/** A line on the road, y0 metres to the right. */
function line(world: World, seconds: number, y0: number): StructNode {
  const { curvature } = world.road(seconds);
  return xyzt(
    X,
    X.map((x) => y0 + (curvature * x ** 2) / 2),
    X.map(() => world.height),
    X.map(() => 0),
  );
}

export interface ModelFrame {
  readonly frameId: number;
  readonly eof: number;
  /** Of the world. */
  readonly seconds: number;
}

export function modelV2({ frameId, eof, seconds }: ModelFrame, world: World, shape: LogShape): StructNode {
  const road = world.road(seconds);
  const { acceleration } = world.drive(seconds);
  const x = T.map((t) => distance(world, seconds, t));
  const model = new StructNode(48, 17)
    .u32(0, frameId)
    .u64(16, eof)
    .put(
      0,
      xyzt(
        x,
        x.map((at) => (road.curvature * at ** 2) / 2),
        x.map(() => 0),
        T,
      ),
    )
    .put(4, structs(road.lines.map((y0) => line(world, seconds, y0))))
    .put(5, floats(road.probabilities))
    .put(6, structs(road.edges.map((y0) => line(world, seconds, y0))))
    .put(10, floats(road.edgeStds));
  const still = T.map(() => 0);
  if (shape.acceleration)
    model.put(
      13,
      xyzt(
        T.map(() => acceleration),
        still,
        still,
        T,
      ),
    );
  return model;
}

/** The same as polynomials in time, lowest power first. Exact while the car does not stop within ten seconds. */
export function drivingModelData({ frameId, seconds }: ModelFrame, world: World): StructNode {
  const road = world.road(seconds);
  const { speed: v, acceleration: a } = world.drive(seconds);
  const k = road.curvature / 2;
  const lanes = new StructNode(16, 0)
    .f32(0, road.lines[1])
    .f32(4, road.lines[2])
    .f32(8, road.probabilities[1])
    .f32(12, road.probabilities[2]);
  const path = new StructNode(0, 3)
    .put(0, floats([0, v, a / 2, 0, 0]))
    .put(1, floats([0, 0, k * v ** 2, k * v * a, (k * a ** 2) / 4]))
    .put(2, floats([0, 0, 0, 0, 0]));
  return new StructNode(16, 4)
    .u32(0, frameId)
    .u32(4, frameId)
    .put(0, new StructNode(16, 0).f32(0, road.curvature).f32(4, a))
    .put(1, lanes)
    .put(2, new StructNode(8, 0))
    .put(3, path);
}

/** `model` of 2019: polynomials of x, highest power first, y to the left. */
export function legacyModel({ frameId, eof, seconds }: ModelFrame, world: World): StructNode {
  const road = world.road(seconds);
  const lane = (y0: number, probability: number): Node => {
    const poly = [0, -road.curvature / 2, 0, -y0];
    const points = Array.from({ length: 50 }, (_, x) => -(y0 + (road.curvature * x ** 2) / 2));
    return new StructNode(16, 3)
      .f32(0, probability)
      .f32(4, 0.2)
      .f32(8, 120)
      .put(0, floats(points))
      .put(2, floats(poly));
  };
  return new StructNode(32, 11)
    .u32(0, frameId)
    .u64(8, eof)
    .put(0, lane(0, 1))
    .put(1, lane(road.lines[1], road.probabilities[1]))
    .put(2, lane(road.lines[2], road.probabilities[2]));
}
