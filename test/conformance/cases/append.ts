/** Appends argv[3] records to the log argv[2], marked with argv[4]. */
import { JSONStreamBackend, Logger } from 'dllogger';

const [, , path = '', records = '0', mark = ''] = process.argv;
const logger = new Logger([new JSONStreamBackend(1, path, { append: true })]);
for (let i = 0; i < Number(records); i++) logger.log([mark, i], { loss: i / 7 });
