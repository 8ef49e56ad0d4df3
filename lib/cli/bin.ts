#!/usr/bin/env node
import { main } from './main.js';

// Not process.exit(): what is written to a pipe must still get there.
process.exitCode = await main(process.argv.slice(2));
