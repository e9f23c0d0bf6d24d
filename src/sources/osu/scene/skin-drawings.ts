/** Drawings of which a skin may have pictures, each kept at the size in which it is shown. */
import type { Rgb } from '../read/beatmap.ts';
import type { Sprite } from './brush.ts';
import { css } from './colours.ts';
import { DrawnOnce } from './drawn-once.ts';
import { added, asItIs, frameAt, rowOf, type SkinLook, type SkinPicture, tinted } from './skin-look.ts';

export class SkinDrawings extends DrawnOnce {
  protected readonly skin: SkinLook | undefined;

  constructor(skin: SkinLook | undefined) {
    super();
    this.skin = skin;
  }

  protected picture(name: string): SkinPicture | undefined {
    return this.skin?.pictures.get(name);
  }

  protected frames(name: string): readonly SkinPicture[] {
    return this.skin?.animations.get(name) ?? [];
  }

  /** @param scale pixels of the screen in one of the skin's */
  protected own(name: string, scale: number): Sprite | undefined {
    const picture = this.picture(name);
    return picture && this.pictured(`${name} ${scale}`, () => asItIs(picture, scale));
  }

  /** White in it becomes the colour. */
  protected coloured(name: string, colour: Rgb, scale: number): Sprite | undefined {
    const picture = this.picture(name);
    return picture && this.pictured(`${name} ${scale} ${css(colour)}`, () => tinted(picture, colour, scale));
  }

  /** What the game adds to what lies below. */
  protected lightSprite(name: string, colour: Rgb, scale: number): Sprite | undefined {
    const picture = this.picture(name);
    return picture && this.pictured(`${name} ${scale} ${css(colour)} light`, () => added(picture, colour, scale));
  }

  /** The picture of an animation at a moment. @param since real ms @param framerate pictures a second, where the skin does not say it */
  protected animated(
    name: string,
    since: number,
    loops: boolean,
    scale: number,
    framerate = this.skin?.settings.framerate,
  ): Sprite | undefined {
    const frames = this.frames(name);
    const frame = frameAt(frames, { framerate }, since, loops);
    const picture = frames[frame];
    return picture && this.pictured(`${name} ${frame} ${scale}`, () => asItIs(picture, scale));
  }

  /** Signs of one of its fonts side by side; undefined where it lacks one. @param signs what stands behind the prefix */
  protected written(font: 'hitCircleFont' | 'scoreFont', signs: readonly string[], scale: number): Sprite | undefined {
    const { skin } = this;
    const row = skin && rowOf(skin, skin.settings[font], signs, scale);
    if (!row) return undefined;
    const { sprites, width, height } = row;
    return this.sprite(`${font} ${signs.join('')} ${scale}`, width, height, (context) => {
      for (const { sprite, x } of sprites)
        context.drawImage(sprite.image, x - width / 2, -height / 2, sprite.width, sprite.height);
    });
  }
}
