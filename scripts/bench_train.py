#!/usr/bin/env python3
"""Times a whole training step of each network in PyTorch: what benches/train_step.rs times in Rust.

The same sizes, batches and dropout, written anew with torch.nn: forward, backward, clipping, AdamW.
Usage: bench_train.py [--threads N] [--fused] [part of a name ...]
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


class Bert(nn.Module):
    """BERT without its pooler; frames may stand in the place of words."""

    def __init__(self, words, size, layers, heads, inner):
        super().__init__()
        self.words = nn.Embedding(words, size)
        self.positions = nn.Embedding(512, size)
        self.types = nn.Embedding(2, size)
        self.norm = nn.LayerNorm(size, eps=1e-12)
        layer = nn.TransformerEncoderLayer(size, heads, inner, 0.1, "gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, words):
        x = words + self.types.weight[0] + self.positions.weight[: words.shape[1]]
        return self.layers(F.dropout(self.norm(x), 0.1))


class SignClip(nn.Module):
    def __init__(self, words, size, layers, heads, inner, inputs=579):
        super().__init__()
        self.video = Bert(words, size, layers, heads, inner)
        self.text = Bert(words, size, layers, heads, inner)
        self.widen, self.mix = nn.Linear(inputs, size), nn.Linear(size, size)
        self.norm = nn.LayerNorm(size)
        self.scale = nn.Parameter(torch.tensor(2.659))

    def loss(self, clips, ids):
        frames = self.mix(self.norm(F.gelu(self.widen(clips))))
        ends = self.video.words(torch.tensor([2, 3])).expand(len(clips), 2, -1)
        frames = torch.cat([ends[:, :1], frames, ends[:, 1:]], 1)
        video = F.normalize(self.video(frames)[:, 1:].mean(1), dim=1)
        text = F.normalize(self.text(self.text.words(ids))[:, 1:].mean(1), dim=1)
        scores = video @ text.t() * self.scale.exp()
        own = torch.arange(len(clips))
        return (F.cross_entropy(scores, own) + F.cross_entropy(scores.t(), own)) / 2


class Residual(nn.Module):
    def __init__(self, width, dilation):
        super().__init__()
        self.wide = nn.Conv1d(width, width, 3, 1, dilation, dilation)
        self.mix = nn.Conv1d(width, width, 1)

    def forward(self, x):
        return x + self.mix(F.relu(self.wide(F.relu(x))))


class VqVae(nn.Module):
    def __init__(self, inputs, width, codes, code, depth, down=2):
        super().__init__()

        def residuals():
            return [Residual(width, 3 ** (depth - 1 - i)) for i in range(depth)]

        coder = [nn.Conv1d(inputs, width, 3, 1, 1), nn.ReLU()]
        for _ in range(down):
            coder += [nn.Conv1d(width, width, 4, 2, 1), *residuals()]
        self.encoder = nn.Sequential(*coder, nn.Conv1d(width, code, 3, 1, 1))
        coder = [nn.Conv1d(code, width, 3, 1, 1), nn.ReLU()]
        for _ in range(down):
            coder += [*residuals(), nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv1d(width, width, 3, 1, 1)]
        coder += [nn.Conv1d(width, width, 3, 1, 1), nn.ReLU(), nn.Conv1d(width, inputs, 3, 1, 1)]
        self.decoder = nn.Sequential(*coder)
        self.register_buffer("codes", torch.randn(codes, code))
        self.register_buffer("sums", torch.randn(codes, code))
        self.register_buffer("counts", torch.ones(codes))

    @torch.no_grad()
    def nearest(self, flat):
        numbers = (self.codes.square().sum(1) - 2 * flat @ self.codes.t()).argmin(1)
        choices = F.one_hot(numbers, len(self.codes)).float()
        codes = F.embedding(numbers, self.codes)
        self.sums.mul_(0.99).add_(choices.t() @ flat, alpha=0.01)
        self.counts.mul_(0.99).add_(choices.sum(0), alpha=0.01)
        alive = (self.counts >= 1).unsqueeze(1)
        spare = flat[torch.arange(len(self.codes)) % len(flat)]
        self.codes.copy_(torch.where(alive, self.sums / self.counts.unsqueeze(1), spare))
        return codes

    def loss(self, motion):
        latents = self.encoder(motion.transpose(1, 2)).transpose(1, 2)
        codes = self.nearest(latents.detach().reshape(-1, latents.shape[2])).view_as(latents)
        made = self.decoder((latents + (codes - latents).detach()).transpose(1, 2)).transpose(1, 2)
        velocity = F.smooth_l1_loss(made[:, 1:] - made[:, :-1], motion[:, 1:] - motion[:, :-1])
        return F.smooth_l1_loss(made, motion) + 0.5 * velocity + 0.02 * F.mse_loss(latents, codes)


class Gpt(nn.Module):
    def __init__(self, size, heads, layers, length, condition, codes=512):
        super().__init__()
        self.tokens, self.condition = nn.Embedding(codes + 2, size), nn.Linear(condition, size)
        layer = nn.TransformerEncoderLayer(size, heads, 4 * size, 0.1, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(size), nn.Linear(size, codes + 1, bias=False)
        self.register_buffer("positions", torch.randn(length, size))
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length))

    def loss(self, tokens, condition, target):
        x = torch.cat([self.condition(condition).unsqueeze(1), self.tokens(tokens)], 1) + self.positions
        scores = self.head(self.norm(self.layers(x, mask=self.mask, is_causal=True)))
        return F.cross_entropy(scores.flatten(0, 1), target.flatten())


class MotionClip(nn.Module):
    def __init__(self, size, inner, layers, dropout, inputs=579, frames=60, heads=4):
        super().__init__()
        self.queries, self.embed = nn.Parameter(torch.randn(2, size)), nn.Linear(inputs, size)
        layer = nn.TransformerEncoderLayer(size, heads, inner, dropout, "gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        layer = nn.TransformerDecoderLayer(size, heads, inner, dropout, "gelu", batch_first=True)
        self.decoder = nn.TransformerDecoder(layer, layers)
        self.last, self.dropout = nn.Linear(size, inputs), nn.Dropout(dropout)
        self.register_buffer("positions", torch.randn(frames + 2, size))

    def loss(self, motion):
        batch, frames, _ = motion.shape
        x = torch.cat([self.queries.expand(batch, 2, -1), self.embed(motion)], 1) + self.positions
        latent = self.encoder(self.dropout(x))[:, 0]
        queries = self.dropout(self.positions[:frames].expand(batch, -1, -1))
        made = self.last(self.decoder(queries, latent.unsqueeze(1)))
        velocity = F.mse_loss(made[:, 1:] - made[:, :-1], motion[:, 1:] - motion[:, :-1])
        return F.mse_loss(made, motion) + velocity + 1e-3 * latent.square().mean()


def sign_clip(model, clips, frames, tokens):
    return model, (torch.randn(clips, frames, 579), torch.randint(5, 790, (clips, tokens)))


def gpt(model, clips, length, condition):
    tokens, target = torch.randint(512, (clips, length)), torch.randint(512, (clips, length + 1))
    return model, (tokens, torch.randn(clips, condition), target)


CASES = {
    "sign-clip small": lambda: sign_clip(SignClip(800, 128, 3, 4, 256), 75, 40, 12),
    "sign-clip paper": lambda: sign_clip(SignClip(30522, 768, 12, 12, 3072), 4, 64, 16),
    "vq-vae small": lambda: (VqVae(579, 128, 256, 64, 2), (torch.randn(48, 40, 579),)),
    "vq-vae paper": lambda: (VqVae(579, 512, 512, 512, 3), (torch.randn(8, 64, 579),)),
    "gpt small": lambda: gpt(Gpt(192, 6, 4, 61, 128), 48, 60, 128),
    "gpt paper": lambda: gpt(Gpt(1024, 16, 18, 51, 512), 4, 50, 512),
    "motion-clip small": lambda: (MotionClip(128, 256, 3, 0.05), (torch.randn(40, 60, 579),)),
    "motion-clip paper": lambda: (MotionClip(512, 1024, 8, 0.1), (torch.randn(8, 60, 579),)),
}


def measure(name, build, fused, seconds=8.0, warm_up=2):
    torch.manual_seed(1)
    model, batch = build()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=fused or None)
    times, begun = [], time.perf_counter()
    step = 0
    while len(times) < 3 or time.perf_counter() - begun < seconds:
        if step == warm_up:
            busy = time.process_time()
        start = time.perf_counter()
        optimiser.zero_grad()
        model.loss(*batch).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step >= warm_up:
            times.append((time.perf_counter() - start) * 1e3)
        step += 1
    busy = (time.process_time() - busy) * 1e3 / len(times)
    median, count = statistics.median(times), len(times)
    print(f"torch\t{name}\t{median:.1f} ms\t{busy:.1f} ms of processor\t{count} steps", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fused", action="store_true", help="AdamW in one kernel")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name, build in CASES.items():
        if not arguments.names or any(part in name for part in arguments.names):
            measure(name, build, arguments.fused)


if __name__ == "__main__":
    main()
