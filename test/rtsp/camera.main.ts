/**
 * The test camera as a process.
 *
 * usage: node test/rtsp/camera.main.ts [--fixture h264-360p] [--cameras 1] [--stagger] [--port 0] [--alternative h264-240p] [--first-number 0] [--transports tcp,udp]
 * Prints one line of JSON: { urls, control }. Faults: POST <control>/fault { camera, fault }, POST <control>/heal { camera };
 * GET <control>/state tells frames, clients and what went wrong. Also over IPC when forked: the same line as a message.
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { FIXTURES, type FixtureName } from '../fixtures/video.ts';
import { startTestCamera } from './camera.ts';
import { Fault } from './faults.ts';

const { values } = parseArgs({
  options: {
    fixture: { type: 'string', default: 'h264-360p' },
    cameras: { type: 'string', default: '1' },
    stagger: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    alternative: { type: 'string' },
    transports: { type: 'string', default: 'tcp,udp' },
    'first-number': { type: 'string', default: '0' },
  },
});
const Name = z.enum(Object.keys(FIXTURES) as [FixtureName]);
const name = Name.parse(values.fixture);
const camera = await startTestCamera({
  fixture: name,
  cameras: z.coerce.number().int().min(1).max(256).parse(values.cameras),
  stagger: values.stagger,
  port: z.coerce.number().int().min(0).max(65_535).parse(values.port),
  transports: z.array(z.enum(['tcp', 'udp'])).parse(values.transports.split(',')),
  firstNumber: BigInt(values['first-number']),
  ...(values.alternative === undefined ? {} : { alternative: Name.parse(values.alternative) }),
});

const Which = z.object({ camera: z.number().int().min(0).default(0) });
const numbers = Array.from({ length: camera.cameras }, (_, index) => index);

const control = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    try {
      const text = Buffer.concat(chunks).toString('utf8');
      response.end(
        JSON.stringify(answer(`${request.method} ${request.url}`, text === '' ? {} : JSON.parse(text)), plain),
      );
    } catch (error) {
      response.statusCode = 400;
      response.end(String(error));
    }
  });
});

function answer(what: string, body: unknown): unknown {
  switch (what) {
    case 'POST /fault': {
      const { camera: index, fault } = Which.extend({ fault: Fault }).parse(body);
      camera.fault(fault, index);
      return {};
    }
    case 'POST /heal':
      camera.heal(Which.parse(body).camera);
      return {};
    case 'GET /state':
      return {
        cpuMicros: process.cpuUsage().user + process.cpuUsage().system,
        cameras: numbers.map((index) => ({
          nextFrame: camera.nextFrame(index),
          sent: camera.sent(index),
          damaged: [...camera.lost(index).lost].map(Number),
          clients: camera.clients(index),
          history: camera.history(index),
        })),
      };
    default:
      throw new RangeError(`no such control: ${what}`);
  }
}

/** Frame numbers as strings: they have 64 bits. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

control.listen(0, '127.0.0.1', () => {
  const address = control.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const ready = { urls: numbers.map((index) => camera.url(index)), control: `http://127.0.0.1:${port}` };
  console.log(JSON.stringify(ready));
  process.send?.(ready);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
