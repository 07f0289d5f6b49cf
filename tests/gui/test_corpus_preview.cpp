// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are dropped, and a corpus that is there: what the preview shows, asks and leaves in the project.
#include <QComboBox>
#include <QElapsedTimer>
#include <QFile>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPointer>
#include <QProgressBar>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>
#include <QUndoStack>

#include "corpus/document.h"
#include "pages/data_page.h"
#include "preview_dialog.h"
#include "project/project_file.h"
#include "project_template.h"
#include "sample_views.h"
#include "theme.h"

using namespace pantograph;

class TestCorpusPreview : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { corpus::register_built_in_readers(); }
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    pages_ = std::make_unique<sample::Pages>(newProject());
    page_ = std::make_unique<DataPage>(&pages_->document, &pages_->bridge);
    page_->resize(1100, 700);
    page_->show();
    QVERIFY(QTest::qWaitForWindowExposed(page_.get()));
  }
  void cleanup() { page_.reset(); }

  void aFileIsShownAndAdded() {
    const QString file = put("web.txt",
                             "A page.\x01\x1b[31m \xE2\x80\xAE"
                             "desrever\n");
    dropAndAdd(page_.get(), {file}, [](CorpusPreviewDialog* dialog) {
      QVERIFY(dialog->findChildren<QRadioButton*>().isEmpty());  // nothing to ask
      QCOMPARE(named<QComboBox>(dialog, "Reader")->currentText(), QString("Plain text"));
      QVERIFY(!named<QComboBox>(dialog, "Text field")->isEnabled());
      QVERIFY(named<QComboBox>(dialog, "Encoding")->isEnabled());
      QCOMPARE(named<QListWidget>(dialog, "First documents")->item(0)->text(), QString("web.txt  (26 B)"));
      QCOMPARE(named<QPlainTextEdit>(dialog, "Text of the document")->toPlainText(),
               QString::fromUtf8("A page.␁␛[31m \uFFFD"
                                 "desrever\n"));
      QVERIFY(left_out(dialog).startsWith("1 document of 1 file"));
    });
    QCOMPARE(corpora().size(), 1U);
    QCOMPARE(corpora()[0].name, std::string("web"));
    QVERIFY(corpora()[0].role == project::Role::generic);  // the first one
    QVERIFY(project().specialization.domains.empty());
    QCOMPARE(corpora()[0].paths, std::vector<std::string>{file.toStdString()});
  }

  void severalFilesAreADomainEach() {
    QVERIFY(QDir(folder_->path()).mkpath("more"));
    const QStringList files = {put("law.txt", "The court."), put("care.md", "The nurse."),
                               put("more/law.csv", "text,n\nA row,1\n")};
    const int steps = pages_->document.undoStack()->count();
    dropAndAdd(page_.get(), files, [](CorpusPreviewDialog* dialog) {
      QCOMPARE(named<QListWidget>(dialog, "First documents")->count(), 3);  // as text, all of them
      check(dialog, "One domain for each");
      QVERIFY(answered(dialog));
      QCOMPARE(named<QListWidget>(dialog, "First documents")->count(), 1);
      named<QComboBox>(dialog, "File that is shown")->setCurrentIndex(2);
      QVERIFY(answered(dialog));
      QCOMPARE(named<QComboBox>(dialog, "Reader")->currentText(), QString("CSV and TSV tables"));
      QCOMPARE(named<QPlainTextEdit>(dialog, "Text of the document")->toPlainText(), QString("A row"));
    });
    QCOMPARE(pages_->document.undoStack()->count(), steps + 1);
    QCOMPARE(corpora().size(), 3U);
    const std::vector<std::string> names = {"law", "care", "law-2"};
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(corpora()[i].name, names[i]);
      QVERIFY(corpora()[i].role == project::Role::domain);
      QCOMPARE(corpora()[i].reader, std::string(i == 2 ? "csv" : "text"));
    }
    QCOMPARE(project().specialization.domains, names);
    pages_->document.undoStack()->undo();
    QVERIFY(corpora().empty() && project().specialization.domains.empty());
  }

  void severalFilesAreOneCorpus() {
    QVERIFY(QDir(folder_->path()).mkpath("court"));
    const QStringList files = {put("court/a.txt", "The court."), put("court/b.txt", "The judge.")};
    dropAndAdd(page_.get(), files, [](CorpusPreviewDialog* dialog) {
      check(dialog, "One domain for each");  // there and back
      check(dialog, "One corpus of all");
      QCOMPARE(named<QComboBox>(dialog, "Role")->currentIndex(), 0);
    });
    QCOMPARE(corpora().size(), 1U);
    QCOMPARE(corpora()[0].name, std::string("court"));
    QCOMPARE(corpora()[0].paths.size(), 2U);
    QVERIFY(corpora()[0].role == project::Role::generic);
  }

  void theTextFieldIsChosen() {
    const QString file = put("news.jsonl",
                             "{\"id\":7,\"content\":\"The first.\",\"meta\":{\"title\":\"One\",\"n\":1}}\n"
                             "{\"content\":\"The second.\",\"meta\":{\"title\":\"Two\"}}\n");
    dropAndAdd(page_.get(), {file}, [](CorpusPreviewDialog* dialog) {
      const auto* state = named<QLabel>(dialog, "What would be taken");
      QVERIFY2(state->text().startsWith("No document would be taken"), qPrintable(state->text()));
      QVERIFY2(left_out(dialog).contains("no field \"text\""), qPrintable(left_out(dialog)));
      auto* field = named<QComboBox>(dialog, "Text field");
      QCOMPARE(items(field), QStringList({"content", "meta.title"}));
      QTest::keyClicks(field->lineEdit(), "x");  // another question, which the next one takes the place of
      field->lineEdit()->selectAll();
      QTest::keyClicks(field->lineEdit(), "{meta.title}: {content}");
      const auto* text = named<QPlainTextEdit>(dialog, "Text of the document");
      QTRY_COMPARE(text->toPlainText(), QString("One: The first."));
      field->lineEdit()->selectAll();
      QTest::keyClicks(field->lineEdit(), "{content");  // what is wrong with it is said
      QTRY_VERIFY2(left_out(dialog).contains("a { without its }"), qPrintable(left_out(dialog)));
      QCOMPARE(named<QListWidget>(dialog, "First documents")->count(), 0);
      QCOMPARE(items(field).size(), 2);
      field->setCurrentIndex(0);
      Q_EMIT field->activated(0);
      QTRY_COMPARE(text->toPlainText(), QString("The first."));
      QCOMPARE(named<QListWidget>(dialog, "First documents")->item(1)->text(), QString("news.jsonl:2  (11 B)"));
    });
    QCOMPARE(corpora()[0].reader, std::string("jsonl"));
    QCOMPARE(corpora()[0].text_field, std::string("content"));
    QVERIFY(corpora()[0].encoding.empty());
  }

  void whatIsLeftOutIsSaid() {
    put("a.txt", "One.");
    put("b.txt", "One.");
    put("c.txt", " \n");
    put("d.csv", "text\nx\n");
    put("e.pdf", "%PDF");
    drop(page_.get(), {folder_->path()});
    CorpusPreviewDialog* const dialog = openPreview();
    QVERIFY(dialog != nullptr && answered(dialog));
    for (const char* part : {"1 document of 3 files", "duplicate (1):", "empty (1):\n", "c.txt", ".pdf: 1\n",
                             ".csv: 1, for the reader “CSV and TSV tables”"})
      QVERIFY2(left_out(dialog).contains(QString::fromUtf8(part)), qPrintable(left_out(dialog)));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QVERIFY(!dialog->isVisible() && corpora().empty());
  }

  void whatCannotBeReadIsSaidInWords() {
    std::string noise;
    for (unsigned i = 0, state = 5; i < 5000; ++i) noise += static_cast<char>((state = state * 1664525u + 7) >> 24);
    QFile garbage(folder_->filePath("garbage.parquet"));
    QVERIFY(garbage.open(QFile::WriteOnly) && garbage.write(noise.data(), 5000) == 5000);
    garbage.close();
    const QString gone = folder_->filePath("gone.txt");
    drop(page_.get(), {garbage.fileName()});
    CorpusPreviewDialog* dialog = openPreview();
    QVERIFY(dialog != nullptr && answered(dialog));
    QVERIFY2(left_out(dialog).contains("is not a Parquet file"), qPrintable(left_out(dialog)));
    auto* reader = named<QComboBox>(dialog, "Reader");  // another reader calls it what it is
    reader->setCurrentIndex(reader->findText("Plain text"));
    Q_EMIT reader->activated(reader->currentIndex());
    QVERIFY(answered(dialog));
    QVERIFY2(left_out(dialog).contains("binary (1):"), qPrintable(left_out(dialog)));
    QTest::keyClick(dialog, Qt::Key_Escape);
    dropAndAdd(page_.get(), {gone}, [](CorpusPreviewDialog* shown) {  // may come later
      QVERIFY2(left_out(shown).contains("no file matches"), qPrintable(left_out(shown)));
    });
    QCOMPARE(corpora()[0].name, std::string("gone"));
  }

  void aCorpusIsLookedAtAsItIsSet() {
    put("old.txt", "caf\xE9 cr\xE8me");
    pages_->document.change("add", [&](project::Project& now) {
      now.corpora.push_back({});
      now.corpora[0].name = "old";
      now.corpora[0].paths = {folder_->filePath("*.txt").toStdString()};
      now.corpora[0].max_documents = 7;
    });
    const int steps = pages_->document.undoStack()->count();
    page_->table()->selectRow(0);
    click(page_->tabs(), "Preview");
    CorpusPreviewDialog* dialog = openPreview();
    QVERIFY(dialog != nullptr && answered(dialog));
    QVERIFY2(left_out(dialog).contains("not UTF-8"), qPrintable(left_out(dialog)));
    auto* encoding = named<QComboBox>(dialog, "Encoding");
    encoding->setFocus();
    QTest::keyClicks(encoding->lineEdit(), "latin-7");
    QTRY_VERIFY2(left_out(dialog).contains("latin-7"), qPrintable(left_out(dialog)));
    encoding->lineEdit()->selectAll();
    QTest::keyClicks(encoding->lineEdit(), "windows-1252");
    QTRY_COMPARE(named<QPlainTextEdit>(dialog, "Text of the document")->toPlainText(), QString::fromUtf8("café crème"));
    QTest::keyClick(encoding->lineEdit(), Qt::Key_Return);
    QVERIFY(!dialog->isVisible());
    QCOMPARE(corpora()[0].encoding, std::string("windows-1252"));
    QCOMPARE(corpora()[0].max_documents, 7U);
    QCOMPARE(pages_->document.undoStack()->count(), steps + 1);
    click(page_->tabs(), "Preview");  // nothing is changed: nothing to undo
    QTRY_VERIFY(openPreview() != nullptr && openPreview() != dialog);
    dialog = openPreview();
    QVERIFY(answered(dialog));
    click(dialog, "OK");
    QCOMPARE(pages_->document.undoStack()->count(), steps + 1);
  }

  /// A table of 300 MB in which every row is left out.
  void aLongReadIsCancelled() {
    const QString file = folder_->filePath("large.csv");
    {
      QFile large(file);
      QVERIFY(large.open(QFile::WriteOnly) && large.write("a,b\n") == 4);
      QByteArray block;
      while (block.size() < (1 << 20)) block += "1,2\n";
      for (int i = 0; i < 300; ++i) QCOMPARE(large.write(block), block.size());
    }
    drop(page_.get(), {file});
    const QPointer<CorpusPreviewDialog> dialog = openPreview();
    QVERIFY(dialog != nullptr);
    const auto* busy = named<QProgressBar>(dialog, "Reading");
    QTest::qWait(200);
    QVERIFY2(busy->isVisible(), "it was read too fast for this test");
    QElapsedTimer clock;
    clock.start();
    auto* reader = named<QComboBox>(dialog, "Reader");  // a newer question is answered beside it
    reader->setCurrentIndex(reader->findText("Plain text"));
    Q_EMIT reader->activated(reader->currentIndex());
    QVERIFY(answered(dialog));
    QVERIFY(named<QListWidget>(dialog, "First documents")->count() > 0);
    const auto* state = named<QLabel>(dialog, "What would be taken");
    QVERIFY2(state->text().contains("there may be more"), qPrintable(state->text()));
    QVERIFY(named<QPlainTextEdit>(dialog, "Text of the document")->toPlainText().contains("more, which are not shown"));
    qInfo("answered after %lld ms", clock.elapsed());
    reader->setCurrentIndex(reader->findText("CSV and TSV tables"));
    Q_EMIT reader->activated(reader->currentIndex());
    QTest::qWait(100);
    QVERIFY(busy->isVisible());
    clock.restart();
    QTest::keyClick(dialog, Qt::Key_Escape);
    QTRY_VERIFY(dialog.isNull());
    page_.reset();
    auto* threads = qApp->findChild<QThreadPool*>();
    QVERIFY(threads != nullptr && threads->waitForDone(1000));  // nobody reads on
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
  }

  void fitsAndShows_data() {
    QTest::addColumn<int>("points");
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << 10 << false;
    QTest::newRow("dark") << 10 << true;
    QTest::newRow("large") << 18 << false;
  }
  void fitsAndShows() {
    QFETCH(int, points);
    QFETCH(bool, dark);
    const QFont before = QApplication::font();
    QFont font = before;
    font.setPointSize(points);
    QApplication::setFont(font);
    theme::apply(dark ? theme::Choice::dark : theme::Choice::light);
    const QStringList files = {put("a.jsonl", "{\"text\":\"One.\"}\n"), put("b.jsonl", "{\"body\":\"Two.\"}\n")};
    drop(page_.get(), files);
    CorpusPreviewDialog* const dialog = openPreview();
    QVERIFY(dialog != nullptr && answered(dialog));
    QVERIFY2(
        dialog->minimumSizeHint().width() <= 1280 && dialog->minimumSizeHint().height() <= 760,
        qPrintable(
            QStringLiteral("%1 × %2").arg(dialog->minimumSizeHint().width()).arg(dialog->minimumSizeHint().height())));
    QTest::qWait(60);
    QVERIFY(sample::inked(*dialog) > 500);
    // Tab reaches everything and comes round.
    QStringList reached;
    dialog->activateWindow();
    for (int i = 0; i < 20; ++i) {
      const QWidget* at = QApplication::focusWidget();
      QVERIFY(at != nullptr);
      const QString name = at->accessibleName().isEmpty() ? at->property("text").toString() : at->accessibleName();
      if (reached.contains(name)) break;
      reached << name;
      QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    QVERIFY2(reached.size() >= 9, qPrintable(reached.join(", ")));
    if (const QString to = qEnvironmentVariable("PANTOGRAPH_SCREENSHOTS"); !to.isEmpty())
      QVERIFY(dialog->grab().save(QStringLiteral("%1/preview-%2.png").arg(to, QLatin1String(QTest::currentDataTag()))));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QApplication::setFont(before);
    theme::apply(theme::Choice::light);
  }

 private:
  QString put(const QString& name, const std::string& content) {
    QFile file(folder_->filePath(name));
    if (!file.open(QFile::WriteOnly) || file.write(content.data(), static_cast<qint64>(content.size())) < 0)
      qFatal("cannot write %s", qPrintable(name));
    return file.fileName();
  }
  static QString left_out(CorpusPreviewDialog* dialog) {
    return named<QPlainTextEdit>(dialog, "What would be taken and left out")->toPlainText();
  }
  static QStringList items(const QComboBox* combo) {
    QStringList out;
    for (int i = 0; i < combo->count(); ++i) out << combo->itemText(i);
    return out;
  }
  const project::Project& project() const { return pages_->document.project(); }
  const std::vector<project::CorpusSpec>& corpora() const { return project().corpora; }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<sample::Pages> pages_;
  std::unique_ptr<DataPage> page_;
};

QTEST_MAIN(TestCorpusPreview)
#include "test_corpus_preview.moc"
