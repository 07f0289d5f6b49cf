// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/tiny_project.h"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/random.h"
#include "project/project_file.h"

namespace tiny {
namespace {

using pantograph::Random;

struct Topic {
  std::vector<std::string> who, does, what, how;
};

const Topic& topic_words(const std::string& name) {
  static const std::map<std::string, Topic> topics = {
      {"kitchen",
       {{"the cook", "a baker", "my grandmother", "the apprentice"},
        {"stirs", "chops", "roasts", "salts", "tastes"},
        {"the onion soup", "a loaf of bread", "the carrots", "some butter", "the apple cake"},
        {"with a wooden spoon", "over a low fire", "until it is golden", "for twenty minutes"}}},
      {"court",
       {{"the judge", "the defendant", "a witness", "the counsel"},
        {"dismissed", "examined", "appealed", "signed", "denied"},
        {"the motion", "the contract", "a sealed exhibit", "the verdict", "the claim for damages"},
        {"under oath", "without prejudice", "in the second hearing", "according to the statute"}}},
      {"garden",
       {{"the gardener", "a neighbour", "the old botanist", "a child"},
        {"waters", "prunes", "plants", "digs up", "admires"},
        {"the roses", "a row of beans", "the pear tree", "the compost", "some tulips"},
        {"before sunrise", "with bare hands", "along the south wall", "after the rain"}}}};
  return topics.at(name);
}

const std::string& pick(const std::vector<std::string>& words, Random& random) {
  return words[random.below(words.size())];
}

}  // namespace

std::string text(const std::string& topic, std::uint64_t seed, int sentences) {
  Random random(pantograph::derive_seed(seed, topic));
  const Topic& words = topic_words(topic);
  std::string out;
  for (int i = 0; i < sentences; ++i) {
    out += pick(words.who, random) + ' ' + pick(words.does, random) + ' ' + pick(words.what, random) + ' ' +
           pick(words.how, random);
    out += i % 5 == 4 ? ".\n" : ". ";
  }
  return out;
}

void write_corpus(const std::filesystem::path& file, const std::vector<std::string>& topics, std::uint64_t seed,
                  int documents) {
  std::ofstream out(file);
  for (int i = 0; i < documents; ++i) {
    const auto number = static_cast<std::uint64_t>(i);
    out << nlohmann::json({{"text", text(topics[number % topics.size()], seed * 100'000 + number, 12)}}).dump() << '\n';
  }
}

pantograph::project::Project project(const std::filesystem::path& file) {
  using namespace pantograph;
  project::Project p;
  p.file = file;
  p.name = file.stem().string();
  p.evaluation_tokens = 4000;
  const auto corpus = [&](const std::string& name, project::Role role) {
    project::CorpusSpec spec;
    spec.name = name;
    spec.role = role;
    spec.reader = "jsonl";
    spec.paths = {name + ".jsonl"};
    spec.validation_fraction = spec.test_fraction = 0.15;
    p.corpora.push_back(spec);
  };
  corpus("generic", project::Role::generic);
  corpus("cooking", project::Role::domain);
  corpus("law", project::Role::domain);
  p.tokenizer.vocabulary = 320;
  p.tokenizer.sample_bytes = 100'000;
  p.clustering.clusters = 2;
  p.clustering.features = 1024;
  p.clustering.dimensions = 8;
  p.small = {{"small", 1, 16, 2, 0, 32}};
  p.projected = {{"projected", "small", 2, 2}};
  for (const char* kind : {"slm", "slm-pn"}) {
    project::MethodSpec method;
    method.name = method.kind = kind;
    method.network = std::string(kind) == "slm-pn" ? "projected" : "small";
    method.generic.tokens = 40'000;
    method.generic.tokens_per_step = 512;
    method.generic.rate = 1e-2;
    method.generic.warmup = 5;
    method.generic.experts_per_step = 2;
    p.methods.push_back(method);
  }
  p.specialization.domains = {"cooking", "law"};
  p.specialization.tokens = {2000};
  p.specialization.tokens_per_step = 256;
  p.specialization.max_steps = 30;
  p.specialization.evaluate_every = 5;
  p.specialization.patience = 3;
  return p;
}

nlohmann::json timeless_results(const std::filesystem::path& project_file) {
  const auto file = std::filesystem::path(project_file).replace_extension(".artifacts") / "report" / "results.json";
  nlohmann::json records = nlohmann::json::parse(pantograph::read_file(file)).at("records");
  for (auto& record : records) {
    for (auto field = record.begin(); field != record.end();)
      field = field.key().ends_with("_seconds") ? record.erase(field) : std::next(field);
  }
  return records;
}

std::filesystem::path make_project(const std::filesystem::path& folder, const std::string& name) {
  write_corpus(folder / "generic.jsonl", {"kitchen", "court"}, 1, 400);
  write_corpus(folder / "cooking.jsonl", {"kitchen"}, 2, 80);
  write_corpus(folder / "law.jsonl", {"court"}, 3, 80);
  const auto file = folder / (name + ".pantograph");
  pantograph::project::save_project(project(file), file);
  return file;
}

}  // namespace tiny
