import { checkMachine, ensureInstalled, step } from './bootstrap.js';

checkMachine();
ensureInstalled('all');
step('docs/api/openapi.json', ['src/hub/server/openapi.main.ts']);
