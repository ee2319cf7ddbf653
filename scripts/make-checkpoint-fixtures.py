#!/usr/bin/env python3
"""Writes tests/data/checkpoints: the odd things that torch.save can hold, small.

    make-checkpoint-fixtures.py FOLDER

Needs torch, numpy and safetensors. `odd.pt` and `odd-legacy.pt` are the same object in torch's two formats,
`odd.safetensors` its state_dict, each tensor contiguous. `module.pt` is a whole pickled module, `script.pt`
a TorchScript program: both without a state_dict to read.
"""

import argparse
import pathlib
import sys
from collections import OrderedDict

import torch
from safetensors.torch import save_file


def odd_weights() -> OrderedDict:
    numbers = torch.arange(24, dtype=torch.float32) / 7
    weights = OrderedDict()
    weights["plain"] = (torch.arange(6) * 0.5 - 1).reshape(2, 3)
    weights["turned"] = numbers.reshape(4, 6).T
    weights["cut"] = numbers.reshape(4, 6)[1:3, 1::2]
    weights["turned.cube"] = numbers.reshape(2, 3, 4).permute(2, 0, 1)
    weights["parameter"] = torch.nn.Parameter(torch.tensor([1.5, -2.5]))
    weights["tagged"] = torch.tensor([4.0, 5.0])
    weights["tagged"].note = "an attribute of its own"
    weights["empty"] = torch.zeros(0, 3)
    weights["scalar"] = torch.tensor(3.25)
    weights["double"] = torch.tensor([0.1, 1e300], dtype=torch.float64)
    weights["half"] = torch.tensor([0.1, 65504.0], dtype=torch.float16)
    weights["brain"] = torch.tensor([0.1, 3e38], dtype=torch.bfloat16)
    for name, dtype in [("long", torch.int64), ("int", torch.int32), ("short", torch.int16), ("char", torch.int8)]:
        weights[name] = torch.tensor([-3, 100], dtype=dtype)
    weights["byte"] = torch.tensor([0, 255], dtype=torch.uint8)
    weights["bool"] = torch.tensor([True, False])
    return weights


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    weights = odd_weights()
    whole = {
        "args": argparse.Namespace(width=3, names=["a", "b"], shape=torch.Size([1, 2])),
        "epoch": 2**40,
        "best": 0.5,
        "tags": {"x", "y"},
        "raw": b"\x00\xff",
        "state_dict": weights,
        "optimizer": {"state": {0: {"step": torch.tensor(7.0)}}, "groups": [{"lr": 1e-4, "params": [0]}]},
        "expanded": {"inner": torch.tensor([1.0]).expand(1000, 1000)},
        "complex": {"inner": torch.tensor([1j])},
    }
    torch.save(whole, folder / "odd.pt")
    torch.save(whole, folder / "odd-legacy.pt", _use_new_zipfile_serialization=False)
    plain = {name: tensor.detach().clone().contiguous() for name, tensor in weights.items()}
    save_file(plain, folder / "odd.safetensors")
    torch.save(torch.nn.Linear(2, 1), folder / "module.pt")
    torch.jit.script(torch.nn.Linear(2, 1)).save(str(folder / "script.pt"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
