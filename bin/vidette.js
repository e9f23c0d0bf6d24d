#!/usr/bin/env node
import { checkMachine, ensureInstalled, ensurePage, runCli } from './bootstrap.js';

checkMachine();
ensureInstalled('run');
const args = process.argv.slice(2);
if (args[0] === 'serve') ensurePage();
runCli(args);
