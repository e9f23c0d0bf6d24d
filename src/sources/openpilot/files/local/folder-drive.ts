/**
 * A drive in a folder of this machine: its files are read where they lie.
 */
import { UserError } from '../../../../base/errors.ts';
import { type NamedRoute, secondsOf } from '../../names/route-request.ts';
import { chooseFiles } from '../choose-files.ts';
import { broughtMinutes, type Drive } from '../drive.ts';
import { type HeldFile, minuteCount } from '../holding.ts';
import { chooseRoute } from './choose-route.ts';
import { routesInFolder } from './folder.ts';

/**
 * @param wanted null: the only drive in the folder
 * @throws UserError when the folder does not hold it
 */
export async function openFolderDrive(folder: string, wanted: NamedRoute | null, signal?: AbortSignal): Promise<Drive> {
  const holding = chooseRoute(await routesInFolder(folder, signal), wanted, folder);
  const { dongle, logId } = holding;
  const minutes = minuteCount(holding);
  return {
    dongle: dongle ?? wanted?.dongle ?? null,
    logId,
    minutes,
    asked: wanted === null ? null : secondsOf(wanted.span, minutes),
    notes: [],
    plan: async (need) => chooseFiles(holding, need, 'folder'),
    bring: async (plan) => broughtMinutes(plan, pathOf),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function pathOf(file: HeldFile): string {
  if (file.place.at === 'path') return file.place.path;
  throw new UserError(`${file.name} does not lie in a folder.`, 'Choose the files again.');
}
