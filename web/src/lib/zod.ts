/** Must run before any schema does: the page's content security policy forbids code made from strings. */
import { config } from 'zod';

config({ jitless: true });
