// SPDX-License-Identifier: GPL-3.0-or-later
// The small files of a model's folder, as sentence-transformers and Hugging Face lay it out.
#pragma once

#include <filesystem>
#include <string>

namespace pantograph::bert {

enum class Pooling { mean, first };  ///< over the text's tokens; or the vector of [CLS]

struct Config {
  int vocabulary = 0;  ///< rows of the word embeddings
  int hidden = 0;
  int layers = 0;
  int heads = 0;
  int inner = 0;      ///< width of the feed-forward layer
  int positions = 0;  ///< rows of the position embeddings
  int types = 2;      ///< rows of the token-type embeddings; texts use row 0
  float epsilon = 1e-12F;
  // Of the tokenizer and of the pooling.
  bool lower_case = true;
  bool strip_accents = true;
  bool split_chinese = true;
  int longest = 0;  ///< tokens of a text, [CLS] and [SEP] included
  Pooling pooling = Pooling::mean;
};

/// Reads config.json (required), tokenizer_config.json (do_lower_case, strip_accents, tokenize_chinese_chars,
/// model_max_length), sentence_bert_config.json (max_seq_length, do_lower_case), 1_Pooling/config.json and modules.json
/// where they are there. Error(input) naming file and key for what is missing, of the wrong sort or not a model that
/// can be computed here.
Config read_config(const std::filesystem::path& folder);

/// Of the contents of all files that decide the vectors, the weights included: 32 hexadecimal digits.
std::string hash_of_model(const std::filesystem::path& folder);

}  // namespace pantograph::bert
