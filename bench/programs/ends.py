"""Logs records with Python's DLLogger, then ends in the named way: ends.py LOG END DIRECTORY RECORDS."""
import os, signal, sys
import dllogger
path, end = sys.argv[1:3]
RECORDS = int(sys.argv[4])
logger = dllogger.Logger([dllogger.JSONStreamBackend(1, path)])
def die(number):
    os.kill(os.getpid(), number)
    signal.pause()
def ballast():
    with open(os.path.join(sys.argv[3], 'ballast'), 'ab', buffering=0) as file:
        size = 1 << 20
        while size > 0:
            try:
                if file.write(bytes(size)) < size: size >>= 1
            except OSError:
                size >>= 1
for i in range(RECORDS):
    if end == 'full' and i == 700: ballast()
    if end == 'full' and i == 1400: os.remove(os.path.join(sys.argv[3], 'ballast'))
    logger.log((i,), {'loss': i / 7})
if end == 'natural end': pass
if end == 'process.exit()': sys.exit(0)
if end == 'uncaught throw': raise RuntimeError('the loss is NaN')
if end.startswith('SIGTERM'): die(signal.SIGTERM)
if end == 'abort': os.abort()
if end == 'SIGSEGV': die(signal.SIGSEGV)
if end.startswith('SIGKILL'): die(signal.SIGKILL)
if end == 'heap exhausted': raise MemoryError()
if end == 'full': logger.flush()
