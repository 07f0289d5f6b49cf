// SPDX-License-Identifier: GPL-3.0-or-later
// The use page with real models: answers side by side, stopping, experts, checkpoints of a run that goes on.
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <cmath>

#include "catalog/models.h"
#include "method/method.h"
#include "sample_models.h"
#include "sample_runs.h"
#include "use/answer_settings.h"
#include "use/answer_view.h"
#include "use/model_column.h"
#include "use/model_columns.h"
#include "use/model_picker.h"
#include "use/token_text.h"
#include "use/use_page.h"
#include "widgets/empty_state.h"

using namespace pantograph;
namespace fs = std::filesystem;

class TestUsePage : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;
  QString first_, second_, long_, projected_;
  ProjectDocument document_;
  EngineBridge bridge_;

  fs::path at(const char* name) const { return fs::path(dir_.path().toStdString()) / name; }
  static infer::GenerateSettings drawn(int tokens) {
    infer::GenerateSettings out;
    out.sampling.seed = 3;
    out.sampling.top_k = 40;
    out.max_tokens = tokens;
    return out;
  }
  /// Answers the prompt with all chosen models and waits for the ends.
  static void answer(UsePage& page, const QString& prompt, const infer::GenerateSettings& settings) {
    page.answers()->prompt()->setPlainText(prompt);
    page.answers()->settings()->setSettings(settings);
    page.answers()->answerButton()->click();
    QTRY_VERIFY_WITH_TIMEOUT(!page.answers()->columns()->isBusy(), 30'000);
  }
  static ModelColumn* column(const UsePage& page, const QString& source) {
    return page.answers()->columns()->columnOf(page.model(source));
  }
  static QString text(const infer::Answer& answer) { return QString::fromStdString(answer.text); }

 private Q_SLOTS:
  void initTestCase() {
    QApplication::setStyle(QStringLiteral("Fusion"));
    first_ = sample::writeModel(at("a.h5"), "first", {1});
    second_ = sample::writeModel(at("b.h5"), "second", {2});
    long_ = sample::writeModel(at("long.h5"), "long", {1, 60'000});
    projected_ = sample::writeModel(at("pn.h5"), "projected", {4, 64, true});
  }

  void withoutModelsItSaysWhatToDo() {
    UsePage page(&document_, &bridge_);
    QVERIFY(page.isEmpty());
    QSignalSpy wanted(&page, &UsePage::pageWanted);
    page.emptyState()->button()->click();
    QCOMPARE(wanted.size(), 1);
    page.use(first_);
    QVERIFY(!page.isEmpty());
    QVERIFY(page.answers()->answerButton()->isEnabled());
  }

  void answersAreTheSessionsOwn() {
    UsePage page(&document_, &bridge_);
    page.use(first_);
    page.use(second_);
    QCOMPARE(page.models().size(), 2);
    const infer::GenerateSettings settings = drawn(25);
    QSignalSpy streamed(page.model(first_), &UsedModel::tokensAdded);
    answer(page, "ab cd", settings);
    for (const QString& file : {first_, second_}) {
      infer::GenerateSettings asked = settings;
      asked.candidates = 3;
      const infer::Answer expected = sample::answerOf(file, "ab cd", asked);
      const ModelColumn* shown = column(page, file);
      QCOMPARE(shown->text()->answer(), text(expected));
      QVERIFY(shown->text()->tokens().size() >= static_cast<qsizetype>(expected.tokens.size()));
      for (std::size_t i = 0; i < expected.tokens.size(); ++i) {
        const ShownToken& token = shown->text()->tokens()[static_cast<qsizetype>(i)];
        QVERIFY(std::fabs(token.bits + expected.tokens[i].log_probability / std::log(2.0)) < 1e-9);
        QVERIFY(token.candidates.size() >= 3);
        QVERIFY(std::fabs(token.candidates[0].probability -
                          std::exp(expected.tokens[i].candidates[0].log_probability)) < 1e-9);
      }
      QVERIFY2(shown->note().contains("tokens"), qPrintable(shown->note()));
      QVERIFY2(shown->text()->toPlainText().startsWith("ab cd"), "the prompt stands before the answer");
    }
    QVERIFY(!streamed.isEmpty());
    QCOMPARE(column(page, first_)->title(), QStringLiteral("first"));
    QVERIFY(column(page, first_)->text()->answer() != column(page, second_)->text()->answer());
    // Again, and the same.
    const QString before = column(page, first_)->text()->answer();
    answer(page, "ab cd", settings);
    QCOMPARE(column(page, first_)->text()->answer(), before);
  }

  void anAnswerStreamsAndStopsAtOnce() {
    UsePage page(&document_, &bridge_);
    page.show();
    page.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.use(long_);
    page.use(first_);
    infer::GenerateSettings settings = drawn(50'000);
    settings.sampling.temperature = 0;  // which never draws the end of this model's document
    page.answers()->settings()->setSettings(settings);
    page.answers()->prompt()->setPlainText("ab");
    page.answers()->prompt()->setFocus();
    QTest::keyClick(page.answers()->prompt(), Qt::Key_Return, Qt::ControlModifier);
    ModelColumn* shown = column(page, long_);
    QTRY_VERIFY_WITH_TIMEOUT(shown->text()->tokens().size() > 20, 20'000);
    QVERIFY(page.model(long_)->isBusy());
    QElapsedTimer clock;
    clock.start();
    QTest::keyClick(page.answers()->prompt(), Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(!page.answers()->columns()->isBusy(), 5000);
    QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
    QVERIFY2(shown->note().contains("stopped"), qPrintable(shown->note()));
    const QList<ShownToken>& tokens = shown->text()->tokens();
    const auto count = std::count_if(tokens.begin(), tokens.end(), [](const ShownToken& t) { return t.bits >= 0; });
    QVERIFY(count < 50'000);
    settings.max_tokens = static_cast<int>(count);
    QCOMPARE(shown->text()->answer(), text(sample::answerOf(long_, "ab", settings)));
    // Taken away while it answers: nothing waits for it.
    page.answers()->answerButton()->click();
    QTRY_VERIFY_WITH_TIMEOUT(!shown->text()->tokens().isEmpty(), 20'000);
    clock.restart();
    page.picker()->clear();
    QVERIFY(clock.elapsed() < 200);
    QVERIFY(page.models().isEmpty());
  }

  /// As a training holds it from its first step to its last.
  void answersWhileARunComputes() {
    const std::lock_guard computing(network::compute_mutex());
    UsePage page(&document_, &bridge_);
    page.use(projected_);
    answer(page, "ab", drawn(5));
    QVERIFY(!column(page, projected_)->text()->tokens().isEmpty());
  }

  void whatIsNoModelIsSaid() {
    const QString broken = QString::fromStdString(at("broken.h5").string());
    QFile file(broken);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("not a model");
    file.close();
    const QString missing = QString::fromStdString(at("missing.h5").string());
    UsePage page(&document_, &bridge_);
    for (const QString& one : {first_, broken, missing}) page.use(one);
    answer(page, "ab", drawn(5));
    QVERIFY2(column(page, broken)->note().contains("not a model"), qPrintable(column(page, broken)->note()));
    QVERIFY2(column(page, missing)->note().contains("no such file"), qPrintable(column(page, missing)->note()));
    QVERIFY(column(page, first_)->note().contains("tokens"));
    // A prompt beyond the context, and then one that fits.
    answer(page, QString(200, 'e'), drawn(5));
    QVERIFY2(column(page, first_)->note().contains("a prompt of"), qPrintable(column(page, first_)->note()));
    answer(page, "e", drawn(5));
    QVERIFY(column(page, first_)->note().contains("tokens"));
  }

  void aProjectedNetworkAnswersForItsExperts() {
    UsePage page(&document_, &bridge_);
    page.use(projected_);
    QComboBox* experts = column(page, projected_)->experts();
    QTRY_COMPARE(experts->count(), 3);
    const infer::GenerateSettings settings = drawn(20);
    answer(page, "ab", settings);
    QCOMPARE(column(page, projected_)->text()->answer(), text(sample::answerOf(projected_, "ab", settings, 0)));
    experts->setCurrentText("2");
    answer(page, "ab", settings);
    QCOMPARE(column(page, projected_)->text()->answer(), text(sample::answerOf(projected_, "ab", settings, 2)));
    experts->setCurrentText("2:1");
    answer(page, "ab", settings);
    QCOMPARE(column(page, projected_)->text()->answer(), text(sample::answerOf(projected_, "ab", settings, 2)));
    for (const char* wrong : {"7", "x", "0:"}) {
      experts->setCurrentText(wrong);
      answer(page, "ab", settings);
      QVERIFY2(column(page, projected_)->note().contains("xpert"), qPrintable(column(page, projected_)->note()));
      QVERIFY(!experts->isHidden());
    }
    experts->setCurrentText("1");
    answer(page, "ab", settings);
    QCOMPARE(column(page, projected_)->text()->answer(), text(sample::answerOf(projected_, "ab", settings, 1)));
  }

  /// The newest checkpoint at each answer, whatever the run has removed meanwhile.
  void aRunThatGoesOn() {
    const auto running = sample::run(job::StepKey::pretrain("slm", 7), 1, job::RunState::running);
    running->folder = at("run");
    const fs::path folder = running->folder / "checkpoints";
    const QString old = sample::writeModel(folder / "step-000000010.h5", "step 10", {5});
    UsePage page(&document_, &bridge_);
    page.showRuns({running});
    QTRY_COMPARE(page.picker()->tree()->topLevelItemCount(), 1);
    QTreeWidgetItem* item = page.picker()->tree()->topLevelItem(0)->child(0);
    QVERIFY2(item->text(0).contains("at step 10"), qPrintable(item->text(0)));
    item->setCheckState(0, Qt::Checked);
    const QString source = QString::fromStdString(running->folder.string());
    QCOMPARE(page.picker()->chosen(), QStringList{source});
    QCOMPARE(QString::fromStdString(catalog::to_use(*running).string()), source);
    answer(page, "ab", drawn(10));
    QCOMPARE(column(page, source)->text()->answer(), text(sample::answerOf(old, "ab", drawn(10))));
    const QString next = sample::writeModel(folder / "step-000000120.h5", "step 120", {6});
    QVERIFY(QFile::remove(old));
    answer(page, "ab", drawn(10));
    QCOMPARE(column(page, source)->text()->answer(), text(sample::answerOf(next, "ab", drawn(10))));
    page.showRuns({running});
    QTRY_VERIFY(page.picker()->tree()->topLevelItem(0)->child(0)->text(0).contains("at step 120"));
    QCOMPARE(column(page, source)->title(), QStringLiteral("slm, at step 120"));
    QCOMPARE(page.picker()->chosen(), QStringList{source});
    QVERIFY(QFile::remove(next));
    answer(page, "ab", drawn(10));
    QVERIFY2(column(page, source)->note().contains("without a checkpoint"), qPrintable(column(page, source)->note()));
  }

  /// Between two views of the engine.
  void aRunThatHasBegunSinceIsListed() {
    const auto known = sample::run(job::StepKey::pretrain("slm", 7), 1, job::RunState::finished, false);
    const auto begun = sample::run(job::StepKey::pretrain("slm", 8), 2, job::RunState::running);
    for (const auto& run : {known, begun}) {
      run->folder = at("begun.artifacts") / run->record.step.id() / run->record.key;
      fs::create_directories(run->folder);
      job::write_run_record(sample::project(), run->folder, run->record);
    }
    sample::writeModel(known->folder / method::network_file_name(0), "known", {1});
    const QString step = sample::writeModel(begun->folder / "checkpoints/step-000000010.h5", "begun", {2});
    const auto models = catalog::models_of(at("begun.artifacts"), {known});
    QCOMPARE(models.size(), std::size_t(2));
    QCOMPARE(QString::fromStdString(models[0].name), QStringLiteral("Pretrain slm"));
    QVERIFY(!models[0].run->present);
    QVERIFY(models[1].kind == catalog::ModelKind::checkpoint && models[1].run->present);
    QCOMPARE(QString::fromStdString(models[1].file.string()), step);
    QCOMPARE(QString::fromStdString(models[1].of_run), QStringLiteral("at step 10"));
    QCOMPARE(catalog::models_of({known}).size(), std::size_t(1));
    UsePage page(&document_, &bridge_);
    page.showRuns({known}, at("begun.artifacts"));
    QTRY_COMPARE(page.picker()->tree()->topLevelItemCount(), 2);
  }

  void fourAreChosenAtMost() {
    job::RunList runs;
    for (int i = 0; i < 6; ++i) {
      const auto run = sample::run(job::StepKey::specialize("slm", "law", 1000 + static_cast<std::uint64_t>(i), 7), i);
      run->folder = at("runs") / std::to_string(i);
      run->record.title = "Run " + std::to_string(i);
      sample::writeModel(run->folder / "small.h5", "model", {static_cast<std::uint64_t>(i)});
      runs.push_back(run);
    }
    UsePage page(&document_, &bridge_);
    page.showRuns(runs);
    QTRY_COMPARE(page.picker()->tree()->topLevelItemCount(), 1);
    QTreeWidgetItem* group = page.picker()->tree()->topLevelItem(0);
    QCOMPARE(group->childCount(), 6);
    for (int i = 0; i < 5; ++i) group->child(i)->setCheckState(0, Qt::Checked);
    QCOMPARE(page.models().size(), 4);
    QCOMPARE(group->child(0)->checkState(0), Qt::Unchecked);
    QVERIFY(page.picker()->chosen().first().contains("/1/"));
    page.picker()->filter()->setText("law 1005");
    QVERIFY(group->child(0)->isHidden() && !group->child(5)->isHidden());
    QCOMPARE(page.models().size(), 4);
    // What is chosen from elsewhere is seen, and not twice.
    page.use(QString::fromStdString((at("runs") / "0/small.h5").string()));
    QVERIFY(!group->child(0)->isHidden());
    QCOMPARE(group->child(0)->checkState(0), Qt::Checked);
    QCOMPARE(page.picker()->tree()->topLevelItemCount(), 1);
    // Runs that were deleted leave.
    page.showRuns({runs[0], runs[1]});
    QTRY_COMPARE(page.models().size(), 1);
  }

  void preferencesAreKept() {
    UsePage page(&document_, &bridge_), next(&document_, &bridge_);
    infer::GenerateSettings settings = drawn(77);
    settings.sampling.temperature = 0.5;
    settings.sampling.top_p = 0.9;
    settings.sampling.min_p = 0.05;
    settings.sampling.repetition_penalty = 1.2;
    settings.stop = {"a\nb", "\\", "END"};
    page.answers()->settings()->setSettings(settings);
    next.restore(page.saved());
    const infer::GenerateSettings found = next.answers()->settings()->settings();
    QCOMPARE(found.stop, settings.stop);
    QCOMPARE(found.max_tokens, 77);
    QCOMPARE(found.sampling.seed, settings.sampling.seed);
    QCOMPARE(found.sampling.top_k, 40);
    for (auto part : {&infer::SamplingSettings::temperature, &infer::SamplingSettings::top_p,
                      &infer::SamplingSettings::min_p, &infer::SamplingSettings::repetition_penalty})
      QVERIFY(std::fabs(found.sampling.*part - settings.sampling.*part) < 1e-9);
    next.restore({{"temperature", "hot"}, {"tokens", -5}});  // of a file that was edited by hand
    QVERIFY(next.answers()->settings()->settings().max_tokens >= 1);
    // By default, what `pantograph generate` does.
    UsePage fresh(&document_, &bridge_);
    const infer::GenerateSettings standard = fresh.answers()->settings()->settings();
    QCOMPARE(standard.max_tokens, infer::GenerateSettings().max_tokens);
    QCOMPARE(standard.sampling.temperature, infer::SamplingSettings().temperature);
    QCOMPARE(standard.sampling.top_p, infer::SamplingSettings().top_p);
  }
};

QTEST_MAIN(TestUsePage)
#include "test_use_page.moc"
