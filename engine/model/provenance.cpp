// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/provenance.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pantograph::model {
namespace {

using nlohmann::json;

/// use(key, member) for each part, so that writing and reading know the same ones.
template <typename Any, typename Use>
void each(Any& p, const Use& use) {
  use("method", p.method);
  use("kind", p.kind);
  use("domain", p.domain);
  use("expert", p.expert);
  use("seed", p.seed);
  use("sample", p.sample);
  use("generic_budget", p.generic_budget);
  use("specialization_tokens", p.specialization_tokens);
  use("training_loss", p.training_loss);
  use("validation_loss", p.validation_loss);
  use("test_perplexity", p.test_perplexity);
  use("program", p.program);
  use("imported_format", p.imported_format);
  use("imported_architecture", p.imported_architecture);
  use("imported_content", p.imported_content);
}

}  // namespace

json to_json(const Provenance& provenance) {
  json out = json::object();
  const json nothing = [] {
    json all = json::object();
    const Provenance unknown;
    each(unknown, [&](const char* key, const auto& value) { all[key] = value; });
    return all;
  }();
  each(provenance, [&](const char* key, const auto& value) {
    if (json(value) != nothing[key]) out[key] = value;
  });
  return out;
}

Provenance provenance_from_json(const json& from) {
  Provenance out;
  each(out, [&](const char* key, auto& value) {
    if (!from.is_object() || !from.contains(key)) return;
    try {
      from[key].get_to(value);
    } catch (const json::exception&) {
      throw Error(ErrorKind::input, {from[key].dump(-1, ' ', false, json::error_handler_t::replace),
                                     std::string("provenance, ") + key, "a value of another type", ""});
    }
  });
  return out;
}

}  // namespace pantograph::model
