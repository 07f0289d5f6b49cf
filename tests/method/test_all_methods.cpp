// SPDX-License-Identifier: GPL-3.0-or-later
// All methods of the comparison on one tiny experiment, each held against what it is by definition: a run of a budget,
// a training on one cluster, the best of all fine-tunings, a merge of costs.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "cluster/importance.h"
#include "job/engine.h"
#include "method/recipe.h"
#include "project/project_file.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

project::MethodSpec method_of(const project::Project& project, const std::string& name, const std::string& kind,
                              const std::string& network) {
  project::MethodSpec out = *project.method("slm");
  out.name = name;
  out.kind = kind;
  out.network = network;
  return out;
}

project::MethodSpec borrowed(const project::Project& project, const std::string& name, const std::string& kind,
                             const std::string& network, const std::string& from) {
  project::MethodSpec out = method_of(project, name, kind, network);
  out.generic = project::GenericSpec{};
  out.pretrained = from;
  return out;
}

}  // namespace

class TestAllMethods : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    project_ = project::load_project(tiny::make_project(dir_.path().toStdString()));
    for (auto& m : project_.methods) m.generic.schedule = "constant";
    project_.small.push_back({"large", 1, 32, 4, 0, 32});
    project_.methods[0].generic.budgets = {10'000, 20'000};
    project::MethodSpec shorter = method_of(project_, "slm-20k", "slm", "small");
    shorter.generic.tokens = 20'000;
    shorter.generic.budgets.clear();
    project::MethodSpec mix = method_of(project_, "slm-mix", "slm-mix", "small");
    mix.generic.budgets.clear();
    project::MethodSpec is = method_of(project_, "slm-is", "slm-is", "small");
    is.generic.budgets.clear();
    is.clusters = 3;
    project::MethodSpec llm = method_of(project_, "llm", "llm", "large");
    llm.generic.budgets.clear();
    project::MethodSpec adapters = borrowed(project_, "llm-lora", "llm", "large", "llm");
    adapters.adaptation = "lora";
    adapters.rate_factor = 1;
    project::MethodSpec cloned = llm;
    cloned.name = "llm-cloned";
    cloned.start = "slm-20k";
    project::MethodSpec upcycled = method_of(project_, "pn-upcycled", "slm-pn", "projected");
    upcycled.generic.budgets.clear();
    upcycled.start = "slm";
    upcycled.start_budget = 20'000;
    project::MethodSpec distilled = borrowed(project_, "slm-d", "slm-d", "small", "slm");
    distilled.teacher = "llm";
    project::MethodSpec best = borrowed(project_, "pn-best-after", "slm-pn", "projected", "slm-pn");
    best.selection = "best-after";
    project_.methods.insert(project_.methods.end(), {shorter, mix, is, llm, adapters, upcycled, distilled, best});
    for (int expert = 0; expert < 2; ++expert) {
      project::MethodSpec fixed = borrowed(project_, "pn-" + std::to_string(expert), "slm-pn", "projected", "slm-pn");
      fixed.selection = std::to_string(expert);
      project_.methods.push_back(fixed);
    }
    project_.methods.insert(project_.methods.begin(), cloned);  // before what it grows from: the order is free
    project::save_project(project_, project_.file);
    bring_up_to_date(project_);
    for (const auto& corpus : project_.corpora) {
      auto& folder = corpus.role == project::Role::generic ? inputs_.generic.emplace_back(corpus.name, "").second
                                                           : inputs_.domains[corpus.name];
      folder = folder_of("tokenize/" + corpus.name);
    }
    inputs_.vocabulary = view_.vocabulary;
    inputs_.clustering = folder_of("cluster");
  }

  void everyMethodHasItsResults() {
    // Each method on two domains; slm and what shares its generic phase at three budgets.
    std::map<std::string, int> count;
    for (const auto& r : view_.results) {
      ++count[r.method];
      QVERIFY2(std::isfinite(r.perplexity_after) && r.perplexity_after > 1 && r.perplexity_after < r.perplexity_before,
               qPrintable(QString::fromStdString(r.method)));
      QVERIFY(r.validation_loss > 0 && r.specialization_flops > 0 && r.inference_flops_per_token > 0);
    }
    const std::map<std::string, int> expected = {
        {"slm", 6},           {"slm-20k", 2},  {"slm-pn", 2},     {"slm-mix", 2},     {"slm-is", 2},
        {"llm", 2},           {"llm-lora", 2}, {"llm-cloned", 2}, {"pn-upcycled", 2}, {"slm-d", 6},
        {"pn-best-after", 2}, {"pn-0", 2},     {"pn-1", 2}};
    QCOMPARE(count, expected);
  }

  void aBudgetIsTheRunOfThatLength() {
    const store::TensorMap passed = store::read_checkpoint(folder_of("pretrain/slm/7") / "network-20000.h5").tensors;
    const store::TensorMap whole = store::read_checkpoint(folder_of("pretrain/slm-20k/7") / "network.h5").tensors;
    QCOMPARE(passed.size(), whole.size());
    for (const auto& [name, tensor] : whole) QVERIFY2(passed.at(name).data == tensor.data, name.c_str());
    for (const auto& r : view_.results) {
      if (r.method != "slm-20k") continue;
      const measure::ResultRecord& same = record("slm", r.domain, 20'000);
      QCOMPARE(same.perplexity_after, r.perplexity_after);
      QCOMPARE(same.generic_perplexity, r.generic_perplexity);
      QCOMPARE(same.generic_flops, r.generic_flops);
      QVERIFY(same.generic_seconds < record("slm", r.domain, 40'000).generic_seconds);
    }
  }

  void aLostBudgetIsMadeAgain() {
    const fs::path folder = folder_of("pretrain/slm/7"), file = folder / "network-20000.h5";
    const std::string before = read_file(file);
    for (const std::size_t left : {std::size_t(0), before.size() / 2}) {
      fs::remove(file);
      if (left > 0) write_atomically(file, before.substr(0, left));
      QVERIFY(bring_up_to_date(project_).contains("pretrain/slm/7"));
      QVERIFY(
          store::read_checkpoint(file).tensors.at("weights/embedding").data ==
          store::read_checkpoint(folder_of("pretrain/slm-20k/7") / "network.h5").tensors.at("weights/embedding").data);
    }
  }

  void theMixturesExpertsAreSeparateTrainings() {
    const project::MethodSpec& mix = *project_.method("slm-mix");
    const method::recipe::Stores stores = method::recipe::open_generic(inputs_);
    const token::WindowSet all = cluster::clustered_windows(inputs_.clustering, stores, corpus::Split::train);
    std::uint64_t seen = 0;
    for (int expert = 0; expert < 2; ++expert) {
      token::WindowSet own = all;
      own.clusters = 1;
      own.entries.clear();
      for (auto entry : all.entries) {
        if (entry.cluster != expert) continue;
        entry.cluster = 0;
        own.entries.push_back(entry);
      }
      const double share = static_cast<double>(own.tokens()) / static_cast<double>(all.tokens());
      train::TrainSettings settings;
      settings.steps = static_cast<std::uint64_t>(std::ceil(40'000 * share / 512));
      settings.rate = mix.generic.rate;
      settings.warmup = mix.generic.warmup;
      settings.clip = mix.generic.clip;
      token::ClusterSampler sampler(own, 16, 32, 1, derive_seed(7, "generic rows/" + std::to_string(expert)));
      network::Network network = network::Network::create(method::method_network(project_, mix, inputs_.vocabulary),
                                                          derive_seed(7, "weights"));
      const QTemporaryDir run;
      seen += train::train(network, sampler, settings, {}, run.path().toStdString(), {}).tokens;
      const fs::path folder = folder_of("pretrain/slm-mix/7/" + std::to_string(expert));
      const store::TensorMap trained = store::read_checkpoint(folder / "network.h5").tensors;
      for (const auto& [name, tensor] : network.weights()) QVERIFY2(trained.at(name).data == tensor.data, name.c_str());
    }
    // An expert's run follows the domains of its cluster only.
    std::set<std::string> probes;
    for (const auto& run : view_.runs) {
      if (run.key.method != "slm-mix" || run.key.cluster < 0) continue;
      for (const auto& point : run.points) {
        if (point.series.rfind("probe/", 0) == 0) probes.insert(std::to_string(run.key.cluster) + point.series);
      }
    }
    QCOMPARE(probes.size(), std::size_t(2));
    const measure::ResultRecord& r = record("slm-mix", "law", 40'000);
    QCOMPARE(r.generic_tokens, seen);
    QVERIFY(seen >= 40'000 && seen < 40'000 + 2 * 512);  // the budget is shared, not given to each
    QCOMPARE(r.parameters_pretraining, 2 * r.parameters_inference);
    QCOMPARE(r.clusters, 2);
    QCOMPARE(r.expert, view_.clustering->domains.at("law").most_frequent);
  }

  void importanceSamplingFollowsTheDomain() {
    method::PretrainPart part;
    part.domain = "law";
    part.specialization = 2000;
    part.seed = 7;
    part.window = 32;
    method::MethodInputs inputs = inputs_;
    inputs.clustering = folder_of("cluster/3");
    const method::recipe::GenericData data = method::recipe::generic_data(*project_.method("slm-is"), part, inputs, {});
    // The histogram of exactly the windows that the specialization set holds.
    const token::WindowSet set = token::domain_sample(method::recipe::open_domain(inputs, "law"), 32, 2000, 7, "law");
    const token::WindowSet assigned = cluster::clustered_windows(
        inputs.clustering, {{"law", method::recipe::open_domain(inputs, "law")}}, corpus::Split::train);
    std::map<std::uint64_t, std::uint16_t> cluster_at;  // by where a window begins
    for (const auto& entry : assigned.entries) cluster_at[entry.window.begin] = entry.cluster;
    std::vector<double> expected(3, 0.0);
    for (const auto& entry : set.entries)
      expected[cluster_at.at(entry.window.begin)] += 1.0 / static_cast<double>(set.entries.size());
    for (std::size_t c = 0; c < 3; ++c) QVERIFY(std::fabs(data.shares[c] - expected[c]) < 1e-12);

    const measure::ResultRecord& r = record("slm-is", "law", 40'000);
    QCOMPARE(r.generic_flops, 0.0);  // its run serves one domain
    QVERIFY(r.specialization_flops > record("slm", "law", 40'000).generic_flops);
    QCOMPARE(r.clusters, 3);
    QVERIFY(r.effective_windows > 0 && r.effective_windows < r.total_windows);
    QVERIFY(r.repetition > 0);
    // Trained on what the domain is like, it starts nearer to it than the network of the same length on everything.
    QVERIFY(r.perplexity_before < record("slm", "law", 40'000).perplexity_before);
  }

  void theLargeModelAndItsStudent() {
    for (const char* domain : {"cooking", "law"}) {
      const measure::ResultRecord &llm = record("llm", domain, 40'000), &student = record("slm-d", domain, 40'000),
                                  &slm = record("slm", domain, 40'000);
      QVERIFY(llm.parameters_inference > 2 * slm.parameters_inference);
      QCOMPARE(student.parameters_inference, slm.parameters_inference);
      QCOMPARE(student.perplexity_before, slm.perplexity_before);  // the same generic phase
      QCOMPARE(student.generic_flops, slm.generic_flops);
      QCOMPARE(student.teacher_generic_flops, llm.generic_flops);
      QCOMPARE(student.teacher_specialization_flops, llm.specialization_flops);
      QVERIFY(student.perplexity_after != slm.perplexity_after);
    }
  }

  void adaptersEndAsAnOrdinaryModel() {
    for (const char* domain : {"cooking", "law"}) {
      const measure::ResultRecord &lora = record("llm-lora", domain, 40'000), &full = record("llm", domain, 40'000);
      QCOMPARE(lora.adaptation, std::string("lora"));
      QCOMPARE(lora.perplexity_before, full.perplexity_before);
      QCOMPARE(lora.parameters_inference, full.parameters_inference);
      const fs::path folder = folder_of(std::string("specialize/llm-lora/") + domain + "/2000/7");
      const network::Network saved = method::recipe::load_network(folder / "small.h5", {});
      const token::EvaluationSet test =
          method::recipe::domain_evaluation(project_, inputs_, domain, corpus::Split::test, 32);
      QVERIFY(std::fabs(std::exp(train::evaluate(saved, test, {}, "fp32", {}).loss) / lora.perplexity_after - 1) <
              1e-6);
    }
  }

  void bestAfterIsTheBestOfAllFineTunings() {
    for (const char* domain : {"cooking", "law"}) {
      const measure::ResultRecord &best = record("pn-best-after", domain, 40'000),
                                  &first = record("pn-0", domain, 40'000), &second = record("pn-1", domain, 40'000);
      const measure::ResultRecord& winner = first.validation_loss <= second.validation_loss ? first : second;
      QCOMPARE(best.expert, winner.expert);
      QCOMPARE(best.perplexity_after, winner.perplexity_after);
      QCOMPARE(best.specialization_flops, first.specialization_flops + second.specialization_flops);
      QCOMPARE(best.selection, std::string("best-after"));
    }
  }

  void whatGrowsStartsWhereItsSeedlingEnded() {
    // The first evaluation of the run, before its first step, is the small network's last.
    const auto first_loss = [&](const std::string& id) {
      for (const auto& run : view_.runs) {
        if (run.key.id() != id) continue;
        for (const auto& point : run.points) {
          if (point.series == "generic" && point.step == 0) return point.value;
        }
      }
      return 0.0;
    };
    const auto last_loss = [&](const std::string& id) {
      double loss = 0;
      for (const auto& run : view_.runs) {
        if (run.key.id() != id) continue;
        for (const auto& point : run.points) {
          if (point.series == "generic") loss = point.value;
        }
      }
      return loss;
    };
    const double seedling = last_loss("pretrain/slm-20k/7");
    QVERIFY(seedling > 0);
    for (const char* id : {"pretrain/llm-cloned/7", "pretrain/pn-upcycled/7"}) {
      QVERIFY2(std::fabs(first_loss(id) - seedling) < 1e-4,
               qPrintable(QString("%1: %2, %3").arg(id).arg(first_loss(id)).arg(seedling)));
      QVERIFY(last_loss(id) < seedling);
    }
    const measure::ResultRecord& seed = record("slm-20k", "law", 20'000);
    QVERIFY(record("pn-upcycled", "law", 60'000).generic_flops >
            record("slm-pn", "law", 40'000).generic_flops + 0.99 * seed.generic_flops);
    QCOMPARE(record("pn-upcycled", "law", 60'000).generic_tokens,
             record("slm-pn", "law", 40'000).generic_tokens + seed.generic_tokens);
  }

  void lawsAreFittedOrSaidToBeMissing() {
    // Three runs a method here: too few, and the report says so.
    const fs::path report = project_.artifacts() / "report";
    const auto laws = nlohmann::json::parse(read_file(report / "laws.json"));
    QVERIFY(laws.at("laws").empty());
    QVERIFY(read_file(report / "report.html").find("What larger runs would give") != std::string::npos);
  }

  void aSecondRunDoesNothing() { QCOMPARE(bring_up_to_date(project_), QStringList()); }

  void aDomainsSettingReRunsThatDomainOnly() {
    project::Project changed = project_;
    for (auto& corpus : changed.corpora) {
      if (corpus.name == "law") corpus.min_characters = 2;
    }
    for (const auto& id : bring_up_to_date(changed)) {
      QVERIFY2(id.contains("law") || id.startsWith("cluster") || id == "report", qPrintable(id));
    }
    bring_up_to_date(project_);
  }

  void onlyTheExpertsThatDomainsNeed() {
    project::Project needed = project_;
    std::erase_if(needed.methods, [](const project::MethodSpec& m) { return m.kind != "slm-mix"; });
    needed.methods[0].name = "mix-needed";
    needed.methods[0].experts = "needed";
    needed.specialization.domains = {"law"};
    needed.clustering.iterations = 29;  // a clustering that is not there yet: the graph grows when it is
    {                                   // a part that only the clusters will show may be asked for
      project::Project part = needed;
      part.clustering.dimensions -= 1;  // other clusters than below: of equal ones nothing would be trained twice
      int code = -1;
      job::Engine engine(part, {}, [&](const job::Event& e) {
        if (const auto* ended = std::get_if<job::RunEnded>(&e)) code = ended->exit_code;
      });
      engine.start({{"pretrain/mix-needed"}});
      engine.wait();
      QCOMPARE(code, 0);
    }
    const QStringList ran = bring_up_to_date(needed);
    const QStringList pretrained = ran.filter("pretrain/");
    QCOMPARE(pretrained.size(), 1);
    QVERIFY(ran.contains("specialize/mix-needed/law/2000/7"));
    QVERIFY(ran.contains("report"));
    QCOMPARE(bring_up_to_date(needed), QStringList());
    needed.specialization.domains = {"law", "cooking"};
    const QStringList more = bring_up_to_date(needed);
    QVERIFY(!more.contains(pretrained.front()) && !more.contains("specialize/mix-needed/law/2000/7"));
    QVERIFY(more.contains("specialize/mix-needed/cooking/2000/7"));
  }

 private:
  /// Runs what is missing; the steps that ran, in order.
  QStringList bring_up_to_date(const project::Project& project) {
    QStringList ran;
    job::Engine engine(project, {}, [&](const job::Event& e) {
      if (const auto* changed = std::get_if<job::ViewChanged>(&e)) {
        if (project.methods.size() > 1) view_ = *changed->view;
      }
      if (const auto* done = std::get_if<job::StepFinished>(&e)) ran << QString::fromStdString(done->id);
      if (const auto* failed = std::get_if<job::StepFailed>(&e)) qWarning("%s", failed->message.c_str());
    });
    engine.start({});
    engine.wait();
    return ran;
  }
  fs::path folder_of(const std::string& id) const {
    for (const auto& step : view_.steps) {
      if (step.id == id) return step.folder;
    }
    qFatal("no step %s", id.c_str());
  }
  const measure::ResultRecord& record(const std::string& name, const std::string& domain, std::uint64_t budget) const {
    for (const auto& r : view_.results) {
      if (r.method == name && r.domain == domain && r.generic_budget == budget) return r;
    }
    qFatal("no result of %s on %s at %llu", name.c_str(), domain.c_str(), static_cast<unsigned long long>(budget));
  }

  QTemporaryDir dir_;
  project::Project project_;
  job::ProjectView view_;
  method::MethodInputs inputs_;
};

QTEST_GUILESS_MAIN(TestAllMethods)
#include "test_all_methods.moc"
