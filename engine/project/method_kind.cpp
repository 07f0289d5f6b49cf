// SPDX-License-Identifier: GPL-3.0-or-later
// The table of method kinds. Another kind is another row, and its recipe in method/.
#include "project/method_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/words.h"

namespace pantograph::project {

const std::vector<MethodKind>& method_kinds() {
  static const std::vector<MethodKind> kinds = {
      {.id = "slm",
       .title = "Small model, pretrained and fine-tuned",
       .generic = "the small model on the generic set",
       .specialization = "fine-tuned on the domain",
       .baseline = true,
       .grows = true,
       .grown_from = true},
      {.id = "slm-nopt",
       .title = "Small model from scratch on the domain",
       .generic = "none",
       .specialization = "from scratch on the domain",
       .generic_phase = false},
      {.id = "slm-pn",
       .title = "Projected network, one projection fine-tuned",
       .generic = "the projected network, one expert for each cluster",
       .specialization = "one expert is projected and fine-tuned",
       .several = "projected networks",
       .projected = true,
       .grows = true},
      {.id = "slm-mix",
       .title = "Hard mixture: a small model for each cluster, one fine-tuned",
       .generic = "one small model for each cluster, apart (experts = \"needed\": for the domains' clusters only)",
       .specialization = "one is fine-tuned",
       .several = "hard mixtures",
       .per_cluster = true},
      {.id = "slm-is",
       .title = "Small model on the generic set resampled for the domain",
       .generic =
           "none that is shared: for each domain, the small model on the generic set resampled by cluster to the "
           "domain's histogram",
       .specialization = "fine-tuned",
       .several = "importance sampling",
       .per_domain = true},
      {.id = "slm-d",
       .title = "Small model distilled from a fine-tuned large one",
       .generic = "the small model (pretrained = \"slm\": the same run)",
       .specialization = "learns from the domain and from its specialized teacher, an llm",
       .grows = true,
       .taught = true},
      {.id = "llm",
       .title = "Large model, fine-tuned",
       .generic = "the large model (start = \"slm\": grown from the small one)",
       .specialization = "fine-tuned, fully or with adaptation = \"lora\"",
       .large = true,
       .grows = true,
       .adapters = true,
       .teaches = true},
  };
  return kinds;
}

namespace {

const MethodKind* find_kind(const std::string& id) {
  for (const auto& kind : method_kinds()) {
    if (kind.id == id) return &kind;
  }
  return nullptr;
}

}  // namespace

const MethodKind& method_kind(const std::string& id) {
  if (const MethodKind* const kind = find_kind(id)) return *kind;
  throw Error(ErrorKind::project, {fmt::format("unknown method kind \"{}\"", id), "method.kind",
                                   fmt::format("one of {}", fmt::join(all_kinds(), ", ")), ""});
}

const MethodKind& kind_of_result(const std::string& id) {
  static const MethodKind unknown{};
  const MethodKind* const kind = find_kind(id);
  return kind != nullptr ? *kind : unknown;
}

std::vector<std::string> kinds_with(const KindTrait& trait) {
  std::vector<std::string> ids;
  for (const auto& kind : method_kinds()) {
    if (trait(kind)) ids.push_back(kind.id);
  }
  return ids;
}

std::vector<std::string> all_kinds() {
  return kinds_with([](const MethodKind&) { return true; });
}

std::string names_of_kinds(const KindTrait& trait) {
  return words::list(kinds_with(trait));
}

bool pretrains(const MethodSpec& method) {
  return method_kind(method.kind).generic_phase && method.pretrained.empty();
}

}  // namespace pantograph::project
