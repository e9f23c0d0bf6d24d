import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastBits } from './least-bits.ts';

const STATISTICS = `#options: 720x360 fps=20/1 timebase=1/20 bitdepth=8 cabac=1 ref=1 pass=1
in:0 out:0 type:I dur:2 cpbdur:2 q:12.46 aq:7.21 tex:74035 mv:10443 misc:1398 imb:1035 pmb:0 smb:0 d:- ref:;
in:1 out:1 type:P dur:2 cpbdur:2 q:15.00 aq:9.00 tex:1035 mv:443 misc:602 imb:35 pmb:10 smb:990 d:- ref:0 ;
`;

test('what x264 must write is read in its statistics, and grows with the picture', () => {
  assert.equal(leastBits(STATISTICS, { width: 720, height: 360 }), 2000);
  const larger = leastBits(STATISTICS, { width: 1440, height: 720 }) ?? 0;
  assert.ok(larger > 5000 && larger < 5600, `${larger}`);
});

test('what is no statistics tells nothing', () => {
  for (const text of ['', 'in:0 misc:5 ', '#options: none'])
    assert.equal(leastBits(text, { width: 16, height: 16 }), null);
});
