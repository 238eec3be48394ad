"""Reads back what an offline W&B run recorded.

The file is a LevelDB-style log: a 7-byte header, then blocks of 32 KiB with
records of crc32 (4 bytes), length (2), kind (1: whole, 2: first, 3: middle,
4: last part) and payload, a protobuf `Record`.
"""

import json
import struct
import time
import zlib
from pathlib import Path

from wandb.proto import wandb_internal_pb2

HEADER = 7
BLOCK = 32 * 1024
PATIENCE = 30.0


def offline_run_file(folder):
    """The one `.wandb` file below a run's folder."""
    (path,) = Path(folder).glob("**/run-*.wandb")
    return path


def payloads(content):
    """The payloads of the records.

    Raises:
        ValueError: if one is cut off or damaged.
    """
    parts = []
    at = HEADER
    while at + HEADER <= len(content):
        room = BLOCK - at % BLOCK
        if room < HEADER:
            at += room
            continue
        crc, length, kind = struct.unpack_from("<IHB", content, at)
        body = content[at + HEADER : at + HEADER + length]
        if zlib.crc32(body, zlib.crc32(bytes([kind]))) != crc:
            raise ValueError(f"a damaged record at byte {at}")
        parts.append(body)
        if kind in (1, 4):
            yield b"".join(parts)
            parts = []
        at += HEADER + length


def whole_records(path):
    """All records of a run that is finished; the last one is its exit.

    W&B's own process may still be writing when `finish` returns.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            records = [
                wandb_internal_pb2.Record.FromString(payload)
                for payload in payloads(Path(path).read_bytes())
            ]
            if records and records[-1].WhichOneof("record_type") == "exit":
                return records
            reason = "no exit record"
        except ValueError as error:
            reason = str(error)
        if time.monotonic() > until:
            raise AssertionError(f"{path}: {reason}")
        time.sleep(0.2)


def read_offline_run(path):
    """Config, history rows, and axes of an offline run.

    Returns:
        dict with `config` (dict), `history` (list of dict), `metrics` (list
        of `(name or glob, step metric)`) and `summary` (dict).
    """
    found = {"config": {}, "history": [], "metrics": [], "summary": {}}
    for record in whole_records(path):
        match record.WhichOneof("record_type"):
            case "run":
                for item in record.run.config.update:
                    found["config"][item.key] = json.loads(item.value_json)
            case "history":
                found["history"].append(
                    {
                        item.key or "/".join(item.nested_key): json.loads(
                            item.value_json
                        )
                        for item in record.history.item
                    }
                )
            case "metric":
                metric = record.metric
                found["metrics"].append(
                    (metric.name or metric.glob_name, metric.step_metric)
                )
            case "summary":
                for item in record.summary.update:
                    name = item.key or "/".join(item.nested_key)
                    found["summary"][name] = json.loads(item.value_json)
    return found
