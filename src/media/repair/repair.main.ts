/** The repairing process: one file, then it ends. Forked by `repair.ts`; dies with its parent. */
import { serveTask } from '../codec/serve-task.ts';
import { repairFile } from './repair-file.ts';
import type { RepairReport, RepairTask } from './task.ts';

serveTask<RepairTask, RepairReport>(repairFile);
