/** The panel at the end: what was played, by whom, and how well. */
import type { KeptDrawing } from '../../../../media/overlay/overlay-scene.ts';
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { ofSprites } from '../hud/letters.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { builtInPanel } from './built-in-panel.ts';
import type { ResultFacts } from './result-facts.ts';
import { hasPanel, skinPanel } from './skin-panel.ts';

const FADE_MS = 500;

export class ResultScreen {
  private readonly stage: Stage;
  private readonly facts: ResultFacts;
  private readonly skin: SkinLook | undefined;
  /** Of a skin: as large as the picture. */
  private readonly isWhole: boolean;
  /** Made when it is first seen: most chunks never do. */
  private made: Sprite | undefined;

  /** @param icons the game is the one for which skins have a screen */
  constructor(stage: Stage, facts: ResultFacts, skin: SkinLook | undefined, icons: boolean) {
    this.stage = stage;
    this.facts = facts;
    this.skin = skin;
    this.isWhole = icons && skin !== undefined && hasPanel(skin);
  }

  /** While it comes. @param since real ms */
  draw(brush: Brush, since: number): void {
    if (since < 0 || since >= FADE_MS) return;
    const { width, height } = this.stage.size;
    const alpha = clamp(since / FADE_MS);
    const rise = this.isWhole ? 0 : (1 - alpha) ** 2 * 24 * this.stage.unit;
    brush.sprite(this.panel, width / 2, height / 2 + rise, 1, alpha);
  }

  /** When it has come: it lies there. @param since real ms */
  kept(since: number): KeptDrawing[] {
    if (since < FADE_MS) return [];
    const { size } = this.stage;
    const { panel } = this;
    const [x, y] = [Math.round((size.width - panel.width) / 2), Math.round((size.height - panel.height) / 2)];
    return ofSprites('result', [{ sprite: panel, x, y, alpha: 1 }]);
  }

  private get panel(): Sprite {
    if (!this.made) {
      const { stage, facts, skin } = this;
      const letter = skin?.pictures.get(`ranking-${facts.grade.toLowerCase()}`);
      const image = this.isWhole && skin ? skinPanel(stage, facts, skin, letter) : builtInPanel(stage, facts, letter);
      this.made = { image, width: image.width, height: image.height };
    }
    return this.made;
  }
}
