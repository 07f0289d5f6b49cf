// SPDX-License-Identifier: GPL-3.0-or-later
// llama_tokens.mjs FILE REQUEST: what llama.cpp makes of a GGUF file. REQUEST is JSON: texts to cut into ids, `ids` whose
// next tokens' probabilities are wanted at each place, `greedy`: how many tokens to go on with after them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.PANTOGRAPH_NODE_MODULES + "/");
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(require.resolve("node-llama-cpp")));
const request = JSON.parse(readFileSync(process.argv[3]));
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: 2 });
const model = await llama.loadModel({ modelPath: process.argv[2], useMmap: false });
const tokens = request.texts.map((text) => model.tokenize(text, false));
const context = await model.createContext({ contextSize: request.context, batchSize: request.context, threads: 2 });
const sequence = context.getSequence();
const wanted = request.ids.map((id) => [id, { generateNext: { probabilities: true } }]);
const evaluated = await sequence.controlledEvaluate(wanted);
const probabilities = evaluated.map((one, i) => {
  const next = request.ids[i + 1];
  return next === undefined ? null : (one.next.probabilities.get(next) ?? 0);
});
const greedy = [];
const last = evaluated[evaluated.length - 1].next.probabilities;
let next = [...last.entries()].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
while (greedy.length < request.greedy) {
  greedy.push(next);
  const [one] = await sequence.controlledEvaluate([[next, { generateNext: { probabilities: true } }]]);
  next = [...one.next.probabilities.entries()].reduce((best, p) => (p[1] > best[1] ? p : best))[0];
}
console.log(JSON.stringify({ tokens, probabilities, greedy }));
process.exit(0);
