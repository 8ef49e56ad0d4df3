"""Prints the scalars of every directory with event files as TensorBoard's own loader reads them.

Arguments: the directory, and "purge" to leave out the points that a resumed session replaced. Output: JSON,
{directory: {tag: [[wall time, step, text of the value], ...]}}; values are of 32 bits.
"""
import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

root, *options = sys.argv[1:]
runs = {}
for directory, _, names in os.walk(root):
    if not any("tfevents" in name for name in names):
        continue
    events = EventAccumulator(
        directory,
        # 0 keeps all points.
        size_guidance={"scalars": 0, "tensors": 0},
        purge_orphaned_data="purge" in options,
    )
    events.Reload()
    runs[os.path.relpath(directory, root)] = {
        tag: [[point.wall_time, point.step, repr(point.value)] for point in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }
print(json.dumps(runs))
