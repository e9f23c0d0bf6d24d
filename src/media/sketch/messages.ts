/** What the process that decodes pictures for comparison is asked, and answers. */

/** A key picture, as its file holds it. */
export interface CodedKeyPicture {
  readonly codec: 'h264' | 'h265';
  /** Body of `avcC` or `hvcC`, base64. */
  readonly description: string;
  /** The sample: units behind 4-byte lengths, base64. */
  readonly sample: string;
}

export interface SketchTask {
  readonly pictures: readonly CodedKeyPicture[];
}

/** A picture in few numbers: means of brightness and colour in a grid, row by row. */
export interface Sketch {
  readonly luma: readonly number[];
  readonly blue: readonly number[];
  readonly red: readonly number[];
}

export const SKETCH = { columns: 16, rows: 12 } as const;
