"""The cases of lib/bench/cases.ts for Python's DLLogger: dllogger.py CASE FILE COUNT, figures on descriptor 3."""

import json
import os
import random
import resource
import sys
import time
from statistics import median

# Without this, `import dllogger` would import this file.
sys.path.pop(0)
import dllogger  # noqa: E402

BURST = 1000
SIZE = 4096
LOSS = [random.random() * 3 for _ in range(SIZE)]
LR = [0.001 / (1 + i / 1e4) for i in range(SIZE)]
IPS = [1000 + random.random() * 100 for _ in range(SIZE)]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e9


def main(case, path, count):
    backend = dllogger.JSONStreamBackend(1, path)
    logger = dllogger.Logger([backend])

    def log_many(first, last):
        for i in range(first, last):
            at = i % SIZE
            logger.log(
                (i >> 8, i),
                {"train.loss": LOSS[at], "lr": LR[at], "train.total_ips": IPS[at]},
            )

    if case == "hot":
        called, written = [], []
        for i in range(count + count // 2):
            start = time.perf_counter_ns()
            log_many(i * BURST, (i + 1) * BURST)
            called.append((time.perf_counter_ns() - start) / BURST)
            logger.flush()
            written.append((time.perf_counter_ns() - start) / BURST)
        samples = []
        for i in range(count // 2 * BURST):
            start = time.perf_counter_ns()
            log_many(i, i + 1)
            samples.append(time.perf_counter_ns() - start)
        samples.sort()
        return {
            "log": median(called[count // 2 :]),
            "written": median(written[count // 2 :]),
            "p50": samples[len(samples) // 2],
            "p99": samples[int(len(samples) * 0.99)],
            "p99.99": samples[int(len(samples) * 0.9999)],
            "max": samples[-1],
        }
    log_many(0, min(10_000, count))
    logger.flush()
    before = cpu()
    start = time.perf_counter_ns()
    log_many(0, count)
    calls = time.perf_counter_ns() - start
    logger.flush()
    wall = time.perf_counter_ns() - start
    records = count + min(10_000, count)
    return {
        "wall": wall / count,
        "calls": calls / count,
        "cpu": (cpu() - before) / count,
        "records": records,
        "bytes": os.stat(path).st_size / records,
    }


if __name__ == "__main__":
    figures = main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    os.write(3, json.dumps(figures).encode())
