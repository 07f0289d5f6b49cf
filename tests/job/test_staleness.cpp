// SPDX-License-Identifier: GPL-3.0-or-later
// Every setting that there is, changed in a finished project: what becomes stale is what the list of settings says.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <map>
#include <set>

#include "engine_run.h"
#include "project/project_file.h"
#include "project/setting_list.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

/// Changes of each setting, as --set takes them: several where it has several users, with those that go with it behind
/// a semicolon. None for those that cannot be changed alone.
const std::map<std::string, std::vector<std::string>>& changes() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"schema", {}},  // there is one
      {"name", {"name=other"}},
      {"seed", {"seed=8"}},
      {"seeds", {"seeds=[7, 9]"}},
      {"evaluation_tokens", {"evaluation_tokens=2000"}},
      {"corpus.name", {}},  // documents are split by it; domains and steps are named by it
      {"corpus.role", {}},  // decides what a corpus is used for
      {"corpus.reader", {"corpus.law.reader=text", "corpus.generic.reader=text"}},
      {"corpus.text_field", {"corpus.law.text_field={text}"}},
      {"corpus.encoding", {"corpus.law.encoding=utf-8"}},
      {"corpus.paths", {"corpus.law.paths=[\"same.jsonl\"]"}},
      {"corpus.train", {}},  // in place of paths
      {"corpus.validation", {}},
      {"corpus.test", {}},
      {"corpus.exclude", {"corpus.law.exclude=[\"nothing.jsonl\"]"}},
      {"corpus.validation_fraction", {"corpus.law.validation_fraction=0.2"}},
      {"corpus.test_fraction", {"corpus.generic.test_fraction=0.2"}},
      {"corpus.max_documents", {"corpus.law.max_documents=60"}},
      {"corpus.max_bytes", {"corpus.law.max_bytes=30000"}},
      {"corpus.min_characters", {"corpus.law.min_characters=9"}},
      {"corpus.near_duplicates", {"corpus.law.near_duplicates=drop", "corpus.generic.near_duplicates=keep"}},
      {"tokenizer.vocabulary", {"tokenizer.vocabulary=310"}},
      {"tokenizer.algorithm", {"tokenizer.algorithm=bpe"}},
      {"tokenizer.model", {}},  // in place of training one
      {"tokenizer.sample_bytes", {"tokenizer.sample_bytes=90000"}},
      {"clustering.embedder", {"clustering.embedder=other"}},
      {"clustering.model", {}},  // of an embedder that has one
      {"clustering.clusters", {"clustering.clusters=3"}},
      {"clustering.window", {"clustering.window=16"}},
      {"clustering.features", {"clustering.features=512"}},
      {"clustering.dimensions", {"clustering.dimensions=7"}},
      {"clustering.sample_windows", {"clustering.sample_windows=100"}},
      {"clustering.restarts", {"clustering.restarts=2"}},
      {"clustering.iterations", {"clustering.iterations=20"}},
      {"network.layers", {"network.small.layers=2;network.large.layers=2"}},
      {"network.width", {"network.small.width=8;network.large.width=16"}},
      {"network.heads", {"network.small.heads=4;network.large.heads=8"}},
      {"network.inner", {"network.small.inner=48;network.large.inner=96"}},
      {"network.context", {"network.small.context=16;network.large.context=16"}},
      {"network.block", {"network.small.block=llama;network.large.block=llama"}},
      {"network.activation", {"network.small.activation=gelu-tanh;network.large.activation=gelu-tanh"}},
      {"network.key_value_heads", {}},  // of a llama block
      {"network.rope_base", {}},
      {"network.small", {}},  // another network
      {"network.h", {"network.projected.h=3"}},
      {"network.m", {"network.projected.m=3"}},
      {"method.name", {}},  // the folder's; a run of an earlier name stays as one of earlier settings
      {"method.kind", {}},
      {"method.network", {"method.slm.network=twin"}},
      {"method.pretrained", {}},
      {"method.selection", {"method.slm-pn.selection=best-before"}},
      {"method.clusters", {"method.slm-pn.clusters=2"}},
      {"method.rate_factor", {"method.slm.rate_factor=0.5"}},
      {"method.start", {}},
      {"method.start_budget", {}},
      {"method.start_variant", {"method.grown.start_variant=diagonal"}},
      {"method.start_noise", {"method.grown.start_noise=20"}},
      {"method.adaptation", {"method.grown.adaptation=full"}},
      {"method.lora_rank", {"method.grown.lora_rank=4"}},
      {"method.lora_alpha", {"method.grown.lora_alpha=8.0"}},
      {"method.generic.tokens", {"method.slm.generic.tokens=50000"}},
      {"method.generic.budgets", {"method.slm.generic.budgets=[4096]"}},
      {"method.generic.tokens_per_step", {"method.slm.generic.tokens_per_step=1024"}},
      {"method.generic.rate", {"method.slm.generic.rate=0.02"}},
      {"method.generic.warmup", {"method.slm.generic.warmup=6"}},
      {"method.generic.schedule", {"method.slm.generic.schedule=linear"}},
      {"method.generic.decay", {"method.slm.generic.decay=0.5"}},
      {"method.generic.final_rate", {"method.slm.generic.final_rate=0.2"}},
      {"method.generic.clip", {"method.slm.generic.clip=1.0"}},
      {"method.generic.weight_decay", {"method.slm.generic.weight_decay=0.1"}},
      {"method.generic.rows_at_once", {"method.slm.generic.rows_at_once=4"}},
      {"method.generic.experts_per_step", {"method.slm.generic.experts_per_step=1"}},
      {"method.generic.evaluate_every", {"method.slm.generic.evaluate_every=0.5"}},
      {"method.generic.checkpoint_seconds", {"method.slm.generic.checkpoint_seconds=5.0"}},
      {"method.generic.precision", {"method.slm.generic.precision=bf16"}},
      {"method.rate_t", {"method.slm-pn.rate_t=0.5"}},
      {"method.rate_e", {"method.slm-pn.rate_e=0.5"}},
      {"method.rate_m", {"method.slm-pn.rate_m=0.5"}},
      {"method.t_moments", {"method.slm-pn.t_moments=bf16"}},
      {"method.experts", {}},  // of a mixture
      {"method.teacher", {}},
      {"method.temperature", {"method.student.temperature=2.0"}},
      {"method.teacher_weight", {"method.student.teacher_weight=0.7"}},
      {"method.grid.h", {}},  // a method of another name for each point
      {"method.grid.m", {}},
      {"method.grid.clusters", {}},
      {"specialization.domains", {"specialization.domains=[\"law\"]"}},
      {"specialization.tokens", {"specialization.tokens=[2000, 1000]"}},
      {"specialization.samples", {"specialization.samples=2"}},
      {"specialization.selection", {"specialization.selection=best-before"}},
      {"specialization.rate_factor", {"specialization.rate_factor=0.5"}},
      {"specialization.sweep.rate_factor", {"specialization.sweep.rate_factor=[0.5, 1.0]"}},
      {"specialization.tokens_per_step", {"specialization.tokens_per_step=512"}},
      {"specialization.max_steps", {"specialization.max_steps=6"}},
      {"specialization.warmup", {"specialization.warmup=2"}},
      {"specialization.evaluate_every", {"specialization.evaluate_every=4"}},
      {"specialization.patience", {"specialization.patience=2"}},
      {"specialization.precision", {"specialization.precision=bf16"}},
  };
  return all;
}

}  // namespace

class TestStaleness : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    const fs::path home = dir_.path().toStdString();
    file_ = tiny::make_project(home);
    fs::copy_file(home / "law.jsonl", home / "same.jsonl");
    project::Project project = project::load_project(file_);
    project.small.push_back(project.small[0]);  // twice as large, to be grown
    project.small[1].name = "large";
    project.small[1].width *= 2;
    project.small[1].heads *= 2;
    project.small.push_back(project.small[0]);
    project.small[2].name = "twin";
    for (auto& method : project.methods) {
      method.generic.tokens = 8192;
      method.generic.schedule = "constant";
    }
    project::MethodSpec grown = project.methods[0];
    grown.name = "grown";
    grown.kind = "llm";
    grown.network = "large";
    grown.start = "slm";
    grown.adaptation = "lora";
    project::MethodSpec student = project.methods[0];
    student.name = "student";
    student.kind = "slm-d";
    student.teacher = "grown";
    project.methods.push_back(grown);
    project.methods.push_back(student);
    project.specialization.max_steps = 5;
    project::save_project(project, file_);
    project = project::load_project(file_);
    QCOMPARE(tiny::run(project).ended.kind, job::RunEnded::finished);
    const auto view = tiny::look(project);
    for (const job::StepInfo& step : view->steps) before_.insert(step.id);
  }

  void everySettingIsHere() {
    std::set<std::string> listed, known;
    for (const project::SettingInfo& setting : project::setting_list()) listed.insert(setting.key);
    for (const auto& [key, change] : changes()) known.insert(key);
    for (const std::string& key : listed) QVERIFY2(known.contains(key), key.c_str());
    for (const std::string& key : known) QVERIFY2(listed.contains(key), key.c_str());
  }

  void whatBecomesStale_data() {
    QTest::addColumn<QString>("change");
    QTest::addColumn<int>("effect");
    for (const project::SettingInfo& setting : project::setting_list()) {
      for (const std::string& change : changes().at(setting.key))
        QTest::newRow(change.c_str()) << QString::fromStdString(change) << static_cast<int>(setting.effect);
    }
  }
  void whatBecomesStale() {
    QFETCH(QString, change);
    QFETCH(int, effect);
    std::vector<std::string> settings;
    for (const QString& one : change.split(';')) settings.push_back(one.toStdString());
    const project::Project changed = project::load_project(file_, settings);
    std::set<std::string> stale, added;  // the report, which quotes the whole project, aside
    for (const std::string& id : tiny::open_steps(changed)) {
      if (id != "report") (before_.contains(id) ? stale : added).insert(id);
    }
    const bool of_training = std::all_of(stale.begin(), stale.end(), [](const std::string& id) {
      return id.starts_with("pretrain/") || id.starts_with("specialize/");
    });
    const bool of_specialization =
        std::all_of(stale.begin(), stale.end(), [](const std::string& id) { return id.starts_with("specialize/"); });
    switch (static_cast<project::Effect>(effect)) {
      case project::Effect::result:
        QVERIFY(!stale.empty());
        break;
      case project::Effect::generic_phase:
        QVERIFY(!stale.empty() && of_training && !of_specialization);
        break;
      case project::Effect::specialization:
        QVERIFY(!stale.empty() && of_specialization);
        break;
      case project::Effect::input:
      case project::Effect::name:
      case project::Effect::watching:
        QVERIFY2(stale.empty() && added.empty(), stale.empty() ? "added" : stale.begin()->c_str());
        break;
      case project::Effect::adds:
        // A generic phase has to be taken up again for a budget that it has no network of.
        if (change.contains(QLatin1String("budgets"))) stale.erase("pretrain/slm/7");
        QVERIFY2(stale.empty(), stale.empty() ? "" : stale.begin()->c_str());
        break;
    }
  }

 private:
  QTemporaryDir dir_;
  fs::path file_;
  std::set<std::string> before_;
};

QTEST_GUILESS_MAIN(TestStaleness)
#include "test_staleness.moc"
