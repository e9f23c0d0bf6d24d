import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { readStoryboard } from '../../read/read-storyboard.ts';
import { Backdrop } from '../backdrop.ts';
import { stageOf } from '../stage.ts';
import { changedRects, StoryScene } from './story-scene.ts';

const SIZE = { width: 854, height: 480 };

/** 20 × 10 pixels: the left half red, the right half green. */
function flag(): Buffer {
  const canvas = createCanvas(20, 10);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ff0000';
  context.fillRect(0, 0, 10, 10);
  context.fillStyle = '#00ff00';
  context.fillRect(10, 0, 10, 10);
  return canvas.toBuffer('image/png');
}

function sceneOf(lines: readonly string[], widescreen = false, read = () => flag() as Buffer | undefined): StoryScene {
  const storyboard = readStoryboard([{ name: 'a.osb', bytes: Buffer.from(`[Events]\n${lines.join('\n')}\n`) }]);
  assert.deepEqual(storyboard.notes, []);
  return new StoryScene({ storyboard, widescreen, hits: [], passChanges: [], read }, stageOf(SIZE));
}

/** The colour of a pixel with the sprites below the objects on black; places of the storyboard's screen. */
function pixelsOf(scene: StoryScene, now: number): (x: number, y: number) => number[] {
  const canvas = createCanvas(SIZE.width, SIZE.height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#000000';
  context.fillRect(0, 0, SIZE.width, SIZE.height);
  scene.draw(context, scene.at(now).under);
  return (x, y) => [...context.getImageData(x + 107, y, 1, 1).data.subarray(0, 3)];
}

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const BLACK = [0, 0, 0];

test('origins: the point of the picture that lies at its place', () => {
  for (const [origin, left, top] of [
    ['TopLeft', 320, 240],
    ['Centre', 310, 235],
    ['BottomRight', 300, 230],
    ['TopCentre', 310, 240],
    ['CentreRight', 300, 235],
  ] as const) {
    const at = pixelsOf(sceneOf([`Sprite,Pass,${origin},"f.png",320,240`, ' F,0,0,10,1']), 5);
    assert.deepEqual(at(left + 2, top + 2), RED, origin);
    assert.deepEqual(at(left + 17, top + 7), GREEN, origin);
    assert.deepEqual(at(left - 2, top + 2), BLACK, origin);
    assert.deepEqual(at(left + 17, top + 12), BLACK, origin);
  }
});

test('scaled about the origin, turned clockwise, and mirrored where it stands', () => {
  const scaled = pixelsOf(sceneOf(['Sprite,Pass,TopLeft,"f.png",100,100', ' V,0,0,10,2,3']), 5);
  assert.deepEqual([scaled(102, 128), scaled(138, 128), scaled(102, 132)], [RED, GREEN, BLACK]);
  const turned = pixelsOf(sceneOf(['Sprite,Pass,CentreLeft,"f.png",100,100', ` R,0,0,10,${Math.PI / 2}`]), 5);
  assert.deepEqual([turned(100, 103), turned(100, 116), turned(100, 97)], [RED, GREEN, BLACK]);
  for (const command of [' P,0,0,,H', ' V,0,0,10,-1,1']) {
    const flipped = pixelsOf(sceneOf(['Sprite,Pass,TopLeft,"f.png",100,100', command, ' F,0,0,10,1']), 5);
    assert.deepEqual([flipped(102, 102), flipped(117, 102), flipped(98, 102)], [GREEN, RED, BLACK], command);
  }
  const upsideDown = pixelsOf(sceneOf(['Sprite,Pass,TopLeft,"f.png",100,100', ' P,0,0,,V', ' F,0,0,10,1']), 5);
  assert.deepEqual([upsideDown(102, 102), upsideDown(117, 108)], [RED, GREEN]);
});

test('alpha, colours and what is added to what lies below', () => {
  const line = 'Sprite,Pass,TopLeft,"f.png",100,100';
  const half = pixelsOf(sceneOf([line, ' F,0,0,10,0.5']), 5)(102, 102);
  assert.ok(Math.abs((half[0] ?? 0) - 128) <= 1 && half[1] === 0, `${half}`);
  const blue = pixelsOf(sceneOf([line, ' C,0,0,10,128,0,255']), 5);
  assert.deepEqual([blue(102, 102), blue(117, 102)], [[128, 0, 0], BLACK]);
  const added = sceneOf([line, ' F,0,0,10,1', 'Sprite,Pass,TopLeft,"f.png",90,100', ' F,0,0,10,1', ' P,0,0,,A']);
  assert.deepEqual(pixelsOf(added, 5)(102, 102), [255, 255, 0]);
});

test('layers are drawn in their order; of fail and pass one is seen', () => {
  const scene = sceneOf([
    'Sprite,Foreground,TopLeft,"f.png",100,100',
    ' F,0,0,10,1',
    'Sprite,Background,TopLeft,"f.png",90,100',
    ' F,0,0,10,1',
    'Sprite,Fail,TopLeft,"f.png",300,100',
    ' F,0,0,10,1',
    'Sprite,Pass,TopLeft,"f.png",400,100',
    ' F,0,0,10,1',
    'Sprite,Overlay,TopLeft,"f.png",500,100',
    ' F,0,0,10,1',
  ]);
  const at = pixelsOf(scene, 5);
  assert.deepEqual([at(102, 102), at(302, 102), at(402, 102), at(502, 102)], [RED, BLACK, RED, BLACK]);
  assert.equal(scene.at(5).over.length, 1);
});

test('a storyboard of 4:3 ends at its sides, one of a wide screen does not', () => {
  const lines = ['Sprite,Pass,CentreRight,"f.png",-5,240', ' S,0,0,10,5'];
  assert.deepEqual(sceneOf(lines).at(5).under, []);
  assert.deepEqual(pixelsOf(sceneOf(lines, true), 5)(-100, 240), RED);
});

test('pictures that are not there, or are none, are not seen; the others are', () => {
  const lines = ['Sprite,Pass,Centre,"a.png",320,240', ' F,0,0,10,1'];
  assert.deepEqual(sceneOf(lines, false, () => undefined).at(5).under, []);
  assert.deepEqual(sceneOf(lines, false, () => Buffer.from('no picture at all, only words')).at(5).under, []);
  const cut = flag().subarray(0, 40);
  assert.deepEqual(sceneOf(lines, false, () => cut).at(5).under.length <= 1, true);
  const bomb = Buffer.from(flag());
  bomb.writeUInt32BE(16_000, 16);
  bomb.writeUInt32BE(16_000, 20);
  assert.deepEqual(sceneOf(lines, false, () => bomb).at(5).under, [], 'what claims to be huge is not unpacked');
});

test('what has not moved has not changed', () => {
  const scene = sceneOf([
    'Sprite,Pass,TopLeft,"f.png",10,10',
    ' F,0,0,1000,1',
    'Sprite,Pass,TopLeft,"f.png",100,100',
    ' MX,0,0,1000,100,300',
    'Sprite,Pass,TopLeft,"f.png",10,300',
    ' F,0,500,1000,1',
  ]);
  const at = (now: number) => scene.at(now).under;
  assert.deepEqual(changedRects(at(100), at(100)), []);
  const moved = changedRects(at(100), at(200));
  assert.equal(moved.length, 2);
  assert.ok(moved.every(({ y, height }) => y === 99 && height === 12));
  assert.equal(changedRects(at(499), at(500)).length, 3, 'what comes into sight');
  assert.equal(changedRects(at(500), at(499)).length, 3);
});

test('behind the objects: the background goes when the storyboard has it, all is darkened, breaks are lighter', () => {
  const stage = stageOf(SIZE);
  const white = createCanvas(8, 8);
  white.getContext('2d').fillStyle = '#ffffff';
  white.getContext('2d').fillRect(0, 0, 8, 8);
  const input = {
    background: white as never,
    story: undefined,
    video: undefined,
    file: 'BG.png',
    breaks: [{ start: 10_000, end: 20_000 }],
    rate: 1,
    options: { ...SIZE, dim: 0.8 },
    stage,
  };
  const levelAt = (backdrop: Backdrop, now: number): number => {
    const context = createCanvas(SIZE.width, SIZE.height).getContext('2d');
    backdrop.grounds()(now).draw(context);
    return context.getImageData(20, 20, 1, 1).data[0] ?? 0;
  };
  const plain = new Backdrop(input);
  assert.ok(Math.abs(levelAt(plain, 0) - 51) <= 1);
  assert.ok(Math.abs(levelAt(plain, 15_000) - 128) <= 1, `${levelAt(plain, 15_000)}`);
  assert.ok(Math.abs(levelAt(plain, 20_000) - 51) <= 1);
  const story = sceneOf(['Sprite,Pass,TopLeft,"bg.PNG",0,0', ' F,0,0,1000,1']);
  assert.equal(levelAt(new Backdrop({ ...input, story }), 500), 0, 'it is a sprite of the storyboard now');
  const grounds = plain.grounds();
  assert.equal(grounds(0).key, grounds(100).key, 'what stays is drawn once');
  assert.notEqual(grounds(100).key, grounds(15_000).key);
});
