/** Two fisheye halves of a frame into one picture all around, by FFmpeg's filter `v360`. */
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Filter, type FilterContext, FilterGraph, type Frame } from 'node-av/lib';
import { CodecError, check, newFrame } from '../codec/native.ts';
import type { Size } from '../codec/plan.ts';
import type { Sphere } from './overlay-scene.ts';

export class SphereFilter {
  private readonly graph: FilterGraph;
  private readonly source: FilterContext;
  private readonly sink: FilterContext;
  private readonly result: Frame = newFrame();

  /** @param input of the frames @param output of the result */
  constructor(input: Size, output: Size, { horizontal, vertical }: Sphere) {
    this.graph = new FilterGraph();
    this.graph.alloc();
    const make = (name: string, args: string): FilterContext => {
      const filter = Filter.getByName(name);
      const context = filter && this.graph.createFilter(filter, name, args);
      if (!context) throw new CodecError(`this FFmpeg has no filter "${name}"`);
      return context;
    };
    this.source = make(
      'buffer',
      `video_size=${input.width}x${input.height}:pix_fmt=${AV_PIX_FMT_YUV420P}:time_base=1/1:pixel_aspect=1/1:colorspace=smpte170m:range=tv`,
    );
    const angles = `ih_fov=${horizontal}:iv_fov=${vertical}`;
    const around = make('v360', `dfisheye:equirect:${angles}:w=${output.width}:h=${output.height}`);
    this.sink = make('buffersink', '');
    check(this.source.link(0, around, 0), 'cannot prepare the picture all around');
    check(around.link(0, this.sink, 0), 'cannot prepare the picture all around');
    check(this.graph.configSync(), 'cannot prepare the picture all around');
  }

  /** Valid until the next call. */
  apply(frame: Frame): Frame {
    this.result.unref();
    // A copy of the reference: the composer goes on with its own picture.
    const given = frame.clone();
    if (!given) throw new CodecError('no memory for a picture');
    try {
      check(this.source.buffersrcAddFrameSync(given), 'cannot bend a picture');
    } finally {
      given.free();
    }
    check(this.sink.buffersinkGetFrameSync(this.result), 'cannot bend a picture');
    return this.result;
  }

  close(): void {
    this.graph.free();
    this.result.free();
  }
}
