/** Prints why a log cannot be opened, or a record not logged; argv[2] is a log that is in use. */
import { JSONStreamBackend, Logger } from 'dllogger';

function refusal(action: () => void): void {
  try {
    action();
    console.log('no error');
  } catch (error) {
    console.log((error as { code?: string }).code ?? (error as Error).name);
  }
}

const [, , held = '', directory = ''] = process.argv;
refusal(() => new JSONStreamBackend(1, held));
refusal(() => new JSONStreamBackend(1, `${directory}/not/there.json`));
refusal(() => new JSONStreamBackend(1, directory));
const logger = new Logger([new JSONStreamBackend(1, `${directory}/refused.json`)]);
refusal(() => logger.log([0], { loss: Symbol('loss') } as never));
