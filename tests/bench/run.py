#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures training side by side: this engine, a plain GPT-2 in PyTorch, and the machine's ceiling.

    tests/bench/run.py [--shapes tiny paper] [--rounds 3] [--full] [--out DIR]

Everything runs in turn, round after round, so that a machine that slows down slows everybody down; medians over rounds are
printed as a table and written to bench.json and bench.svg. Needs a release build (targets bench_training and bench_ceiling)
and, for the rivals, python3-torch and libtcmalloc-minimal4.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = "/usr/bin/python3"  # the system's: python3-torch is a Debian package


def flags():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return set(next((line for line in info if line.startswith("flags")), "").split())


def engine(shape, tokens, *more):
    return [str(ROOT / "build/release/tests/bench/bench_training"), "--shape", shape, "--tokens-per-step", str(tokens), *more]


def torch(shape, tokens, *more):
    return [PYTHON, str(HERE / "gpt2_torch.py"), "--shape", shape, "--tokens-per-step", str(tokens), *more]


def contestants(shape, args):
    """(name, command, environment, steps)"""
    few = ["--steps", "2" if shape == "paper" else "3"]
    sizes = [2048, 8192] + ([32768] if shape == "tiny" or args.full else [])
    moments = ["--moments", "bf16"] if shape == "paper" else []
    for size in sizes:
        steps = ["--steps", "1"] if shape == "paper" and size > 8192 else few
        yield f"slm {size}", engine(shape, size, *steps), {}
        for experts in ([4] if shape == "paper" else [1, 4, 8]):
            if size // (1024 if shape == "paper" else 256) < experts:
                continue
            yield (f"slm-pn {size} {experts} experts",
                   engine(shape, size, "--method", "slm-pn", "--h", "24", "--experts", str(experts), "--beside-slm", *moments, *steps), {})
    if args.bf16:
        yield "slm 8192 bf16", engine(shape, 8192, "--precision", "bf16", *few), {}
    own = {"OPENBLAS_CORETYPE": "SKYLAKEX"} if "avx512bw" in flags() else {}
    fast = glob.glob("/usr/lib/*/libtcmalloc_minimal.so.4")
    rival = 4096 if shape == "tiny" else 2048
    yield "torch fp32", torch(shape, rival, "--steps", "2"), {}
    if own:
        yield "torch fp32, OpenBLAS told the processor", torch(shape, rival, "--steps", "2"), own
    if fast:
        yield "torch fp32, tuned (tcmalloc too)", torch(shape, rival, "--steps", "2"), {**own, "LD_PRELOAD": fast[0]}
        if args.bf16:
            yield "torch bf16, tuned", torch(shape, rival, "--steps", "2", "--precision", "bf16"), {**own, "LD_PRELOAD": fast[0]}


def run(command, more):
    done = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "2", **more}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"  {' '.join(command)} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(shape, args):
    found, ceilings = {}, []
    for number in range(args.rounds):
        ceilings.append(run([str(ROOT / "build/release/tests/bench/bench_ceiling"), shape], {}))
        for name, command, more in contestants(shape, args):
            result = run(command, more)
            if result is None:
                continue
            found.setdefault(name, []).append(result)
            print(f"{shape} round {number + 1}: {name}: {result['tokens_per_second']:,.0f} tokens/s", file=sys.stderr)
    result = {name: {**({"time_over_slm": statistics.median(r["time_over_slm"] for r in runs)} if "time_over_slm" in runs[0] else {}),
                     "tokens_per_second": statistics.median(r["tokens_per_second"] for r in runs),
                     "rounds": [r["tokens_per_second"] for r in runs], "last": runs[-1]} for name, runs in found.items()}
    ceiling = {key: statistics.median(c[key] for c in ceilings) for key in ceilings[0]}
    return {"ceiling": ceiling, "runs": result}


def table(shape, data):
    runs, ceiling = data["runs"], data["ceiling"]
    rivals = {name: run["tokens_per_second"] for name, run in runs.items() if name.startswith("torch")}
    lines = [f"\n{shape.upper()}: products alone {ceiling['tokens_per_second']:,.0f} tokens/s "
             f"({ceiling['flops_per_second'] / 1e9:.0f} GFLOP/s); memory copy {ceiling['copy_bytes_per_second'] / 1e9:.1f} GB/s, "
             f"forming an expert {ceiling['forming_bytes_per_second'] / 1e9:.1f} GB/s", "",
             "| run | tokens/s | of the ceiling | " + " | ".join(f"÷ {name}" for name in rivals) + " |",
             "|---" * (3 + len(rivals)) + "|"]
    for name, run in runs.items():
        speed = run["tokens_per_second"]
        lines.append(f"| {name} | {speed:,.0f} | {100 * speed / ceiling['tokens_per_second']:.0f} % | " +
                     " | ".join(f"{speed / rival:.2f}" for rival in rivals.values()) + " |")
    lines.append("")
    for name, run in runs.items():
        if "time_over_slm" in run:
            lines.append(f"time per token, {name} over slm, step beside step: {run['time_over_slm']:.3f}")
    parts = runs.get("slm 8192", {}).get("last", {}).get("breakdown")
    if parts:
        whole = sum(parts.values())
        lines.append("a step of slm at 8,192 tokens: " + ", ".join(
            f"{part} {100 * seconds / whole:.0f} %" for part, seconds in sorted(parts.items(), key=lambda p: -p[1]) if seconds > 0.005 * whole))
    return "\n".join(lines)


def picture(results):
    bars = [(shape, name, run["tokens_per_second"] / data["ceiling"]["tokens_per_second"], run["tokens_per_second"])
            for shape, data in results.items() for name, run in data["runs"].items()]
    height = 26 * len(bars) + 50
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{height}" font-family="sans-serif" font-size="13">',
           f'<rect width="860" height="{height}" fill="white"/>',
           '<text x="10" y="22" font-size="15">Training speed, share of what matrix products alone would reach</text>']
    for i, (shape, name, share, speed) in enumerate(bars):
        y = 40 + 26 * i
        colour = "#b35806" if name.startswith("torch") else "#542788" if "pn" in name else "#2166ac"
        out.append(f'<text x="330" y="{y + 15}" text-anchor="end">{shape.upper()} {name}</text>'
                   f'<rect x="340" y="{y + 2}" width="{max(1, 400 * share):.0f}" height="18" fill="{colour}"/>'
                   f'<text x="{346 + 400 * share:.0f}" y="{y + 15}">{speed:,.0f}/s, {100 * share:.0f} %</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=["tiny", "paper"], default=["tiny", "paper"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="also 32,768 tokens a step on PAPER")
    parser.add_argument("--out", type=Path, default=Path("."))
    args = parser.parse_args()
    args.bf16 = bool({"avx512_bf16", "amx_bf16"} & flags())
    if not args.bf16:
        print("This processor has no bf16 products: bf16 is left out.", file=sys.stderr)
    if subprocess.run([PYTHON, "-c", "import torch"], capture_output=True, check=False).returncode != 0:
        print("The rivals need PyTorch: apt-get install python3-torch libtcmalloc-minimal4", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    results = {}
    for shape in args.shapes:
        results[shape] = measure(shape, args)
        (args.out / "bench.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (args.out / "bench.svg").write_text(picture(results), encoding="utf-8")
        print(table(shape, results[shape]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
