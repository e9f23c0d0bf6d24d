/** The chunk process of a replay. */
import { serveChunks } from '../../../media/chunks/serve-chunks.ts';
import { openReplay } from './open-replay.ts';

serveChunks(openReplay);
