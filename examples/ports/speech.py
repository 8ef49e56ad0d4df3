"""The logger of a speech model: python speech.py DIRECTORY [--resume]

A start takes a file name that no file has yet; a start that resumes appends to the existing file.
"""
import os
import sys

import dllogger as DLLogger
from dllogger import JSONStreamBackend, StdOutBackend, Verbosity


def unique_path(path):
    unique = path
    number = 0
    while os.path.exists(unique):
        number += 1
        unique = "{}.{}".format(path, number)
    return unique


def step_format(step):
    if isinstance(step, str):
        return step
    fields = []
    if len(step) > 0:
        fields.append("epoch {:>4}".format(step[0]))
    if len(step) > 1:
        fields.append("iter {:>3}".format(step[1]))
    if len(step) > 2:
        fields[-1] += "/{}".format(step[2])
    return " | ".join(fields)


def metric_format(metric, metadata, value):
    name = metadata["name"] if "name" in metadata else metric
    unit = metadata["unit"] if "unit" in metadata else ""
    field = "{" + metadata["format"] + "}" if "format" in metadata else "{}"
    text = field.format(value) if value is not None else str(value)
    return "| {} {} {}".format(name, text, unit)


def prefix_format(timestamp):
    return "DLL {} | ".format(timestamp)


def init(path, resume):
    directory = os.path.dirname(path)
    os.makedirs(directory, exist_ok=True)
    log_path = path if resume else unique_path(path)
    DLLogger.init(
        backends=[
            JSONStreamBackend(Verbosity.DEFAULT, log_path, append=resume),
            StdOutBackend(
                Verbosity.VERBOSE,
                step_format=step_format,
                prefix_format=prefix_format,
                metric_format=metric_format,
            ),
        ]
    )
    for subset in ("train", "val"):
        name = "" if subset == "train" else subset + " "
        DLLogger.metadata(subset + "_loss", {"name": name + "loss", "format": ":>5.2f"})
        DLLogger.metadata(subset + "_mel_loss", {"name": name + "mel loss"})
        DLLogger.metadata(
            subset + "_frames/s",
            {"name": name + "speed", "unit": "frames/s", "format": ":>10.2f"},
        )
        DLLogger.metadata(subset + "_lrate", {"name": name + "lr", "format": ":>3.2e"})


def log(step, data, subset="train"):
    named = {"{}_{}".format(subset, key): value for key, value in data.items()}
    DLLogger.log(step, data=named)


def parameters(config):
    for key, value in config.items():
        DLLogger.log("PARAMETER", {key: value})


resume = "--resume" in sys.argv
init(os.path.join(sys.argv[1], "logs", "speech.json"), resume)
parameters({"epochs": 2, "warmup": None, "amp": True, "betas": [0.9, 0.98], "seed": 1234})

iterations = 4
loss = 8.0
for epoch in range(2 if resume else 0, 4 if resume else 2):
    for iteration in range(iterations):
        loss = 8.0 / (1 + epoch * iterations + iteration)
        data = {"loss": loss, "mel_loss": loss / 4, "frames/s": 25600.0 * (iteration + 1)}
        data["lrate"] = 0.001 / (1 + epoch)
        log((epoch, iteration, iterations), data)
    log((epoch,), {"loss": loss, "mel_loss": None, "frames/s": 64000.0}, subset="val")
log((), {"loss": loss, "mel_loss": loss / 4})
DLLogger.flush()
