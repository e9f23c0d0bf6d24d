/**
 * Vidette whose library is a bucket: the recorder spools on its own disk and uploads by signed PUT, footage plays back, a clip is cut from
 * signed GETs and stored by a signed PUT. The bucket is Swift's s3api, which checks every signature.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import { type Client, pathOf } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { startTestCamera, type TestCamera } from '../rtsp/camera.ts';
import { filesIn, gather } from '../secrets/places.ts';
import { search } from '../secrets/search.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { type S3Server, startSwift, swiftIsInstalled, whyNoSwift } from './swift.ts';

const skip = swiftIsInstalled || process.env.CI ? false : whyNoSwift;
const BUCKET = 'footage';
const PREFIX = 'home';
const SEGMENT_SECONDS = 5;

describe('Vidette with its library in a bucket', { skip }, () => {
  let swift: S3Server;
  let bucket: S3Client;
  let camera: TestCamera;
  let system: System;
  let api: Client;

  const environment = (secretAccessKey: string) => ({
    VIDETTE_BLOBS: `s3://${BUCKET}/${PREFIX}`,
    VIDETTE_SEGMENT_SECONDS: String(SEGMENT_SECONDS),
    VIDETTE_FLOOR_BYTES: '1000000',
    AWS_ENDPOINT_URL_S3: swift.endpoint,
    AWS_ACCESS_KEY_ID: swift.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'us-east-1',
  });

  before(async () => {
    swift = await startSwift();
    camera = await startTestCamera({ fixture: 'h264-360p' });
    const { accessKeyId, secretAccessKey } = swift;
    bucket = new S3Client({
      endpoint: swift.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    await bucket.send(new CreateBucketCommand({ Bucket: BUCKET }));
    system = await startVidette({ env: environment(secretAccessKey) });
    api = await system.api();
    await api.call(routes.createCamera, { body: { name: 'Door', url: camera.url() } });
  });
  after(async () => {
    await system?.[Symbol.asyncDispose]();
    await camera?.close();
    bucket?.destroy();
    await swift?.[Symbol.asyncDispose]();
  });

  const keys = async (): Promise<Map<string, number>> => {
    const { Contents } = await bucket.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${PREFIX}/` }));
    return new Map((Contents ?? []).map(({ Key, Size }) => [(Key ?? '').slice(PREFIX.length + 1), Size ?? 0]));
  };
  const footage = async () => {
    const to = new Date();
    const query = { from: new Date(to.getTime() - 300_000).toISOString(), to: to.toISOString(), track: 'main' };
    return api.call(routes.footage, { params: { id: 'Door' }, query });
  };
  const fetched = async (path: string): Promise<Buffer> => {
    const answer = await fetch(system.url + path, { headers: { authorization: `Bearer ${await system.token()}` } });
    assert.equal(answer.status, 200, path);
    return Buffer.from(await answer.arrayBuffer());
  };

  /** What the player asks for. */
  const played = async (from: string, to: string): Promise<{ video: Buffer; start: number; end: number }> => {
    const answer = await fetch(system.url + pathOf(routes.video, { id: 'Door' }, { from, to }), {
      headers: { authorization: `Bearer ${await system.token()}` },
    });
    const video = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200, video.toString('utf8').slice(0, 300));
    const time = (name: string): number => Date.parse(answer.headers.get(name) ?? '');
    return { video, start: time('x-vidette-start'), end: time('x-vidette-end') };
  };

  test('the recorder spools on its own disk and brings whole segments to the bucket', async () => {
    const segments = await untilFound(async () => {
      const found = [...(await keys())].filter(([key]) => key.endsWith('.mp4'));
      return found.length >= 1 ? found : undefined;
    }, 25_000);
    for (const [key, size] of segments) {
      assert.match(key, /^[^/]+\/main\/\d{4}-\d\d-\d\d\/\d\d\/\d\d-\d\d-\d\d\.\d{3}Z-[0-9a-z]+-\d+\.mp4$/);
      assert.ok(size > 50_000, `${key}: ${size} bytes`);
    }
    assert.ok((await keys()).has('.vidette-library'), 'the marker is in the bucket');
    const health = await api.call(routes.health, {});
    assert.deepEqual([health.status, health.library], ['ok', 'ok']);
    assert.ok(!(await readdir(system.data)).includes('library'), 'no folder takes the place of the bucket');
  });

  test('the timeline has no hole between what is in the bucket and what is still written elsewhere', async () => {
    // A segment has no extent before its first fragment is whole, which takes a second.
    await untilFound(async () => {
      const { spans } = await footage();
      assert.equal(spans.length, 1);
      return spans[0]?.open ? true : undefined;
    }, 10_000);
  });

  test('footage in the bucket plays back, each picture of it', async () => {
    const { spans, from, to } = await footage();
    assert.ok(spans[0]);
    const { video, end } = await played(from, to);
    const { seconds, frames } = await measure(video);
    const stored = (end - Date.parse(spans[0].start)) / 1000;
    // A camera's first segment has at least half of the usual length.
    assert.ok(stored >= SEGMENT_SECONDS / 2, `${stored} s are in the bucket`);
    assert.ok(Math.abs(seconds - stored) < 0.1, `${seconds} s of ${stored} s`);
    assert.ok(Math.abs(frames - seconds * camera.fps) <= 2, `${frames} frames in ${seconds} s`);
  });

  test('what was filmed just now plays too: its segment is finished early and brought', async () => {
    const to = Date.parse((await footage()).spans.at(-1)?.end ?? '');
    const from = to - 700;
    const { video, start, end } = await played(new Date(from).toISOString(), new Date(to).toISOString());
    assert.ok(start <= from && end >= to - 100, `${from - start} ms before to ${end - to} ms after`);
    const { frames } = await measure(video);
    assert.ok(frames >= Math.floor((camera.fps * (end - start)) / 1000) - 1, `${frames} frames`);
  });

  test('what is old moves to a second bucket prefix with a key of its own, and plays from there', async () => {
    const archive = { where: `s3://${BUCKET}/archive`, region: 'us-east-1', endpoint: swift.endpoint };
    const keyPair = { accessKey: swift.accessKeyId, secretKey: swift.secretAccessKey };
    const set = await api.call(routes.setArchive, { body: { ...archive, ...keyPair, bytesPerSecond: 100_000_000 } });
    assert.ok(!JSON.stringify(set).includes(swift.secretAccessKey));
    const { spans } = await footage();
    const retention = { archiveAfterDays: 1 / 86_400 };
    await api.call(routes.changeCamera, { params: { id: 'Door' }, body: { retention } });
    const moved = await untilFound(async () => {
      const { archive } = await api.call(routes.storage, {});
      return archive && archive.moved.segments > 0 && archive.moving === 'idle' ? archive : undefined;
    }, 25_000);
    assert.equal(moved.state, 'ok');
    await api.call(routes.changeCamera, { params: { id: 'Door' }, body: { retention: { archiveAfterDays: null } } });
    const from = spans[0]?.start ?? '';
    const { start } = await played(from, new Date(Date.parse(from) + 1000).toISOString());
    assert.ok(Math.abs(start - Date.parse(from)) < 1000);
  });

  test('a clip that reaches into the open segment is cut, stored and handed out whole', async () => {
    const clip = await api.call(routes.createClip, {
      body: {
        sources: ['Door'],
        ranges: [{ start: '-3s', length: 2.5 }],
        layout: 'main',
        overlays: { title: 'From the bucket', clock: true },
        limits: { maxBytes: 500_000 },
        sound: 'keep',
        deliver: [],
        notify: [],
      },
    });
    const done = await untilFound(async () => {
      const now = await api.call(routes.getClip, { params: { id: clip.id } });
      assert.notEqual(now.state, 'failed', now.error ?? '');
      return now.state === 'done' ? now : undefined;
    }, 30_000);
    assert.ok(done.result);
    const file = await fetched(pathOf(routes.clipFile, { id: clip.id }));
    assert.equal(file.length, done.result.bytes);
    assert.equal(createHash('sha256').update(file).digest('hex'), done.result.sha256);
    assert.ok(file.length <= 500_000);
    const { seconds } = await measure(file);
    assert.ok(Math.abs(seconds - 2.5) <= 1 / camera.fps + 0.001, `${seconds} s`);
    const stored = [...(await keys())].find(([key]) => key.startsWith('clips/'));
    assert.equal(stored?.[1], file.length, 'it lies in the bucket');
    const part = await fetch(system.url + pathOf(routes.clipFile, { id: clip.id }), {
      headers: { authorization: `Bearer ${await system.token()}`, range: 'bytes=100-199' },
    });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), file.subarray(100, 200));

    await api.call(routes.deleteClip, { params: { id: clip.id } });
    await untilFound(
      async () => ([...(await keys()).keys()].some((key) => key.startsWith('clips/')) ? undefined : true),
      10_000,
    );
  });

  test('after an orderly stop everything is in the bucket and nothing waits in the spool', async () => {
    await system.stop();
    const waiting = (await readdir(join(system.data, 'recorder'), { recursive: true })).filter((name) =>
      /\.(part|mp4)$/.test(name),
    );
    assert.deepEqual(waiting, []);
  });

  test('neither the key of the store nor a signature is found in what was written', async () => {
    const texts = await gather(filesIn(system.data, 'data folder,'));
    texts.push({ where: 'output', content: system.output() });
    assert.deepEqual(await search([{ name: 'store', value: swift.secretAccessKey }], texts), []);
    const signed = texts.filter(({ content }) =>
      /X-Amz-Signature=[0-9a-f]{16}/i.test(Buffer.from(content).toString('latin1')),
    );
    assert.deepEqual(
      signed.map(({ where }) => where),
      [],
    );
  });

  test('wrong credentials end the start with one clear sentence', async () => {
    await assert.rejects(startVidette({ env: environment('wrong') }), (error: Error) => {
      const said = `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`;
      assert.match(said, /The store refuses access to the bucket footage/);
      assert.match(said, /Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY/);
      assert.doesNotMatch(said, /fault in Vidette|at file:/);
      return true;
    });
  });
});

async function measure(file: Buffer): Promise<{ seconds: number; frames: number }> {
  const input = new Input({ source: new BufferSource(file), formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    assert.ok(track);
    const { packetCount } = await track.computePacketStats();
    return { seconds: (await track.computeDuration()) - (await track.getFirstTimestamp()), frames: packetCount };
  } finally {
    input.dispose();
  }
}
