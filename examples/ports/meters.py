"""Meters with a verbosity each: python meters.py DIRECTORY

Each iteration and each epoch gives one record for each verbosity that a meter has.
"""
import os
import sys

import dllogger
from dllogger import JSONStreamBackend, StdOutBackend, Verbosity


class AverageMeter:
    def __init__(self, verbosity):
        self.verbosity = verbosity
        self.reset()

    def reset(self):
        self.last = None
        self.sum = 0.0
        self.count = 0

    def record(self, value, count=1):
        self.last = value
        self.sum += value * count
        self.count += count

    def average(self):
        return self.sum / self.count if self.count > 0 else None


class Meters:
    def __init__(self, logger):
        self.logger = logger
        self.meters = {}

    def register(self, name, verbosity, metadata):
        self.logger.metadata(name, metadata)
        self.meters[name] = AverageMeter(verbosity)

    def record(self, values, count):
        for name, value in values.items():
            self.meters[name].record(value, count)

    def log_iteration(self, step):
        self.log_each(step, lambda meter: meter.last)

    def log_epoch(self, step):
        self.log_each(step, lambda meter: meter.average())
        for meter in self.meters.values():
            meter.reset()

    def log_each(self, step, value_of):
        for verbosity in sorted({meter.verbosity for meter in self.meters.values()}):
            data = {
                name: value_of(meter)
                for name, meter in self.meters.items()
                if meter.verbosity == verbosity
            }
            self.logger.log(step=step, data=data, verbosity=verbosity)


def train(logger):
    meters = Meters(logger)
    meters.register("train.loss", Verbosity.DEFAULT, {"unit": "nat", "format": ":.4f"})
    meters.register("train.top1", Verbosity.DEFAULT, {"unit": "%"})
    meters.register("train.data_time", Verbosity.VERBOSE, {"unit": "s", "format": ":.6f"})
    meters.register("train.ips", Verbosity.VERBOSE, {"unit": "images/s", "format": ":.2f"})
    meters.register("val.top1", Verbosity.DEFAULT, {"unit": "%", "GOAL": "MAXIMIZE"})
    for epoch in range(2):
        for iteration in range(3):
            batch = 32 if iteration < 2 else 16
            step = 1 + epoch * 3 + iteration
            values = {"train.loss": 6.0 / step, "train.top1": 100.0 - 100.0 / step}
            values["train.data_time"] = 0.00025 * step
            values["train.ips"] = batch / 0.125
            meters.record(values, batch)
            meters.log_iteration((epoch, iteration))
        meters.record({"val.top1": 100.0 - 75.0 / (1 + epoch)}, 50)
        meters.log_epoch((epoch,))


logger = dllogger.Logger(
    [
        StdOutBackend(Verbosity.DEFAULT),
        JSONStreamBackend(Verbosity.VERBOSE, os.path.join(sys.argv[1], "meters.json")),
    ]
)
train(logger)
logger.flush()
