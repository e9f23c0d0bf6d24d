import { checkMachine, ensureInstalled, ensurePage, runCli } from './bootstrap.js';

checkMachine();
ensureInstalled('run');
ensurePage();
runCli(['serve', ...process.argv.slice(2)]);
