// SPDX-License-Identifier: GPL-3.0-or-later
// What can go of a project's artifacts, and that nothing else does.
#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "engine_run.h"
#include "job/project_runs.h"
#include "project/project_file.h"
#include "store/artifact.h"
#include "support/tiny_project.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::map<job::PruneItem::Kind, std::vector<fs::path>> by_kind(const job::PrunePlan& plan) {
  std::map<job::PruneItem::Kind, std::vector<fs::path>> out;
  for (const job::PruneItem& item : plan.items) out[item.kind].push_back(item.path);
  return out;
}

}  // namespace

class TestPrune : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    job::initialize_engine();
    dir_ = std::make_unique<QTemporaryDir>();
    project_ = project::load_project(tiny::make_project(dir_->path().toStdString()));
    project_.methods.resize(1);
    project_.projected.clear();
    project_.specialization.domains = {"law"};
    project_.specialization.max_steps = 4;
    project_.methods[0].generic.tokens = 8192;
    QCOMPARE(tiny::run(project_).ended.kind, job::RunEnded::finished);
  }

  void aTidyProjectHasNothingToPrune() {
    const job::PrunePlan plan = job::plan_prune(project_);
    QVERIFY2(plan.items.empty(), plan.items.empty() ? "" : plan.items[0].path.c_str());
    QCOMPARE(plan.bytes(), std::uint64_t(0));
  }

  void everyKindIsFound() {
    const fs::path root = project_.artifacts();
    project::Project changed = project_;
    changed.corpora[2].max_documents = 70;  // another import, overlap, tokens and clustering; earlier ones are of no use
    QCOMPARE(tiny::run(changed).ended.kind, job::RunEnded::finished);
    const auto run = job::find_run(job::runs_of(changed), "pretrain/slm/7");
    make_directories(run->folder / "checkpoints");
    write_atomically(run->folder / "checkpoints" / "step-000000001.h5", std::string(1000, 'x'));
    write_atomically(run->folder / "checkpoints" / "step-000000002.h5.damaged", std::string(10, 'x'));
    write_atomically(run->folder / "metrics.jsonl.damaged", std::string(20, 'x'));
    make_directories(root / "import" / "law" / "0123456789abcdef");
    write_atomically(root / "import" / "law" / "0123456789abcdef" / "documents.h5.part", "half");
    const fs::path former = root / "pretrain" / "slm" / "7" / "fedcba9876543210";
    make_directories(former);
    write_atomically(former / "manifest.json", R"({"format": 1, "step": "pretrain/slm/7", "key": "fedcba9876543210"})");
    write_atomically(former / "network.h5", std::string(500, 'x'));
    write_atomically(root / "declarations" / "0000000000000000.toml", "schema = 1\n");
    const auto view = tiny::look(changed);
    QCOMPARE(view->former.folders, 1);
    QVERIFY(view->former.bytes > 500);

    const job::PrunePlan plan = job::plan_prune(changed);
    const auto kinds = by_kind(plan);
    QCOMPARE(kinds.at(job::PruneItem::former), std::vector<fs::path>{former});
    QCOMPARE(kinds.at(job::PruneItem::unused).size(), std::size_t(4));
    QCOMPARE(kinds.at(job::PruneItem::checkpoints), std::vector<fs::path>{run->folder / "checkpoints"});
    QCOMPARE(kinds.at(job::PruneItem::leftover).size(), std::size_t(2));
    QCOMPARE(kinds.at(job::PruneItem::declaration).size(), std::size_t(1));
    QVERIFY(fs::exists(former));  // a plan removes nothing

    const std::uint64_t freed = job::prune(changed, plan);
    QCOMPARE(freed, plan.bytes());
    QVERIFY(job::plan_prune(changed).items.empty());
    QCOMPARE(tiny::open_steps(changed), std::vector<std::string>());
    QCOMPARE(job::runs_of(changed).size(), std::size_t(3));  // runs stay, also those of earlier settings
    // What was pruned is made again when it is wanted.
    QCOMPARE(tiny::run(project_).ended.kind, job::RunEnded::finished);
  }

  void checkpointsThatAreKeptStay() {
    const auto run = job::find_run(job::runs_of(project_), "pretrain/slm/7");
    make_directories(run->folder / "checkpoints");
    write_atomically(run->folder / "checkpoints" / "step-000000001.h5", "x");
    QCOMPARE(job::plan_prune(project_).items.size(), std::size_t(1));
    job::RunNotes notes;
    notes.keep = true;
    job::write_run_notes(run->folder, notes);
    QVERIFY(job::plan_prune(project_).items.empty());
  }

  void nothingOutsideIsTouched() {
    const fs::path outside = fs::path(dir_->path().toStdString()) / "precious";
    write_atomically(outside, "text");
    job::PrunePlan plan;
    plan.items = {{job::PruneItem::leftover, outside, 4},
                  {job::PruneItem::leftover, project_.artifacts() / ".." / "precious", 4},
                  {job::PruneItem::leftover, project_.artifacts(), 4}};
    QVERIFY_EXCEPTION_THROWN(job::prune(project_, plan), Error);
    QCOMPARE(read_file(outside), std::string("text"));
    QVERIFY(fs::exists(project_.artifacts()));
    // A link in the artifacts is not followed.
    fs::create_directory_symlink(fs::path(dir_->path().toStdString()), project_.artifacts() / "import" / "link");
    QVERIFY(job::plan_prune(project_).items.empty());
  }

  void notWhileTheProjectIsInUse() {
    const store::ProjectLock lock(project_.artifacts());
    QVERIFY_EXCEPTION_THROWN(job::prune(project_, {}), Error);
    QVERIFY_EXCEPTION_THROWN(job::delete_runs(project_, job::runs_of(project_)), Error);
  }

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  project::Project project_;
};

QTEST_GUILESS_MAIN(TestPrune)
#include "test_prune.moc"
