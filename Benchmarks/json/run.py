#!/usr/bin/env python3
"""The JSON target against FoundationEssentials, in one process and in turns: run.py --binaries FOLDER"""
import argparse
import pathlib
import subprocess
import sys

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--binaries", type=pathlib.Path, required=True, help="the folder of the release build")
sys.exit(subprocess.run([parser.parse_args().binaries.resolve() / "json-benchmark"]).returncode)
