#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rival: a plain GPT-2 in PyTorch, as one would write it, trained on random tokens. Prints one line of JSON."""
import argparse
import ctypes
import json
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

# layers, width, heads, inner, context, vocabulary, rows at once
SHAPES = {"tiny": (4, 256, 4, 1024, 256, 4096, 16), "paper": (7, 1024, 8, 4096, 1024, 32000, 2)}


class Block(nn.Module):
    def __init__(self, width, heads, inner, context):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.register_buffer("mask", torch.full((context, context), -math.inf).triu(1))

    def forward(self, x):
        rows, context, width = x.shape
        parts = self.qkv(self.norm1(x)).view(rows, context, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / math.sqrt(width // self.heads) + self.mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, context, width)
        x = x + self.output(mixed)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Decoder(nn.Module):
    def __init__(self, layers, width, heads, inner, context, vocabulary):
        super().__init__()
        self.embedding, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads, inner, context) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.embedding.weight)


def blas_kernel():
    try:
        name = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
        name.restype = ctypes.c_char_p
        return name().decode()
    except (AttributeError, OSError):
        return "unknown"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--tokens-per-step", type=int, default=8192)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    *sizes, at_once = SHAPES[args.shape]
    context, vocabulary = sizes[4], sizes[5]
    model = Decoder(*sizes)
    adam = torch.optim.Adam(model.parameters(), lr=3e-4)
    rows = max(1, args.tokens_per_step // context)
    pieces = math.ceil(rows / at_once)
    seconds, total = [], 0.0
    for step in range(args.steps + 1):  # the first only warms up
        tokens = torch.randint(vocabulary, (rows, context + 1))
        start = time.perf_counter()
        adam.zero_grad(set_to_none=True)
        total = 0.0
        for piece in tokens.chunk(pieces):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.precision == "bf16"):
                logits = model(piece[:, :-1])
                loss = F.cross_entropy(logits.flatten(0, 1).float(), piece[:, 1:].flatten()) * len(piece) / rows
            loss.backward()
            total += loss.item()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        if step > 0:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"tokens_per_second": rows * context / statistics.median(seconds), "step_seconds": seconds,
                      "loss": total, "blas_kernel": blas_kernel()}))


if __name__ == "__main__":
    main()
