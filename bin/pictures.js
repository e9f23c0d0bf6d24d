import { checkMachine, ensureInstalled, ensurePage, step } from './bootstrap.js';

checkMachine();
ensureInstalled('all');
ensurePage();
step('pictures of the page', ['test/browser/pictures.main.ts', ...process.argv.slice(2)]);
