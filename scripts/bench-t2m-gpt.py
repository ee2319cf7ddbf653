#!/usr/bin/env python3
"""How fast T2M-GPT's way of sampling is in PyTorch: 18 blocks of 1024 channels, random weights, the whole sequence
computed anew for every token, as `models/t2m_trans.py` does. Prints JSON. To be run beside `cargo bench --bench t2m_gpt`.

usage: bench-t2m-gpt.py [--threads 2] [--runs 3]        (needs torch)
"""

import argparse
import json
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, BLOCKS, CODES, POSITIONS, CONDITION = 1024, 16, 18, 512, 51, 512


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.inner = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.register_buffer("mask", torch.tril(torch.ones(POSITIONS, POSITIONS)).view(1, 1, POSITIONS, POSITIONS))

    def attend(self, x):
        batch, length, width = x.shape
        heads = lambda y: y.view(batch, length, HEADS, width // HEADS).transpose(1, 2)
        query, key, value = heads(self.query(x)), heads(self.key(x)), heads(self.value(x))
        scores = query @ key.transpose(-2, -1) * (width // HEADS) ** -0.5
        scores = scores.masked_fill(self.mask[:, :, :length, :length] == 0, float("-inf"))
        mixed = F.softmax(scores, dim=-1) @ value
        return self.out(mixed.transpose(1, 2).contiguous().view(batch, length, width))

    def forward(self, x):
        x = x + self.attend(self.before(x))
        return x + self.inner(self.between(x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.condition = nn.Embedding(CODES + 2, WIDTH), nn.Linear(CONDITION, WIDTH)
        self.positions = nn.Parameter(torch.randn(1, POSITIONS, WIDTH), requires_grad=False)
        self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CODES + 1, bias=False)

    def forward(self, tokens, condition):
        x = self.condition(condition).unsqueeze(1)
        if tokens is not None:
            x = torch.cat([x, self.tokens(tokens)], dim=1)
        x = self.blocks(x + self.positions[:, : x.shape[1]])
        return self.head(self.norm(x))


@torch.no_grad()
def sample(model, condition, count):
    tokens = None
    for _ in range(count):
        probabilities = F.softmax(model(tokens, condition)[:, -1, :CODES], dim=-1)
        drawn = torch.multinomial(probabilities, 1)
        tokens = drawn if tokens is None else torch.cat([tokens, drawn], dim=1)
    return tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    model, condition = Gpt().eval(), torch.randn(1, CONDITION)
    sample(model, condition, 5)
    seconds = []
    for _ in range(arguments.runs):
        start = time.perf_counter()
        sample(model, condition, POSITIONS - 1)
        seconds.append(time.perf_counter() - start)
    best = (POSITIONS - 1) / min(seconds)
    report = {"what": "T2M-GPT sampling without a cache", "torch": torch.__version__, "threads": arguments.threads}
    print(json.dumps(report | {"tokens": POSITIONS - 1, "seconds": seconds, "best_tokens_per_second": best}))


if __name__ == "__main__":
    main()
