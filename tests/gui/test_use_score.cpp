// SPDX-License-Identifier: GPL-3.0-or-later
// The use page's scores, the colours of tokens and what they say, and exports.
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "engine_bridge.h"
#include "exchange/exporter.h"
#include "infer/scoring.h"
#include "project_document.h"
#include "sample_models.h"
#include "theme.h"
#include "use/export_dialog.h"
#include "use/model_column.h"
#include "use/model_columns.h"
#include "use/score_view.h"
#include "use/token_text.h"
#include "use/use_page.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

double luminance(const QColor& color) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}
/// WCAG's: 4.5 is what text needs.
double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

class TestUseScore : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;
  QString first_, second_, other_, projected_;
  ProjectDocument document_;
  EngineBridge bridge_;

  fs::path at(const char* name) const { return fs::path(dir_.path().toStdString()) / name; }
  static void score(UsePage& page, const QString& text) {
    page.tabs()->setCurrentWidget(page.scores());
    page.scores()->text()->setPlainText(text);
    page.scores()->scoreButton()->click();
    QTRY_VERIFY_WITH_TIMEOUT(!page.scores()->columns()->isBusy(), 30'000);
  }
  static ModelColumn* column(const UsePage& page, const QString& source) {
    return page.scores()->columns()->columnOf(page.model(source));
  }

 private Q_SLOTS:
  void initTestCase() {
    QApplication::setStyle(QStringLiteral("Fusion"));
    QLocale::setDefault(QLocale::c());
    first_ = sample::writeModel(at("a.h5"), "first", {1});
    second_ = sample::writeModel(at("b.h5"), "second", {2});
    other_ = sample::writeModel(at("c.h5"), "other", {3, 64, false, 'j'});
    projected_ = sample::writeModel(at("pn.h5"), "projected", {4, 64, true});
  }

  void theScoreIsTheEngines() {
    UsePage page(&document_, &bridge_);
    page.use(first_);
    page.use(second_);
    QVERIFY(!page.scores()->scoreButton()->isEnabled());  // there is no text yet
    QString text;
    for (int i = 0; i < 40; ++i) text += i % 5 == 0 ? QStringLiteral(" 日本") : QStringLiteral("ab cd");
    score(page, text);
    std::map<double, QString> order;
    for (const QString& file : {first_, second_}) {
      const model::ModelBundle bundle = model::read_model(file.toStdString());
      const infer::Score expected =
          infer::score_texts(bundle.network, *bundle.tokenizer, {text.toStdString()}, "fp32").at(0);
      const ModelColumn* shown = column(page, file);
      const QString bits = QString::number(expected.bits_per_byte(), 'f', 4);
      QVERIFY2(shown->note().startsWith(bits + " bits per byte"), qPrintable(shown->note()));
      QCOMPARE(shown->text()->tokens().size(), static_cast<qsizetype>(expected.tokens));
      QCOMPARE(shown->text()->answer(), text);
      double sum = 0;
      for (const ShownToken& token : shown->text()->tokens()) sum += token.bits;
      QVERIFY(std::fabs(sum * std::log(2.0) - expected.nats) < 1e-6 * expected.nats);
      order[expected.bits_per_byte()] = shown->title();
    }
    const QString ranking = page.scores()->ranking();
    QVERIFY2(ranking.indexOf("1. " + order.begin()->second) > 0 && ranking.indexOf("2. " + order.rbegin()->second) > 0,
             qPrintable(ranking));
    QVERIFY2(ranking.contains("share a tokenizer"), qPrintable(ranking));
  }

  void otherTokenizersAreRankedByBitsPerByteOnly() {
    UsePage page(&document_, &bridge_);
    page.use(first_);
    page.use(other_);
    score(page, "ab cd fghij");
    QVERIFY2(page.scores()->ranking().contains("perplexities do not compare"), qPrintable(page.scores()->ranking()));
    // Of an expert that is no longer the chosen one nothing is said.
    page.use(projected_);
    score(page, "ab cd");
    QVERIFY(page.scores()->ranking().contains("3. "));
    page.model(projected_)->setExperts("1");
    QVERIFY2(!page.scores()->ranking().contains("3. "), qPrintable(page.scores()->ranking()));
  }

  void filesAreReadOrRefused() {
    ScoreView view;
    const auto write = [&](const char* name, const QByteArray& bytes) {
      const QString path = QString::fromStdString(at(name).string());
      QFile file(path);
      if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("no room for %s", name);
      return path;
    };
    view.readFile(write("text.txt", "eine Zeile\nä"));
    QTRY_COMPARE(view.text()->toPlainText(), QStringLiteral("eine Zeile\nä"));
    view.readFile(write("latin.txt", "\xe4\xf6"));
    QTRY_VERIFY(view.ranking().contains("not text in UTF-8"));
    view.readFile(write("large.txt", QByteArray(2 << 20, 'a')));
    QTRY_VERIFY(view.ranking().contains("more than"));
    view.readFile(QString::fromStdString(at("none.txt").string()));
    QTRY_VERIFY(view.ranking().contains("cannot be read"));
    QCOMPARE(view.text()->toPlainText(), QStringLiteral("eine Zeile\nä"));
  }

  void surpriseIsSeenAndSaid() {
    for (const QPalette& palette : {theme::lightPalette(), theme::darkPalette()}) {
      TokenText text;
      text.setPalette(palette);
      text.begin("go on:");
      QList<ShownToken> tokens;
      for (int bits = 0; bits < 20; ++bits) tokens.push_back({QString(" %1").arg(bits), double(bits), {}});
      tokens[3].candidates = {{"<b>", 0.5}, {" x", 0.25}};
      tokens.push_back({"rest", -1, {}});
      text.add(tokens);
      QColor before;
      for (int i = 0; i < 20; ++i) {
        const QColor ground = text.background(i);
        QVERIFY(ground.isValid());
        QVERIFY2(contrast(ground, theme::contrastText(ground)) > 4.5, qPrintable(ground.name()));
        if (i > 0 && i <= TokenText::kMostBits) QVERIFY(ground != before);
        before = ground;
      }
      QVERIFY(!text.background(20).isValid());
      const QString all = text.toPlainText();
      QCOMPARE(all.left(10), QStringLiteral("go on: 0 1"));
      QCOMPARE(text.tokenAt(3), -1);
      const int third = static_cast<int>(all.indexOf(" 3"));
      QCOMPARE(text.tokenAt(third), 3);
      QCOMPARE(text.tokenAt(third + 1), 3);
      const QString tip = text.tip(third);
      QVERIFY2(tip.contains("12.5") && tip.contains("3.00 bits") && tip.contains("&lt;b&gt;") && tip.contains("25.0"),
               qPrintable(tip));
      QVERIFY(text.tip(static_cast<int>(all.size()) - 1).isEmpty());
      text.setColoured(false);
      QVERIFY(!text.background(5).isValid());
      QVERIFY(!text.tip(third).isEmpty());  // the number is there without the colour
    }
  }

  void everyFormatIsWritten() {
    for (const exchange::Exporter& one : exchange::exporters()) {
      UsePage page(&document_, &bridge_);
      page.use(first_);
      UsedModel* model = page.model(first_);
      QTRY_VERIFY(model->about() != nullptr && !model->isBusy());
      ExportDialog dialog(model, "first");
      const int row = dialog.formats()->findData(QString::fromStdString(one.id));
      QVERIFY(row >= 0);
      dialog.formats()->setCurrentIndex(row);
      QCOMPARE(dialog.numbers()->count(), static_cast<int>(one.numbers.size()));
      QCOMPARE(dialog.place()->text().endsWith('.' + QString::fromStdString(one.id)), !one.folder);
      const fs::path out = at("out") / one.id;
      fs::create_directories(out.parent_path());
      dialog.place()->setText(QString::fromStdString(out.string()));
      QVERIFY(!dialog.showButton()->isEnabled());
      dialog.exportButton()->click();
      QTRY_VERIFY_WITH_TIMEOUT(dialog.showButton()->isEnabled(), 20'000);
      QVERIFY(fs::exists(out));
      QVERIFY2(dialog.answer().contains("Exact: ") || dialog.answer().contains("Near: "), qPrintable(dialog.answer()));
      dialog.exportButton()->click();  // what is there is never written over
      QTRY_VERIFY_WITH_TIMEOUT(dialog.answer().contains("already"), 20'000);
      QVERIFY(!dialog.showButton()->isEnabled());
    }
  }

  void aProjectedNetworkGoesWholeOrAsAnExpert() {
    UsePage page(&document_, &bridge_);
    page.use(projected_);
    UsedModel* model = page.model(projected_);
    QTRY_VERIFY(model->about() != nullptr && !model->isBusy());
    model->setExperts("1");
    for (const bool whole : {false, true}) {
      const QString out = QString::fromStdString(at(whole ? "whole.safetensors" : "small.safetensors").string());
      QSignalSpy exported(model, &UsedModel::exported);
      model->exportTo("safetensors", "f32", whole, out);
      QVERIFY(exported.wait(20'000));
      const auto end = qvariant_cast<ExportEnd>(exported.at(0).at(0));
      QVERIFY2(end.error.isEmpty() && !end.files.isEmpty(), qPrintable(end.error));
    }
    QVERIFY(fs::file_size(at("whole.safetensors")) > fs::file_size(at("small.safetensors")));
    QSignalSpy exported(model, &UsedModel::exported);
    model->exportTo("gguf", "f32", true, QString::fromStdString(at("whole.gguf").string()));
    QVERIFY(exported.wait(20'000));
    QVERIFY(!qvariant_cast<ExportEnd>(exported.at(0).at(0)).error.isEmpty());
  }
};

QTEST_MAIN(TestUseScore)
#include "test_use_score.moc"
