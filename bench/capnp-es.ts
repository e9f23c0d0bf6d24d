/**
 * The peer of our log reader: capnp-es, with the code that its own compiler makes of openpilot's schema. Package and code live in a temporary folder:
 * it wants an older TypeScript than ours, and nothing generated belongs here.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Event, PeerList, PeerXyzt } from './capnp-es-types.ts';

const PACKAGES = ['capnp-es@0.0.16', 'typescript@5.9.3'];
const FILES = ['log.capnp', 'car.capnp', 'legacy.capnp', 'custom.capnp', 'maptile.capnp', 'include/c++.capnp'];

interface Runtime {
  readonly Message: new (source: Uint8Array, packed: boolean) => { getRoot(type: unknown): Event };
}

interface Generated {
  readonly Event: unknown;
  readonly Event_Which: Readonly<Record<string, number>>;
}

export interface Peer {
  /** Reads the fields that `bench/openpilot-log.ts` compares. @returns the sum of all numbers, and how many there were */
  readonly read: (log: Uint8Array) => { sum: number; count: number };
}

/** @param schema folder of the schema of 2024-06: later ones are too large for its compiler */
export async function buildPeer(folder: string, schema: string): Promise<Peer> {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], folder);
  cpSync(schema, join(folder, 'schema'), { recursive: true });
  const generated = join(folder, 'generated');
  mkdirSync(generated);
  run(
    process.execPath,
    ['../node_modules/.bin/capnp-es', ...FILES, `-ots:${generated}`, '-I.'],
    join(folder, 'schema'),
  );
  writeFileSync(join(folder, 'strip.js'), STRIP);
  run(process.execPath, ['strip.js', generated], folder);
  const load = (path: string): Promise<unknown> => import(pathToFileURL(path).href);
  const runtime = (await load(join(folder, 'node_modules/capnp-es/dist/index.mjs'))) as Runtime;
  const log = (await load(join(generated, 'log.js'))) as Generated;
  return { read: reader(runtime, log) };
}

/** Types out, one file at a time. */
const STRIP = `
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
const folder = process.argv[2];
for (const name of readdirSync(folder, { recursive: true }))
  if (name.endsWith('.ts')) {
    const text = readFileSync(folder + '/' + name, 'utf8');
    const { outputText } = ts.transpileModule(text, { compilerOptions: { target: 'ES2022', module: 'ESNext' } });
    writeFileSync(folder + '/' + name.replace(/ts$/, 'js'), outputText);
  }
`;

function run(command: string, args: string[], cwd: string): void {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args[0] ?? ''} failed: ${stderr ?? ''}`, { cause: error });
}

function reader({ Message }: Runtime, { Event: type, Event_Which: which }: Generated): Peer['read'] {
  return (log) => {
    let sum = 0;
    let count = 0;
    const add = (...values: (number | bigint | boolean)[]): void => {
      for (const value of values) {
        sum += Number(value) || 0;
        count++;
      }
    };
    const list = (values: PeerList): void => {
      const copy = new Float32Array(values.length);
      for (let index = 0; index < copy.length; index++) copy[index] = values.get(index);
      for (const value of copy) sum += value || 0;
      count += copy.length;
    };
    const xyzt = ({ x, y, z, t }: PeerXyzt): void => {
      for (const values of [x, y, z, t]) list(values);
    };
    const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
    for (let at = 0; at < log.length; ) {
      // Our logs and the real ones have one segment a message; capnp-es reads one message, not a stream of them.
      const length = 8 + view.getUint32(at + 4, true) * 8;
      const event = new Message(log.subarray(at, at + length), false).getRoot(type);
      at += length;
      switch (event.which()) {
        case which.MODEL_V2: {
          const model = event.modelV2;
          add(event.logMonoTime, model.frameId, model.timestampEof);
          xyzt(model.position);
          list(model.acceleration.x);
          for (const line of model.laneLines) xyzt(line);
          list(model.laneLineProbs);
          for (const edge of model.roadEdges) xyzt(edge);
          list(model.roadEdgeStds);
          break;
        }
        case which.CAR_STATE: {
          const car = event.carState;
          add(event.logMonoTime, car.vEgo, car.vEgoCluster, car.gearShifter, car.leftBlinker, car.rightBlinker);
          add(car.leftBlindspot, car.rightBlindspot, car.standstill, car.steeringAngleDeg, car.gasPressed);
          add(car.brakePressed, car.cruiseState.enabled, car.cruiseState.speed);
          break;
        }
        case which.CONTROLS_STATE: {
          const state = event.controlsState;
          add(event.logMonoTime, state.enabled, state.active, state.engageable, state.experimentalMode);
          add(state.vCruise, state.vCruiseCluster);
          break;
        }
        case which.RADAR_STATE: {
          add(event.logMonoTime);
          for (const lead of [event.radarState.leadOne, event.radarState.leadTwo])
            if (lead.status) add(lead.dRel, lead.yRel, lead.vRel, lead.vLead, lead.modelProb);
          break;
        }
        case which.ROAD_ENCODE_IDX:
        case which.WIDE_ROAD_ENCODE_IDX:
        case which.DRIVER_ENCODE_IDX:
        case which.Q_ROAD_ENCODE_IDX: {
          const index =
            event.which() === which.ROAD_ENCODE_IDX
              ? event.roadEncodeIdx
              : event.which() === which.WIDE_ROAD_ENCODE_IDX
                ? event.wideRoadEncodeIdx
                : event.which() === which.DRIVER_ENCODE_IDX
                  ? event.driverEncodeIdx
                  : event.qRoadEncodeIdx;
          add(event.logMonoTime, index.frameId, index.type, index.segmentNum, index.segmentId);
          add(index.timestampSof, index.timestampEof);
          break;
        }
        default:
      }
    }
    return { sum, count };
  };
}
