import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../base/errors.ts';
import { looksLikeRoute, parseRoute } from './parse-route.ts';
import { type RouteSpan, routeName, SEGMENT_SECONDS, secondsOf } from './route-request.ts';

const DONGLE = 'a2a0ccea32023010';
const OLD = '2023-07-27--13-01-19';
const NEW = '0000010a--a51155e496';
/** Its uid is all digits: what looks like a minute is part of the id. */
const DIGITS = '0000002c--1234567890';
const whole: RouteSpan = { kind: 'whole' };
const seconds = (start: number, end: number): RouteSpan => ({ kind: 'seconds', start, end });
const minutes = (first: number | null, end: number | null): RouteSpan => ({ kind: 'segments', first, end });

/** What was read, in one line of values; share and server only where they are not null. */
function read(text: string) {
  const { share, server, ...rest } = parseRoute(text);
  return {
    ...rest,
    ...(share === null ? {} : { share }),
    ...(server === null ? {} : { from: server.provider ?? server.host }),
  };
}
const route = (logId: string, span: RouteSpan, dongle: string | null = DONGLE) => ({
  kind: 'route',
  dongle,
  logId,
  span,
});

describe('names', () => {
  for (const logId of [OLD, NEW, DIGITS])
    test(`${logId}, with every separator and every part`, () => {
      for (const between of ['|', '/', '_', '%7C', '%7c', '%257C', '/routes/']) {
        const name = `${DONGLE}${between}${logId}`;
        assert.deepEqual(read(name), route(logId, whole), name);
        assert.deepEqual(read(`  ${name}/ `), route(logId, whole), name);
        for (const minute of ['--5', '/5', '--5/r', '/5/q', '--5--rlog.bz2', '/5/fcamera.hevc', '--5/qlog.zst'])
          assert.deepEqual(read(name + minute), route(logId, minutes(5, 6)), name + minute);
        assert.deepEqual(read(`${name}--1234`), route(logId, minutes(1234, 1235)));
        assert.deepEqual(read(`${name}/-1`), route(logId, minutes(-1, null)));
        assert.deepEqual(read(`${name}/2:5`), route(logId, minutes(2, 5)));
        assert.deepEqual(read(`${name}--2:5:1/a`), route(logId, minutes(2, 5)));
        assert.deepEqual(read(`${name}/:5`), route(logId, minutes(null, 5)));
        assert.deepEqual(read(`${name}/-2:/i`), route(logId, minutes(-2, null)));
        assert.deepEqual(read(`${name}/r`), route(logId, whole));
        assert.deepEqual(read(`${name}/90/105`), route(logId, seconds(90, 105)));
        assert.deepEqual(read(`${name}#clip`), route(logId, whole));
      }
    });

  test('a log id without a device, as in the device’s own folder', () => {
    assert.deepEqual(read(NEW), route(NEW, whole, null));
    assert.deepEqual(read(`${DIGITS}--3`), route(DIGITS, minutes(3, 4), null));
    assert.deepEqual(read(`${OLD}--12/qcamera.ts`), route(OLD, minutes(12, 13), null));
  });

  test('letters of either case, and what a chat puts round an address', () => {
    assert.deepEqual(read(`“${DONGLE.toUpperCase()}|${NEW.toUpperCase()}”`), route(NEW, whole));
    assert.deepEqual(read(`(${DONGLE}|${NEW}/90/105).`), route(NEW, seconds(90, 105)));
    assert.deepEqual(read(`<https://connect.comma.ai/${DONGLE}/${OLD}>`), { ...route(OLD, whole), from: 'comma' });
  });

  test('the API’s own name of it', () => {
    assert.equal(routeName({ dongle: DONGLE, logId: NEW }), `${DONGLE}|${NEW}`);
    assert.equal(routeName({ dongle: null, logId: NEW }), NEW);
  });
});

describe('addresses', () => {
  const at = (address: string) => read(address);

  test('connect, with and without seconds', () => {
    for (const host of [
      'https://connect.comma.ai',
      'http://CONNECT.comma.ai',
      'connect.comma.ai',
      '//connect.comma.ai',
    ]) {
      assert.deepEqual(at(`${host}/${DONGLE}/${NEW}`), { ...route(NEW, whole), from: 'comma' });
      assert.deepEqual(at(`${host}/${DONGLE}/${DIGITS}/90/105.25/`), {
        ...route(DIGITS, seconds(90, 105.25)),
        from: 'comma',
      });
      assert.deepEqual(at(`${host}/${DONGLE}/${OLD}/5/9?dialog=files#x`), {
        ...route(OLD, seconds(5, 9)),
        from: 'comma',
      });
    }
  });

  test('an old connect address holds times: the API has to say which route it is', () => {
    const times = { kind: 'time', dongle: DONGLE, start: 1690488081496, end: 1690488851596 };
    for (const address of [
      `https://connect.comma.ai/${DONGLE}/1690488081496/1690488851596`,
      `https://my.comma.ai/#/${DONGLE}/1690488081496/1690488851596`,
      `${DONGLE}/1690488081496/1690488851596`,
    ])
      assert.deepEqual(at(address), { ...times, from: 'comma' });
  });

  test('useradmin, the API, and a signed address of a store', () => {
    const expected = (span: RouteSpan, from: string) => ({ ...route(NEW, span), from });
    for (const name of [`${DONGLE}|${NEW}`, `${DONGLE}%7C${NEW}`, `${DONGLE}_${NEW}`, `${DONGLE}/${NEW}`])
      assert.deepEqual(at(`https://useradmin.comma.ai/?onebox=${name}`), expected(whole, 'comma'));
    assert.deepEqual(
      at(`https://useradmin.comma.ai/?x=1&onebox=${DONGLE}%7C${NEW}--7#y`),
      expected(minutes(7, 8), 'comma'),
    );
    for (const rest of ['', '/', '/files', '/qcamera.m3u8', '/segments'])
      assert.deepEqual(at(`https://api.commadotai.com/v1/route/${DONGLE}%7C${NEW}${rest}`), expected(whole, 'comma'));
    const store = `https://store.example.org/box/${DONGLE}/${NEW}/3/rlog.zst?se=2026-01-01T00%3A00%3A00Z&sig=abc`;
    assert.deepEqual(at(store), expected(minutes(3, 4), 'store.example.org'));
  });

  test('the host tells the provider; one that nobody knows is kept as it is', () => {
    for (const [host, from] of [
      ['https://stable.konik.ai', 'konik'],
      ['https://api.konik.ai', 'konik'],
      ['https://connect.asius.ai', 'asius'],
      ['https://comma.asius.ai', 'comma'],
      ['https://konik.asius.ai', 'konik'],
      ['http://192.0.2.7:3000', '192.0.2.7:3000'],
      ['http://[2001:db8::1]:8080', '[2001:db8::1]:8080'],
      ['https://connect.comma.ai.example.org', 'connect.comma.ai.example.org'],
      ['https://connect.comma.ai@example.org', 'example.org'],
    ])
      assert.deepEqual(at(`${host}/${DONGLE}/${OLD}/1/2`), { ...route(OLD, seconds(1, 2)), from });
  });

  test('a shared address holds its signature', () => {
    const share = { exp: '1722024081', sig: 'x7Gh+/=-_.9' };
    const query = `exp=${share.exp}&sig=${encodeURIComponent(share.sig)}`;
    for (const address of [
      `https://connect.comma.ai/${DONGLE}/${NEW}?${query}`,
      `https://api.comma.ai/v1/route/${DONGLE}|${NEW}/files?${query}`,
      `https://useradmin.comma.ai/?onebox=${DONGLE}|${NEW}&${query}`,
    ])
      assert.deepEqual(at(address), { ...route(NEW, whole), share, from: 'comma' });
    assert.deepEqual(at(`${DONGLE}|${NEW}?${query}`), { ...route(NEW, whole), share });
    assert.deepEqual(
      at(`${DONGLE}|${NEW}?exp=${share.exp}&sig=${share.sig}`),
      { ...route(NEW, whole), share },
      'not encoded',
    );
    assert.deepEqual(at(`${DONGLE}|${NEW}?exp=1`), route(NEW, whole), 'half a signature is none');
  });
});

describe('what is not a route', () => {
  const refusal = (text: string): UserError => {
    try {
      parseRoute(text);
    } catch (error) {
      assert.ok(error instanceof UserError, `${text}: ${error}`);
      return error;
    }
    assert.fail(`${text} was read`);
  };

  test('says what is wrong, and shows a good one that can be read', () => {
    for (const [text, words] of [
      ['', /not a route/],
      ['Front door', /not a route/],
      ['a2a0ccea3202301|2023-07-27--13-01-19', /16 letters; this has 15/],
      ['a2a0ccea32023010|2023-07-27', /not the id of a drive/],
      ['a2a0ccea32023010', /not the id of a drive/],
      ['https://connect.comma.ai/a2a0ccea32023010', /page of a device/],
      ['https://connect.comma.ai/a2a0ccea32023010/prime', /page of a device/],
      ['https://connect.comma.ai/', /no route in that address/],
      ['https://example.org/video.mp4', /no route in that address/],
      [`${DONGLE}|${NEW}/105/90`, /end is not after its start/],
      [`https://connect.comma.ai/${DONGLE}/1690488081496/1690488081496`, /end is not after its start/],
      [`${DONGLE}|${NEW}/5:2`, /last minute is not after/],
      [`${DONGLE}|${NEW}/0:9:2`, /steps/],
      [`${DONGLE}|${NEW}--12345`, /neither a minute/],
      [`${DONGLE}|${NEW}ff`, /neither a minute/],
      [`${DONGLE}|${NEW}/../../etc/passwd`, /neither a minute/],
      ['x'.repeat(5000), /too long/],
    ] as const) {
      const error = refusal(text);
      assert.match(error.message, words);
      const [id = '', address = ''] = error.remedy.match(/[a-f0-9]{16}\|[\d-]{20}|https:\/\/\S+/g) ?? [];
      assert.equal(parseRoute(id).kind, 'route');
      assert.deepEqual(parseRoute(address.replace(/[.,]$/, '')), {
        ...parseRoute(id),
        span: seconds(90, 105),
        server: { host: 'connect.comma.ai', provider: 'comma' },
      });
    }
  });

  test('a signature, a password or a token in it is not repeated', () => {
    for (const text of [
      'https://connect.comma.ai/nothing?exp=1&sig=hunter2',
      'https://joe:hunter2@example.org/x',
      'https://example.org/x%3Fsig%3Dhunter2',
      `https://example.org/x#sig=hunter2`,
      'eyJhbGciOiJIUzI1NiJ9.hunter2hunter2.hunter2',
      `${DONGLE}|${NEW}/105/90?exp=1&sig=hunter2`,
    ])
      assert.doesNotMatch(refusal(text).message + refusal(text).remedy, /hunter2/);
  });

  test('control characters and endless texts are not repeated', () => {
    const { message } = refusal(`\u001b[31m${'long '.repeat(500)}`);
    assert.ok(message.length < 200);
    assert.doesNotMatch(message, /\p{Cc}/u);
  });
});

describe('properties', () => {
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[a-f0-9]{${length}}$`));
  const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
  const anyLogId = fc.oneof(
    fc.tuple(hex(8), fc.stringMatching(/^[a-z0-9]{10}$/)).map(([count, uid]) => `${count}--${uid}`),
    fc.tuple(hex(8), fc.stringMatching(/^[0-9]{10}$/)).map(([count, uid]) => `${count}--${uid}`),
    fc
      .tuple(fc.integer({ min: 2016, max: 2030 }), two(12), two(31), two(23), two(59), two(59))
      .map(([y, mo, d, h, mi, s]) => `${y}-${mo}-${d}--${h}-${mi}-${s}`),
  );
  const separator = fc.constantFrom('|', '/', '_', '%7C', '%7c');

  test('any route in any form is read back, its minute too', () => {
    fc.assert(
      fc.property(
        hex(16),
        anyLogId,
        separator,
        fc.constantFrom('--', '/'),
        fc.nat(9999),
        fc.boolean(),
        (dongle, logId, between, before, minute, address) => {
          const name = `${address ? 'https://connect.comma.ai/' : ''}${dongle}${between}${logId}`;
          const bare = parseRoute(name);
          assert.ok(bare.kind === 'route');
          assert.deepEqual([bare.dongle, bare.logId, bare.span], [dongle, logId, whole]);
          const one = parseRoute(`${name}${before}${minute}`);
          assert.ok(one.kind === 'route');
          assert.deepEqual([one.dongle, one.logId, one.span], [dongle, logId, minutes(minute, minute + 1)]);
          assert.ok(looksLikeRoute(name));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('the seconds of any minutes lie in the route', () => {
    const place = fc.option(fc.integer({ min: -20, max: 20 }));
    fc.assert(
      fc.property(place, place, fc.integer({ min: 0, max: 15 }), (first, end, count) => {
        const found = secondsOf(minutes(first, end), count);
        // What Python's own slice gives.
        const expected = Array.from({ length: count }, (_, index) => index).slice(first ?? 0, end ?? count);
        if (expected.length === 0) assert.equal(found, null);
        else
          assert.deepEqual(found, {
            start: (expected[0] ?? 0) * SEGMENT_SECONDS,
            end: ((expected.at(-1) ?? 0) + 1) * SEGMENT_SECONDS,
          });
      }),
    );
    assert.equal(secondsOf(whole, 9), null);
    assert.deepEqual(secondsOf(seconds(90, 105), 9), { start: 90, end: 105 });
  });

  test('10,000 mutated names: each is a route or a clear refusal, none takes long', () => {
    const seeds = [
      `${DONGLE}|${NEW}--5`,
      `${DONGLE}|${OLD}/2:5/r`,
      `https://connect.comma.ai/${DONGLE}/${DIGITS}/90/105?exp=1722024081&sig=abc`,
      `https://useradmin.comma.ai/?onebox=${DONGLE}%7C${NEW}--7#y`,
      `https://connect.comma.ai/${DONGLE}/1690488081496/1690488851596`,
      `${DONGLE}_${NEW}--3--rlog.zst`,
    ];
    const letters = fc.constantFrom(
      ...'|/_-:%?#&=.0123456789abcdefxyz[]@ \n\0é😀�'.split(''),
      '--',
      '%7C',
      '%',
      'https://',
      '//',
    );
    const cut = fc.record({
      at: fc.nat(120),
      take: fc.nat(4),
      put: fc.array(letters, { maxLength: 4 }),
      times: fc.constantFrom(1, 1, 1, 900),
    });
    let routes = 0;
    let longest = 0;
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(cut, { minLength: 1, maxLength: 5 }), (seed, cuts) => {
        let text = seed;
        for (const { at, take, put, times } of cuts)
          text = text.slice(0, at) + put.join('').repeat(times) + text.slice(at + take);
        const started = performance.now();
        looksLikeRoute(text);
        try {
          const found = parseRoute(text);
          assert.match(found.dongle ?? DONGLE, /^[a-f0-9]{16}$/);
          if (found.kind === 'route') assert.match(found.logId, /^[\da-z-]{20}$/);
          routes++;
        } catch (error) {
          assert.ok(error instanceof UserError, `${JSON.stringify(text)}: ${error}`);
          assert.ok(error.message.length < 400);
        }
        longest = Math.max(longest, performance.now() - started);
      }),
      { numRuns: 10_000 },
    );
    assert.ok(routes > 500, `only ${routes} of them were routes: the mutations are too wild`);
    assert.ok(longest < 2000, `one took ${longest} ms`);
  });
});

test('what looks like a route gets the message of a route, and nothing else does', () => {
  for (const text of [
    `${DONGLE}|${NEW}`,
    `${DONGLE}%7C${OLD}`,
    'a2a0ccea3202301|2023-07-27--13-01-19',
    'a2a0ccea32023010|2023-07-27',
    '2022-09-04--11-15-52',
    `${NEW}--3`,
    'https://connect.comma.ai/',
    'connect.comma.ai/x',
    `http://192.0.2.7:3000/${DONGLE}/${OLD}`,
    'https://useradmin.example.org/?onebox=x',
  ])
    assert.ok(looksLikeRoute(text), text);
  for (const text of [
    'Front door',
    'drive.mp4',
    './a.mp4',
    '2022-09-04.mp4',
    'https://example.org/a.mp4',
    'cafe',
    '',
    'x'.repeat(9999),
  ])
    assert.ok(!looksLikeRoute(text), text);
});
