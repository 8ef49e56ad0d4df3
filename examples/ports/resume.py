"""A logger that continues where the last start ended: python resume.py DIRECTORY [--stop-in EPOCH]

The logger keeps the log up to the last finished epoch; later epochs are trained again.
"""
import json
import os
import sys

from dllogger import JSONStreamBackend, Logger, StdOutBackend, Verbosity


def take_finished(path):
    """Cuts the log behind its last finished epoch. Returns the epoch to continue with."""
    if not os.path.exists(path):
        return 0
    with open(path) as file:
        lines = file.readlines()
    kept = 0
    epoch = 0
    for index, line in enumerate(lines):
        step = json.loads(line[len("DLLL ") :]).get("step")
        if isinstance(step, list) and len(step) == 1:
            kept = index + 1
            epoch = step[0] + 1
    with open(path + ".new", "w") as file:
        file.writelines(lines[:kept])
    os.replace(path + ".new", path)
    return epoch


class ResumingLogger(Logger):
    def __init__(self, path, backends):
        self.first_epoch = take_finished(path)
        self.records = 0
        super().__init__([JSONStreamBackend(Verbosity.VERBOSE, path, append=True)] + backends)
        if self.first_epoch > 0:
            self.log("RESUMED", {"epoch": self.first_epoch})

    def log(self, step, data, verbosity=Verbosity.DEFAULT):
        self.records += 1
        super().log(step, {**data, "record": self.records}, verbosity)

    def epochs(self, count):
        return range(self.first_epoch, count)


logger = ResumingLogger(
    os.path.join(sys.argv[1], "resume.json"), [StdOutBackend(Verbosity.DEFAULT)]
)
stop = int(sys.argv[3]) if "--stop-in" in sys.argv else None
logger.log("PARAMETER", {"epochs": 3, "lr": 0.5, "optimizer": {"name": "sgd", "momentum": 0.0}})
logger.metadata("loss", {"unit": None, "format": ":.3f", "GOAL": "MINIMIZE", "STAGE": "TRAIN"})
for epoch in logger.epochs(3):
    for iteration in range(3):
        loss = 12.0 / (1 + epoch * 3 + iteration)
        logger.log((epoch, iteration), {"loss": loss}, Verbosity.VERBOSE)
        if epoch == stop and iteration == 1:
            logger.flush()
            sys.exit(1)
    logger.log((epoch,), {"loss": loss, "diverged": loss != loss})
logger.log((), {"loss": loss})
