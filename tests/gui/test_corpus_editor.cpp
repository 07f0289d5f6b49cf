// SPDX-License-Identifier: GPL-3.0-or-later
// The form of a corpus: what is typed is what is stored, and comes back as it was typed.
#include <QComboBox>
#include <QLineEdit>
#include <QTest>

#include "pages/corpus_editor.h"
#include "project_document.h"
#include "project_template.h"

using namespace pantograph;

class TestCorpusEditor : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    project::Project project = newProject();
    project.corpora.resize(1);
    project.corpora[0].name = "law";
    project.corpora[0].paths = {"law"};
    document_ = std::make_unique<ProjectDocument>();
    document_->reset(project);
    editor_ = std::make_unique<CorpusEditor>(document_.get());
    editor_->setCorpus(0);
  }

  void patternsWithSpaces() {
    QLineEdit* const edit = with_tip("Quotation marks");
    QVERIFY(edit != nullptr);
    edit->setText("*.md \"[2024] data/old\" drafts/**");
    Q_EMIT edit->editingFinished();
    const std::vector<std::string> expected = {"*.md", "[2024] data/old", "drafts/**"};
    QVERIFY(corpus().exclude == expected);
    QCOMPARE(edit->text(), QString("*.md \"[2024] data/old\" drafts/**"));
    Q_EMIT edit->editingFinished();
    QVERIFY(corpus().exclude == expected);
    document_->undoStack()->undo();
    QVERIFY(corpus().exclude.empty());
    QCOMPARE(edit->text(), QString());
  }

  void quotationMarksInNames() {
    document_->change("edit", [](project::Project& project) { project.corpora[0].exclude = {"a\"b", "c \"d\""}; });
    QLineEdit* const edit = with_tip("Quotation marks");
    Q_EMIT edit->editingFinished();
    const std::vector<std::string> expected = {"a\"b", "c \"d\""};
    QVERIFY(corpus().exclude == expected);
  }

  void fieldAndEncoding() {
    QLineEdit *const field = with_tip("Of records"), *const encoding = with_tip("not UTF-8");
    QCOMPARE(field->text(), QString("text"));
    field->setText("{question}\\n{answer}");
    Q_EMIT field->editingFinished();
    encoding->setText(" windows-1252 ");
    Q_EMIT encoding->editingFinished();
    QCOMPARE(corpus().text_field, std::string("{question}\\n{answer}"));
    QCOMPARE(corpus().encoding, std::string("windows-1252"));
    field->clear();
    Q_EMIT field->editingFinished();
    QCOMPARE(field->text(), QString("text"));
    QCOMPARE(document_->undoStack()->count(), 3);
  }

  void nearCopies() {
    QComboBox* box = nullptr;
    for (QComboBox* one : editor_->findChildren<QComboBox*>()) {
      if (one->accessibleName() == QLatin1String("Near-copies")) box = one;
    }
    QVERIFY(box != nullptr);
    QCOMPARE(box->currentData().toString(), QString("report"));
    for (const char* what : {"drop", "keep"}) {
      box->setCurrentIndex(box->findData(QString(what)));
      Q_EMIT box->activated(box->currentIndex());
      QCOMPARE(corpus().near_duplicates, std::string(what));
    }
    document_->undoStack()->undo();
    QCOMPARE(box->currentData().toString(), QString("drop"));
  }

 private:
  const project::CorpusSpec& corpus() const { return document_->project().corpora[0]; }
  QLineEdit* with_tip(const QString& words) const {
    for (QLineEdit* edit : editor_->findChildren<QLineEdit*>()) {
      if (edit->toolTip().contains(words)) return edit;
    }
    return nullptr;
  }

  std::unique_ptr<ProjectDocument> document_;
  std::unique_ptr<CorpusEditor> editor_;
};

QTEST_MAIN(TestCorpusEditor)
#include "test_corpus_editor.moc"
