/** Drawings at any size and between pixels; compiled with `pixels.ts`. */

/** Of a drawing that is read between its pixels: one component, with an edge of one transparent pixel all around. */
@unmanaged
class ScaledLayer {
  /** Colour times alpha in the lower 16 bits, alpha in the upper: so both are weighted at once. */
  pixels: usize;
  /** With the edge. */
  width: i32;
  height: i32;
  /** Of each row, and one more: which one of `runs` is the first that is seen in it or in the next row; 32 bits each. */
  rows: usize;
  /** First column, and column behind the last, of each stretch; 16 bits each. */
  runs: usize;
}

/** Fractions of a pixel are counted in so many parts. */
const ONE: i32 = 65536;
/** One row of a layer, between two of its own; grows with the widest layer. */
let between: usize = 0;
let betweenWidth: i32 = 0;

/**
 * Takes one component of a drawing over into a layer whose `pixels`, `width` and `height` are set.
 * @param colour as `pixels.ts` keeps it @param under @param stride @param width without the edge @param height
 */
export function spread(layer: usize, colour: usize, under: usize, stride: i32, width: i32, height: i32): void {
  const to = changetype<ScaledLayer>(layer);
  memory.fill(to.pixels, 0, <usize>(4 * to.width * to.height));
  for (let row = 0; row < height; row++) {
    const at = to.pixels + <usize>(4 * ((row + 1) * to.width + 1));
    const from = <usize>(row * stride);
    for (let x = 0; x < width; x++) {
      const alpha = 255 - <u32>load<u8>(under + from + x);
      store<u32>(at + 4 * x, <u32>load<u8>(colour + from + x) | (alpha << 16));
    }
  }
}

/** Gaps that are shorter are read through. */
const SHORT_GAP: i32 = 8;

/**
 * Finds the stretches of a layer that are seen.
 * @param fill whether there is room for them: otherwise they are counted alone
 * @returns how many there are
 */
export function scaledRuns(layer: usize, fill: bool): i32 {
  const to = changetype<ScaledLayer>(layer);
  const row4 = <usize>(4 * to.width);
  let count = 0;
  for (let row = 0; row + 1 < to.height; row++) {
    if (fill) store<u32>(to.rows + 4 * row, count);
    const start = to.pixels + <usize>row * row4;
    let first = -1;
    let last = -1;
    for (let x = 1; x < to.width - 1; x++) {
      if ((load<u32>(start + 4 * x) | load<u32>(start + row4 + 4 * x)) === 0) continue;
      if (first >= 0 && x - last > SHORT_GAP) {
        if (fill) putRun(to.runs, count, first, last);
        count++;
        first = x;
      } else if (first < 0) first = x;
      last = x;
    }
    if (first < 0) continue;
    if (fill) putRun(to.runs, count, first, last);
    count++;
  }
  if (fill) store<u32>(to.rows + 4 * (to.height - 1), count);
  return count;
}

function putRun(runs: usize, index: i32, first: i32, last: i32): void {
  store<u16>(runs + 4 * index, <u16>first);
  store<u16>(runs + 4 * index + 2, <u16>(last + 1));
}

/**
 * Lays one component of a drawing over one of a picture.
 * @param left of its edge on the picture @param top @param scale pixels of the picture for one of its own
 * @param strength how much of it, 1 to 256
 * @param clipX nothing outside of it is touched @param clipY @param right the column behind the last @param bottom the row
 */
export function layScaled(
  plane: usize,
  stride: i32,
  layer: usize,
  left: f64,
  top: f64,
  scale: f64,
  strength: i32,
  clipX: i32,
  clipY: i32,
  right: i32,
  bottom: i32,
): void {
  const drawing = changetype<ScaledLayer>(layer);
  if (betweenWidth < drawing.width) {
    if (between) heap.free(between);
    between = heap.alloc(4 * drawing.width + 32);
    betweenWidth = drawing.width;
  }
  const step = <i32>nearest(<f64>ONE / scale);
  const height = drawing.height;
  const lastRow = min(bottom, <i32>ceil(top + (<f64>height - 1.5) * scale + 0.5));
  for (let y = max(clipY, <i32>floor(top - 0.5 * scale - 0.5)); y < lastRow; y++) {
    // Of the middle of this row of the picture, in rows of the layer.
    const place = <i32>floor(((<f64>y + 0.5 - top) / scale + 0.5) * <f64>ONE);
    const row = place >> 16;
    if (row < 0 || row >= height - 1) continue;
    const end = load<u32>(drawing.rows + 4 * (row + 1));
    let done = clipX;
    for (let run = load<u32>(drawing.rows + 4 * row); run < end; run++) {
      const from = <f64>load<u16>(drawing.runs + 4 * run);
      const to = <f64>load<u16>(drawing.runs + 4 * run + 2);
      const first = max(done, <i32>ceil(left + (from - 1.5) * scale - 0.5));
      const last = min(right, <i32>floor(left + (to - 0.5) * scale - 0.5) + 1);
      if (first >= last) continue;
      done = last;
      // Of the middle of the first pixel, in columns of the layer.
      const begin = max(0, <i32>floor(((<f64>first + 0.5 - left) / scale + 0.5) * <f64>ONE));
      const readLast = min(drawing.width, ((begin + (last - 1 - first) * step) >> 16) + 2);
      readBetween(
        drawing.pixels + <usize>(4 * row * drawing.width),
        drawing.width,
        begin >> 16,
        readLast,
        (place >> 8) & 255,
      );
      blendRow(plane + <usize>(y * stride + first), last - first, begin, step, strength, drawing.width - 2);
    }
  }
}

/** What lies between two rows. @param down how far, of 256 */
function readBetween(upper: usize, width: i32, first: i32, last: i32, down: i32): void {
  const lower = upper + <usize>(4 * width);
  const half = i16x8.splat(128);
  const near = i16x8.splat(<i16>(256 - down));
  const far = i16x8.splat(<i16>down);
  for (let x = first; x < last; x += 4) {
    const at = <usize>(4 * x);
    const sum = i16x8.add(i16x8.mul(v128.load(upper + at), near), i16x8.mul(v128.load(lower + at), far));
    v128.store(between + at, i16x8.shr_u(i16x8.add(sum, half), 8));
  }
}

/** @param mostColumn what lies behind the last pixel may be farther than there are columns */
function blendRow(to: usize, count: i32, begin: i32, step: i32, strength: i32, mostColumn: i32): void {
  let from = i32x4.add(i32x4.splat(begin), i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3)));
  const steps = i32x4.splat(4 * step);
  const most = i32x4.splat(mostColumn);
  const whole = i32x4.splat(256);
  const times255 = i32x4.splat(strength * 255);
  const times = i32x4.splat(strength);
  for (let left = count; left > 0; left -= 4, to += 4, from = i32x4.add(from, steps)) {
    const columns = i32x4.max_s(i32x4.min_s(i32x4.shr_s(from, 16), most), i32x4.splat(0));
    const a = v128.load64_zero(between + <usize>(4 * i32x4.extract_lane(columns, 0)));
    const b = v128.load64_zero(between + <usize>(4 * i32x4.extract_lane(columns, 1)));
    const c = v128.load64_zero(between + <usize>(4 * i32x4.extract_lane(columns, 2)));
    const d = v128.load64_zero(between + <usize>(4 * i32x4.extract_lane(columns, 3)));
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const here = v128.shuffle<i64>(ab, cd, 0, 2);
    const next = v128.shuffle<i64>(ab, cd, 1, 3);
    // The same weight for colour and alpha: in both halves of a number.
    const far = v128.and(i32x4.shr_u(from, 8), i32x4.splat(255));
    const near = i32x4.sub(whole, far);
    const sum = i16x8.add(
      i16x8.mul(here, v128.or(near, i32x4.shl(near, 16))),
      i16x8.mul(next, v128.or(far, i32x4.shl(far, 16))),
    );
    // Alpha and colour in parts of 256; what stays is in parts of 255 · 16 · 256.
    const stays = i32x4.sub(i32x4.splat(1044480), i32x4.mul(i32x4.shr_u(sum, 20), times));
    const colour = i32x4.mul(v128.and(i32x4.shr_u(sum, 4), i32x4.splat(0xfff)), times255);
    const word = load<u32>(to);
    const there = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(word)));
    const mixed = i32x4.add(colour, i32x4.mul(there, stays));
    const out = i32x4.shr_u(i32x4.add(i32x4.add(mixed, i32x4.shr_u(mixed, 8)), i32x4.splat(524288)), 20);
    const narrow = i16x8.narrow_i32x4_u(out, out);
    const bytes = i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0);
    if (left >= 4) store<i32>(to, bytes);
    else for (let n = 0; n < left; n++) store<u8>(to + n, <u8>(bytes >> (8 * n)));
  }
}
