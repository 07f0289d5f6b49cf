// SPDX-License-Identifier: GPL-3.0-or-later
// What a test set gave, document by document, and the size of its text.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "method/recipe.h"
#include "store/hdf5.h"
#include "token/tokenizer.h"

namespace pantograph::method {

namespace recipe {

measure::TestLosses document_losses(const token::EvaluationSet& set, const std::vector<float>& each) {
  const auto context = static_cast<std::size_t>(set.context);
  struct Sum {
    double loss = 0;
    std::uint32_t tokens = 0;
  };
  std::map<std::uint32_t, Sum> sums;
  for (std::size_t row = 0; row < set.count(); ++row) {
    const std::int32_t* targets = set.rows.data() + row * (context + 1) + 1;
    for (std::size_t i = 0; i < context; ++i) {
      if (targets[i] < 0) continue;
      Sum& sum = sums[set.documents[row * context + i]];
      sum.loss += each[row * context + i];
      ++sum.tokens;
    }
  }
  measure::TestLosses out;
  for (const auto& [document, sum] : sums) {
    out.documents.push_back(document);
    out.tokens.push_back(sum.tokens);
    out.losses.push_back(sum.loss);
  }
  return out;
}

std::uint64_t text_bytes(const token::EvaluationSet& set, const token::Tokenizer& tokenizer) {
  const auto context = static_cast<std::size_t>(set.context);
  std::vector<std::int32_t> targets;  // one behind the other, since a character's pieces may lie in two rows
  for (std::size_t row = 0; row < set.count(); ++row) {
    const std::int32_t* begin = set.rows.data() + row * (context + 1) + 1;
    std::copy_if(begin, begin + context, std::back_inserter(targets), [](std::int32_t token) { return token >= 0; });
  }
  return tokenizer.decode(targets.data(), targets.size()).size();
}

void write_test_losses(const measure::TestLosses& test, const std::filesystem::path& folder) {
  replace_atomically(folder / kTestLossesFile, [&](const std::filesystem::path& part) {
    store::Hdf5File file = store::Hdf5File::create(part);
    const std::vector<std::uint64_t> dims = {test.documents.size()};
    file.write("documents", {store::DataType::u32, dims}, test.documents.data());
    file.write("tokens", {store::DataType::u32, dims}, test.tokens.data());
    file.write("losses", {store::DataType::f64, dims}, test.losses.data());
    file.close();
  });
}

}  // namespace recipe

std::shared_ptr<const measure::TestLosses> read_test_losses(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kTestLossesFile;
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return nullptr;
  const store::Hdf5File file = store::Hdf5File::open(path);
  auto out = std::make_shared<measure::TestLosses>();
  out->documents = file.read_all<std::uint32_t>("documents", store::DataType::u32);
  out->tokens = file.read_all<std::uint32_t>("tokens", store::DataType::u32);
  out->losses = file.read_all<double>("losses", store::DataType::f64);
  if (out->tokens.size() != out->documents.size() || out->losses.size() != out->documents.size() ||
      !std::is_sorted(out->documents.begin(), out->documents.end())) {
    throw Error(ErrorKind::run, {"data sets that do not fit each other", path.string(), "one entry a document, rising",
                                 "Delete the folder " + folder.string() + " and run again."});
  }
  return out;
}

}  // namespace pantograph::method
