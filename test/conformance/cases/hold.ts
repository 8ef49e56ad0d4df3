/** Writes the log argv[2], prints a line, and keeps the log open until a file argv[3] appears. */
import { existsSync } from 'node:fs';
import { JSONStreamBackend, Logger } from 'dllogger';

const [, , path = '', end = ''] = process.argv;
const logger = new Logger([new JSONStreamBackend(1, path)]);
logger.log([0], {});
logger.flush({ sync: true });
console.log('open');
const timer = setInterval(() => {
  if (!existsSync(end)) return;
  clearInterval(timer);
  // A logger that nothing refers to is closed when the engine collects it.
  logger.flush();
}, 20);
