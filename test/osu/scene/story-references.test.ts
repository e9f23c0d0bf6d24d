/** Pictures of storyboards, breaks and what lies behind against stored ones; all of it made here. */
import { test } from 'node:test';
import { type Canvas, createCanvas, Image } from '@napi-rs/canvas';
import { readStoryboard } from '../../../src/sources/osu/read/read-storyboard.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { type HeardHit, passChanges } from '../../../src/sources/osu/scene/storyboard/story-moments.ts';
import { soundsOfPlay } from '../../../src/sources/osu/sound/sounds-of-play.ts';
import { generatedPlay } from './generated-play.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

function canvasOf(width: number, height: number, paint: (canvas: Canvas) => void): Canvas {
  const canvas = createCanvas(width, height);
  paint(canvas);
  return canvas;
}

/** A flag whose corners all differ, so that turning and mirroring is seen. */
const flag = canvasOf(120, 80, (canvas) => {
  const context = canvas.getContext('2d');
  for (const [colour, x, y] of [
    ['#ff4040', 0, 0],
    ['#40ff40', 60, 0],
    ['#4060ff', 0, 40],
    ['#ffffff', 60, 40],
  ] as const) {
    context.fillStyle = colour;
    context.fillRect(x, y, 60, 40);
  }
});
const FILES: Readonly<Record<string, Canvas>> = {
  'flag.png': flag,
  'sky.png': canvasOf(640, 480, (canvas) => {
    const context = canvas.getContext('2d');
    const sky = context.createLinearGradient(0, 0, 640, 480);
    sky.addColorStop(0, '#203060');
    sky.addColorStop(1, '#e0a060');
    context.fillStyle = sky;
    context.fillRect(0, 0, 640, 480);
  }),
  ...Object.fromEntries(
    Array.from({ length: 4 }, (_, index) => [
      `step${index}.png`,
      canvasOf(40, 40, (canvas) => {
        canvas.getContext('2d').fillStyle = '#ffff00';
        canvas.getContext('2d').fillRect(0, index * 10, 40, 10);
      }),
    ]),
  ),
};

function withStory(lines: readonly string[], played: PlayedMap, widescreen = true): PlayedMap {
  const storyboard = readStoryboard([{ name: 'a.osb', bytes: Buffer.from(`[Events]\n${lines.join('\n')}\n`) }]);
  const hits = soundsOfPlay(played).hits.flatMap(({ time, struck }): HeardHit[] =>
    struck ? [{ time, ...struck }] : [],
  );
  const changes = passChanges(played.timeline, played.map.objects, played.map.breaks);
  const read = (file: string): Buffer | undefined => FILES[file]?.toBuffer('image/png');
  return { ...played, story: { storyboard, widescreen, hits, passChanges: changes, read } };
}

function withBackground(played: PlayedMap): PlayedMap {
  const background = new Image();
  background.src = (FILES['sky.png'] as Canvas).toBuffer('image/png');
  return { ...played, background };
}

const COMMANDS = [
  'Sprite,Background,Centre,"sky.png",320,240',
  ' F,0,0,20000,0.9',
  'Sprite,Background,TopLeft,"flag.png",0,20',
  ' M,0,1000,3000,0,20,200,60',
  'Sprite,Background,Centre,"flag.png",560,120',
  ' R,0,1000,3000,0,3.14159',
  'Sprite,Pass,Centre,"flag.png",120,300',
  ' S,1,1000,3000,0.2,1.4',
  'Sprite,Pass,Centre,"flag.png",320,380',
  ' V,0,1000,3000,2,0.2,0.4,1',
  'Sprite,Foreground,Centre,"flag.png",520,320',
  ' C,0,1000,3000,255,255,255,255,0,0',
  ' F,35,1000,3000,0,1',
  'Sprite,Foreground,CentreRight,"flag.png",730,240',
  ' P,0,1000,3000,H',
  ' P,0,1000,3000,A',
  ' MY,0,1000,3000,400,100',
  'Animation,Foreground,Centre,"step.png",320,60,4,100',
  ' F,0,1000,3000,1',
  'Sprite,Foreground,Centre,"flag.png",-60,300',
  ' L,1000,10',
  '  MX,5,0,250,-90,-40,-90',
];

interface Case {
  readonly at: number;
  readonly played: () => PlayedMap;
  readonly options?: Partial<SceneOptions>;
}

const breaking = (): PlayedMap => {
  const played = withBackground(generatedPlay());
  const { map } = played;
  return { ...played, map: { ...map, letterboxInBreaks: true, breaks: [{ start: 4700, end: 7400 }] } };
};

const CASES: Readonly<Record<string, Case>> = {
  'story-commands': { at: 2100, played: () => withStory(COMMANDS, generatedPlay()), options: { dim: 0.2 } },
  'story-narrow': { at: 2100, played: () => withStory(COMMANDS, generatedPlay(), false), options: { dim: 0.2 } },
  'story-dimmed': { at: 2100, played: () => withStory(COMMANDS, generatedPlay()) },
  'story-upright': {
    at: 2100,
    played: () => withStory(COMMANDS, withBackground(generatedPlay())),
    options: { width: 540, height: 960, dim: 0.2 },
  },
  'story-overlay': {
    at: 1450,
    played: () =>
      withStory(['Sprite,Overlay,Centre,"flag.png",200,170', ' F,0,0,20000,0.8'], withBackground(generatedPlay())),
  },
  // The third circle is struck with a clap at two seconds.
  'story-triggers': {
    at: 2250,
    played: () =>
      withStory(
        [
          'Sprite,Foreground,Centre,"flag.png",320,240',
          ' T,HitSoundClap,0,20000',
          '  S,0,0,500,1,3',
          'Sprite,Foreground,Centre,"flag.png",100,400',
          ' T,HitSoundFinish,0,20000',
          '  S,0,0,500,1,3',
        ],
        generatedPlay(),
      ),
    options: { dim: 0.2 },
  },
  'story-failing': {
    at: 2600,
    played: () =>
      withStory(
        [
          'Sprite,Fail,Centre,"flag.png",160,400',
          ' F,0,0,20000,1',
          'Sprite,Pass,Centre,"flag.png",480,400',
          ' F,0,0,20000,1',
        ],
        generatedPlay(0, { misses: [1] }),
      ),
    options: { dim: 0.2 },
  },
  'break-light': { at: 6000, played: breaking },
  background: { at: 1450, played: () => withBackground(generatedPlay()) },
};

for (const [name, { at, played, options }] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () =>
    sameAsStored(name, pictureAt(played(), { ...SCENE_DEFAULTS, width: 960, height: 540, ...options }, at)));
