/** Fetches ten seconds of a drive: server, route, folder of the cache. Prints where the files are. */
import { openApiDrive } from '../../src/sources/openpilot/files/api/api-drive.ts';
import { ApiClient } from '../../src/sources/openpilot/files/api/client.ts';
import { apiServer } from '../../src/sources/openpilot/files/api/server.ts';
import { SignedLists } from '../../src/sources/openpilot/files/api/signed-lists.ts';
import { FileCache } from '../../src/sources/openpilot/files/cache/file-cache.ts';
import { parseRoute } from '../../src/sources/openpilot/names/parse-route.ts';

const [, , server = '', route = '', folder = ''] = process.argv;
const client = new ApiClient({ server: apiServer(server), token: null, share: null });
await using drive = await openApiDrive(parseRoute(route), {
  client,
  lists: new SignedLists(),
  cache: new FileCache(folder, 1e9),
});
const ranges = [{ start: 10, end: 20 }];
const plan = await drive.plan({ ranges, cameras: ['road'], log: 'drawn', preroll: 3, sound: false, quality: 'best' });
const [minute] = await drive.bring(plan);
process.stdout.write(JSON.stringify(minute?.files));
