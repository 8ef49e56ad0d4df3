"""Runs the Python programs of examples/ports and records what they print and write: test/golden/ports.json.

    pip install git+https://github.com/NVIDIA/dllogger
    python test/golden/record_ports.py

Times differ from run to run: the word TIME replaces each.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

STARTS = {
    "speech": [[], [], ["--resume"]],
    "meters": [[]],
    "resume": [["--stop-in", "1"], ["--stop-in", "2"], []],
}

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "..", "..", "examples", "ports")


def without_times(text):
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?([+-]\d\d:\d\d)?", "TIME", text)
    return re.sub(r'("(?:timestamp|elapsedtime)": ")[^"]*', r"\1TIME", text)


def record(name, starts):
    with tempfile.TemporaryDirectory() as directory:
        runs = []
        for options in starts:
            program = os.path.join(PROGRAMS, name + ".py")
            done = subprocess.run(
                [sys.executable, program, directory, *options], capture_output=True, text=True
            )
            assert done.stderr == "", done.stderr
            run = {"options": options, "code": done.returncode}
            runs.append({**run, "stdout": without_times(done.stdout)})
        files = {}
        for folder, _, names in sorted(os.walk(directory)):
            for file in sorted(names):
                path = os.path.join(folder, file)
                with open(path) as text:
                    place = os.path.relpath(path, directory)
                    files[place] = without_times(text.read())
        return {"program": name, "runs": runs, "files": files}


with open(os.path.join(HERE, "ports.json"), "w") as file:
    json.dump([record(name, starts) for name, starts in STARTS.items()], file, indent=1)
    file.write("\n")
