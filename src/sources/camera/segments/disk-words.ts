/**
 * What a person is told about a disk that does not take footage.
 */
import { messageOf } from '../../../base/errors.ts';

/** Why nothing is written just now, in words; other errors say it themselves. */
export function diskWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'The disk is full.';
    case 'EROFS':
      return 'The disk is read-only.';
    case 'EACCES':
    case 'EPERM':
      return 'The recorder may not write to the disk.';
    case 'EIO':
      return 'The disk reports an error (EIO).';
    default:
      return messageOf(error);
  }
}
