// SPDX-License-Identifier: GPL-3.0-or-later
// hf_tokens.mjs FOLDER TEXTS: ids of each text (a JSON list) by Hugging Face's tokenizers, and the text of the ids again.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.PANTOGRAPH_NODE_MODULES + "/");
const { Tokenizer } = require("@huggingface/tokenizers");
const read = (name) => JSON.parse(readFileSync(`${process.argv[2]}/${name}`));
const tokenizer = new Tokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
const out = JSON.parse(readFileSync(process.argv[3])).map((text) => {
  const ids = tokenizer.encode(text, { add_special_tokens: true }).ids;
  return { ids, text: tokenizer.decode(ids, { skip_special_tokens: true }) };
});
console.log(JSON.stringify(out));
