// SPDX-License-Identifier: GPL-3.0-or-later
#include "overlap/overlap_json.h"

#include <nlohmann/json.hpp>

#include "overlap/signature.h"

namespace pantograph::overlap {
namespace {

using nlohmann::json;

json place_json(const DocumentPlace& place) {
  return {{"corpus", place.corpus},
          {"split", corpus::to_string(place.split)},
          {"document", place.number},
          {"begins", place.begins}};
}

DocumentPlace place_from(const json& from) {
  DocumentPlace place{from.at("corpus"), corpus::Split::train, from.at("document"), from.at("begins")};
  const std::string split = from.at("split");
  for (int i = 0; i < corpus::kSplits; ++i) {
    if (split == corpus::to_string(static_cast<corpus::Split>(i))) place.split = static_cast<corpus::Split>(i);
  }
  return place;
}

json side_json(const Leaks::Side& side) {
  return {{"mean_share", side.mean}, {"above", side.above}, {"any", side.any}};
}

Leaks::Side side_from(const json& from) {
  return {from.at("mean_share"), from.at("above"), from.at("any")};
}

json held_json(const HeldOutCopies& copies) {
  return {{"in_generic_train", copies.in_generic},
          {"in_own_train", copies.in_own},
          {"in_other_domains", copies.in_others},
          {"in_itself", copies.in_itself}};
}

HeldOutCopies held_from(const json& from) {
  return {from.at("in_generic_train"), from.at("in_own_train"), from.at("in_other_domains"), from.at("in_itself")};
}

json to_json(const NearCopies& copies) {
  json first = json::array();
  for (const NearPair& pair : copies.first)
    first.push_back({{"copy", place_json(pair.copy)}, {"of", place_json(pair.of)}});
  return {{"looked_for", copies.looked_for},   {"dropped", copies.dropped},
          {"of_held_out", copies.of_held_out}, {"of_train", copies.of_train},
          {"test", held_json(copies.test)},    {"validation", held_json(copies.validation)},
          {"first", std::move(first)}};
}

NearCopies near_copies_from(const json& from) {
  NearCopies copies;
  copies.looked_for = from.at("looked_for");
  copies.dropped = from.at("dropped");
  copies.of_held_out = from.at("of_held_out");
  copies.of_train = from.at("of_train");
  copies.test = held_from(from.at("test"));
  copies.validation = held_from(from.at("validation"));
  for (const json& pair : from.at("first"))
    copies.first.push_back({place_from(pair.at("copy")), place_from(pair.at("of"))});
  return copies;
}

Leaks leaks_from(const json& from) {
  Leaks leaks;
  leaks.documents = from.at("documents");
  leaks.too_short = from.at("too_short");
  leaks.generic = side_from(from.at("generic"));
  leaks.own = side_from(from.at("own"));
  leaks.clean = from.at("clean");
  leaks.leaked = from.at("leaked").get<std::vector<std::uint64_t>>();
  for (const json& one : from.at("most"))
    leaks.most.push_back({place_from(one.at("document")), one.at("generic"), one.at("own")});
  return leaks;
}

}  // namespace

json to_json(const Leaks& leaks) {
  json most = json::array();
  for (const LeakedDocument& one : leaks.most)
    most.push_back({{"document", place_json(one.place)}, {"generic", one.generic}, {"own", one.own}});
  return {{"documents", leaks.documents},        {"too_short", leaks.too_short}, {"clean", leaks.clean},
          {"generic", side_json(leaks.generic)}, {"own", side_json(leaks.own)},  {"most", std::move(most)},
          {"leaked", leaks.leaked}};
}

json to_json(const Overlap& overlap) {
  json leaks = json::object(), copies = json::object();
  for (const auto& [domain, of_domain] : overlap.leaks) leaks[domain] = to_json(of_domain);
  for (const auto& [corpus, of_corpus] : overlap.near_copies) copies[corpus] = to_json(of_corpus);
  return {{"gram_words", kLeakGram}, {"threshold", kLeakThreshold}, {"shingle_words", kShingle},
          {"similarity", kNearCopy}, {"leaks", std::move(leaks)},   {"near_copies", std::move(copies)}};
}

Overlap overlap_from_json(const json& from) {
  Overlap overlap;
  for (const auto& [domain, leaks] : from.at("leaks").items()) overlap.leaks[domain] = leaks_from(leaks);
  for (const auto& [corpus, copies] : from.at("near_copies").items())
    overlap.near_copies[corpus] = near_copies_from(copies);
  return overlap;
}

}  // namespace pantograph::overlap
