/** `npm run api`: writes `docs/api/openapi.json` anew from the route table. */
import { checkMachine, ensureInstalled, step } from './bootstrap.js';

checkMachine();
ensureInstalled('run');
step('description of the API', ['src/hub/server/openapi.main.ts']);
