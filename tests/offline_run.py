"""Reads back what an offline W&B run recorded.

The file is a LevelDB-style log: a 7-byte header, then blocks of 32 KiB with
records of crc32 (4 bytes), length (2), kind (1: whole, 2: first, 3: middle,
4: last part) and payload, a protobuf `Record`.
"""

import json
import struct
import zlib
from pathlib import Path

from wandb.proto import wandb_internal_pb2

HEADER = 7
BLOCK = 32 * 1024


def offline_run_file(folder):
    """The one `.wandb` file below a run's folder."""
    (path,) = Path(folder).glob("**/run-*.wandb")
    return path


def payloads(content):
    parts = []
    at = HEADER
    while at + HEADER <= len(content):
        room = BLOCK - at % BLOCK
        if room < HEADER:
            at += room
            continue
        crc, length, kind = struct.unpack_from("<IHB", content, at)
        body = content[at + HEADER : at + HEADER + length]
        assert zlib.crc32(body, zlib.crc32(bytes([kind]))) == crc
        parts.append(body)
        if kind in (1, 4):
            yield b"".join(parts)
            parts = []
        at += HEADER + length


def read_offline_run(path):
    """Config, history rows, and axes of an offline run.

    Returns:
        dict with `config` (dict), `history` (list of dict), `metrics` (list
        of `(name or glob, step metric)`) and `summary` (dict).
    """
    found = {"config": {}, "history": [], "metrics": [], "summary": {}}
    for payload in payloads(Path(path).read_bytes()):
        record = wandb_internal_pb2.Record.FromString(payload)
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
