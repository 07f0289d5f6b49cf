// SPDX-License-Identifier: GPL-3.0-or-later
// llama_generation.mjs FILE THREADS: what bench_generation times, by llama.cpp (node-llama-cpp in $PANTOGRAPH_NODE_MODULES).
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.PANTOGRAPH_NODE_MODULES + "/");
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(require.resolve("node-llama-cpp")));
const threads = Number(process.argv[3]);
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: threads });
const model = await llama.loadModel({ modelPath: process.argv[2] });
let prefill = 0;
let answer = 0;
for (let round = 0; round < 3; ++round) {
  const context = await model.createContext({ contextSize: 512, batchSize: 512, threads });
  const sequence = context.getSequence();
  const prompt = [1, ...Array.from({ length: 127 }, (_, i) => 301 + i)];
  const start = performance.now();
  let first = start;
  let count = 0;
  for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    if (count++ === 0) first = performance.now();
    if (count === 256) break;
  }
  const end = performance.now();
  prefill = Math.max(prefill, (1000 * prompt.length) / (first - start));
  answer = Math.max(answer, (1000 * (count - 1)) / (end - first));
  await context.dispose();
}
console.log(
  `llama.cpp, ${threads} threads: prompt ${prefill.toFixed(0)} tokens/s, then ${answer.toFixed(2)} tokens/s (the best of 3 rounds)`,
);
process.exit(0);
