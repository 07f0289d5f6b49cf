// SPDX-License-Identifier: GPL-3.0-or-later
// A project saved over a hand-written file: only what differs is changed, whatever form it is written in. Random edits
// are in test_project_edit_random.cpp.
#include <QTemporaryDir>
#include <QtTest>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "project/project_file.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

using Edit = std::function<void(project::Project&)>;

const char* const kNets = "[network.small]\nwidth = 64\n\n[network.pn]\nsmall = \"small\"\n";

project::MethodSpec plain(const std::string& name, const std::string& network) {
  project::MethodSpec method;
  method.name = name;
  method.kind = "slm";
  method.network = network;
  return method;
}

project::Project parse(const std::string& text) {
  return project::parse_project(text, "p.pantograph");
}

}  // namespace

class TestProjectEdit : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void nothingDiffersNothingChanges_data();
  void nothingDiffersNothingChanges();
  void edits_data();
  void edits();
  void partsWithoutAPlaceAreWrittenAnew();
  void textThatIsNoProject();
  void savingEditsTheFile();

 private:
  std::map<QString, Edit> edits_;
};

void TestProjectEdit::nothingDiffersNothingChanges_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::newRow("odd spacing") << QByteArray("# top\nschema=1 # version\n   name   =  'x'\n\n\n#end");
  QTest::newRow("CRLF") << QByteArray("schema = 1\r\nname = \"x\"\r\n\r\n[tokenizer]\r\nvocabulary = 100\r\n");
  QTest::newRow("byte order mark") << QByteArray("\xef\xbb\xbfschema = 1\n");
  QTest::newRow("dotted") << QByteArray("schema = 1\ntokenizer.vocabulary = 100 # a\nnetwork.s.width = 128\n");
  QTest::newRow("braces") << QByteArray("schema = 1\nnetwork = { b = { layers = 3 }, a = { layers = 4 } }\n");
}

void TestProjectEdit::nothingDiffersNothingChanges() {
  QFETCH(QByteArray, text);
  QCOMPARE(QByteArray::fromStdString(project::edit_project(text.toStdString(), parse(text.toStdString()))), text);
}

void TestProjectEdit::edits_data() {
  QTest::addColumn<QByteArray>("before");
  QTest::addColumn<QByteArray>("after");
  edits_.clear();
  const auto row = [this](const char* name, const std::string& before, const Edit& edit, const std::string& after) {
    QTest::newRow(name) << QByteArray::fromStdString(before) << QByteArray::fromStdString(after);
    edits_[name] = edit;
  };
  const std::string nets = kNets;

  // values
  row(
      "value beside a comment", "schema = 1\nseed =   7   # of all\nname = 'x'\n",
      [](project::Project& p) { p.seed = 8; }, "schema = 1\nseed =   8   # of all\nname = 'x'\nseeds = [7]\n");
  row(
      "seed and its seeds", "schema = 1\nseed = 7\n", [](project::Project& p) { p.seed = 8, p.seeds = {8}; },
      "schema = 1\nseed = 8\n");
  row(
      "back to the default", "schema = 1\n[tokenizer]\nvocabulary = 100 # few\n",
      [](project::Project& p) { p.tokenizer.vocabulary = 4096; }, "schema = 1\n[tokenizer]\nvocabulary = 4096 # few\n");
  row(
      "plain counts stay plain", "schema = 1\nevaluation_tokens = 100000\n",
      [](project::Project& p) { p.evaluation_tokens = 300'000; }, "schema = 1\nevaluation_tokens = 300000\n");
  row(
      "marks between digits stay", "schema = 1\nevaluation_tokens = 100_000\n",
      [](project::Project& p) { p.evaluation_tokens = 2'500'000; }, "schema = 1\nevaluation_tokens = 2_500_000\n");
  row(
      "an expert's number stays one", "schema = 1\n[specialization]\nselection = 3\n",
      [](project::Project& p) { p.specialization.selection = "4"; }, "schema = 1\n[specialization]\nselection = 4\n");
  row(
      "a word for a number", "schema = 1\n[specialization]\nselection = 3 # third\n",
      [](project::Project& p) { p.specialization.selection = "frequent"; },
      "schema = 1\n[specialization]\nselection = \"frequent\" # third\n");
  row(
      "text of several lines", "schema = 1\nname = \"\"\"a\n# no comment\n\"\"\" # one\n[tokenizer]\nvocabulary = 99\n",
      [](project::Project& p) { p.name = "b"; }, "schema = 1\nname = \"b\" # one\n[tokenizer]\nvocabulary = 99\n");
  row(
      "text with quotes, hashes, brackets", "schema = 1\nname = 'a # \"[b' # one\n",
      [](project::Project& p) { p.seed = 9, p.seeds = {9}; }, "schema = 1\nname = 'a # \"[b' # one\nseed = 9\n");

  // keys that were not there
  row(
      "a key of a table", "schema = 1\n[tokenizer]\n  vocabulary = 100 # few\n# rest\n\n[clustering]\nclusters = 3\n",
      [](project::Project& p) { p.tokenizer.algorithm = "bpe"; },
      "schema = 1\n[tokenizer]\n  vocabulary = 100 # few\n  algorithm = \"bpe\"\n# rest\n\n[clustering]\nclusters = "
      "3\n");
  row(
      "a key of an empty table", "schema = 1\n[tokenizer] # all as it is\n[clustering]\nclusters = 3\n",
      [](project::Project& p) { p.tokenizer.vocabulary = 100; },
      "schema = 1\n[tokenizer] # all as it is\nvocabulary = 100\n[clustering]\nclusters = 3\n");
  row(
      "a key of the top", "# hello\nschema = 1\n\n# tokens\n[tokenizer]\nvocabulary = 100\n",
      [](project::Project& p) { p.evaluation_tokens = 5; },
      "# hello\nschema = 1\nevaluation_tokens = 5\n\n# tokens\n[tokenizer]\nvocabulary = 100\n");
  row(
      "a key of a dotted table", "schema = 1\ntokenizer.vocabulary = 100\nseed = 7\n",
      [](project::Project& p) { p.tokenizer.algorithm = "bpe"; },
      "schema = 1\ntokenizer.vocabulary = 100\ntokenizer.algorithm = \"bpe\"\nseed = 7\n");
  row(
      "a key in braces", "schema = 1\ntokenizer = { vocabulary = 100 } # t\n",
      [](project::Project& p) { p.tokenizer.algorithm = "bpe"; },
      "schema = 1\ntokenizer = { vocabulary = 100, algorithm = \"bpe\" } # t\n");
  row(
      "a key in empty braces", "schema = 1\ntokenizer = {}\n",
      [](project::Project& p) { p.tokenizer.algorithm = "bpe"; }, "schema = 1\ntokenizer = { algorithm = \"bpe\" }\n");
  row(
      "a file that ends without a line end", "schema = 1", [](project::Project& p) { p.name = "x"; },
      "schema = 1\nname = \"x\"\n");
  row(
      "CRLF", "schema = 1\r\n[tokenizer]\r\nvocabulary = 100\r\n",
      [](project::Project& p) { p.tokenizer.algorithm = "bpe", p.clustering.clusters = 3; },
      "schema = 1\r\n[tokenizer]\r\nvocabulary = 100\r\nalgorithm = \"bpe\"\r\n\r\n[clustering]\r\nclusters = 3\r\n");
  row(
      "a new section in its place", "schema = 1\n\n# last\n[specialization]\npatience = 3\n",
      [](project::Project& p) { p.tokenizer.vocabulary = 100; },
      "schema = 1\n\n[tokenizer]\nvocabulary = 100\n\n# last\n[specialization]\npatience = 3\n");

  // nested tables
  const std::string method = "schema = 1\n" + nets + "\n[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n";
  row(
      "a generic phase in braces", method + "generic = { rate = 5e-4 } # slow\n",
      [](project::Project& p) { p.methods[0].generic.rate = 2e-3, p.methods[0].generic.warmup = 5; },
      method + "generic = { rate = 0.002, warmup = 5 } # slow\n");
  row(
      "a generic phase of its own header", method + "\n[method.generic]\nrate = 5e-4 # slow\n",
      [](project::Project& p) { p.methods[0].generic.rate = 2e-3, p.methods[0].generic.warmup = 5; },
      method + "\n[method.generic]\nrate = 0.002 # slow\nwarmup = 5\n");
  row(
      "a generic phase by dotted keys", method + "generic.rate = 5e-4 # slow\nrate_factor = 0.5\n",
      [](project::Project& p) { p.methods[0].generic.rate = 2e-3, p.methods[0].generic.warmup = 5; },
      method + "generic.rate = 0.002 # slow\ngeneric.warmup = 5\nrate_factor = 0.5\n");
  row(
      "a generic phase that was not there", method, [](project::Project& p) { p.methods[0].generic.warmup = 5; },
      method + "generic = { warmup = 5 }\n");

  // lists
  const std::string corpus = "schema = 1\n[[corpus]]\nname = 'a'\n";
  row(
      "a list of one line", corpus + "paths = ['x', 'y'] # two\n",
      [](project::Project& p) {
        p.corpora[0].paths = {"x", "z", "y"};
      },
      corpus + "paths = ['x', \"z\", 'y'] # two\n");
  row(
      "a list of lines",
      corpus + "paths = [\n  'x',  # first\n  # of 2020\n  'y',  # second\n  'z'  # third\n] # all\n",
      [](project::Project& p) {
        p.corpora[0].paths = {"y", "z", "w"};
      },
      corpus + "paths = [\n  # of 2020\n  'y',  # second\n  'z',  # third\n  \"w\",\n] # all\n");
  row(
      "the first of a list of lines", corpus + "paths = [\n\t'x', # first\n]\n",
      [](project::Project& p) {
        p.corpora[0].paths = {"w", "x"};
      },
      corpus + "paths = [\n\t\"w\",\n\t'x', # first\n]\n");
  row(
      "the last of a list", corpus + "paths = ['x', 'y',]\n", [](project::Project& p) { p.corpora[0].paths = {"x"}; },
      corpus + "paths = ['x',]\n");
  row(
      "all of a list", corpus + "paths = ['x']\n", [](project::Project& p) { p.corpora[0].paths.clear(); },
      corpus + "paths = []\n");
  row(
      "an empty list", corpus + "paths = []\n",
      [](project::Project& p) {
        p.corpora[0].paths = {"x", "y"};
      },
      corpus + "paths = [\"x\", \"y\"]\n");
  row(
      "one size more", "schema = 1\n[specialization]\ntokens = [100000, \"1M\"]\n",
      [](project::Project& p) {
        p.specialization.tokens = {100'000, 500'000, 1'000'000};
      },
      "schema = 1\n[specialization]\ntokens = [100000, \"500k\", \"1M\"]\n");

  // tables of a list
  const std::string
      a = "# A, the plain one\n[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n",
      b = "# B, projected\n[[method]]\nkind = \"slm-pn\"\nnetwork = \"pn\"\n[method.generic]\nrate = 0.5\n",
      top = "schema = 1\n" + nets, tail = "# --- the rest ---\n\n# S\n[specialization]\npatience = 3\n";
  row(
      "a method goes with its comments", top + "\n" + a + "\n" + b + "\n" + tail,
      [](project::Project& p) { p.methods.erase(p.methods.begin()); }, top + "\n" + b + "\n" + tail);
  row(
      "the last method goes", top + "\n" + a + "\n" + b, [](project::Project& p) { p.methods.pop_back(); },
      top + "\n" + a);
  row(
      "a method is added behind the others", top + "\n" + a + "\n" + tail,
      [](project::Project& p) {
        p.methods.push_back(p.methods[0]);
        p.methods[1].name = "second";
        p.methods[1].generic.warmup = 3, p.methods[1].rate_factor = 2;
      },
      top + "\n" + a +
          "\n[[method]]\nname = \"second\"\nkind = \"slm\"\nnetwork = \"small\"\nrate_factor = 2.0\n"
          "generic = { warmup = 3 }\n\n" +
          tail);
  row(
      "a method is added before the others", top + "\n" + a,
      [](project::Project& p) {
        p.methods.insert(p.methods.begin(), p.methods[0]);
        p.methods[0].name = "first";
        p.methods[0].generic.warmup = 3, p.methods[0].rate_factor = 2;
      },
      top +
          "\n[[method]]\nname = \"first\"\nkind = \"slm\"\nnetwork = \"small\"\nrate_factor = 2.0\n"
          "generic = { warmup = 3 }\n\n" +
          a);
  row(
      "the first method", top, [](project::Project& p) { p.methods.push_back(plain("slm", "small")); },
      top + "\n[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n");
  row(
      "methods change places", top + "\n" + a + "\n# between\n\n" + b,
      [](project::Project& p) { std::swap(p.methods[0], p.methods[1]); }, top + "\n" + b + "\n# between\n\n" + a);
  row(
      "a method that has its kind's name gets its own", top + "\n" + a + "\n" + b,
      [](project::Project& p) { p.methods[0].name = "plain"; }, top + "\n" + a + "name = \"plain\"\n\n" + b);
  row(
      "a method that has its kind's name changes kind", top + "\n" + a,
      [](project::Project& p) { p.methods[0].kind = "llm"; },
      top + "\n# A, the plain one\n[[method]]\nkind = \"llm\"\nnetwork = \"small\"\nname = \"slm\"\n");
  row(
      "a corpus is renamed", "schema = 1\n# c\n[[corpus]]\nname = 'a' # n\npaths = ['x']\n",
      [](project::Project& p) { p.corpora[0].name = "b"; },
      "schema = 1\n# c\n[[corpus]]\nname = \"b\" # n\npaths = ['x']\n");

  // networks
  row(
      "a network is renamed", "schema = 1\n[network. small ] # s\nwidth = 128\n[network.pn]\nsmall = 'small'\n",
      [](project::Project& p) { p.small[0].name = "tiny", p.projected[0].small = "tiny"; },
      "schema = 1\n[network. tiny ] # s\nwidth = 128\n[network.pn]\nsmall = \"tiny\"\n");
  row(
      "a dotted network is renamed", "schema = 1\nnetwork.s.width = 128\nnetwork.s.heads = 2 # two\n",
      [](project::Project& p) { p.small[0].name = "tiny"; },
      "schema = 1\nnetwork.tiny.width = 128\nnetwork.tiny.heads = 2 # two\n");
  row(
      "a network is added among both sorts", top,
      [](project::Project& p) {
        p.small.push_back({"big", 3, 128, 8, 0, 64});
      },
      "schema = 1\n[network.small]\nwidth = 64\n\n[network.big]\nlayers = 3\nwidth = 128\nheads = 8\ncontext = 64\n\n"
      "[network.pn]\nsmall = \"small\"\n");
  row(
      "networks change places", "schema = 1\n# a\n[network.a]\n\n# b\n[network.b]\nheads = 2\n",
      [](project::Project& p) { std::swap(p.small[0], p.small[1]); },
      "schema = 1\n# b\n[network.b]\nheads = 2\n\n# a\n[network.a]\n");
  row(
      "sections in another order", "schema = 1\n[specialization]\npatience = 3\n[tokenizer]\nvocabulary = 99\n",
      [](project::Project& p) { p.specialization.patience = 4, p.tokenizer.vocabulary = 98; },
      "schema = 1\n[specialization]\npatience = 4\n[tokenizer]\nvocabulary = 98\n");
}

void TestProjectEdit::edits() {
  QFETCH(QByteArray, before);
  QFETCH(QByteArray, after);
  project::Project project = parse(before.toStdString());
  edits_.at(QTest::currentDataTag())(project);
  const std::string edited = project::edit_project(before.toStdString(), project);
  QVERIFY2(edited == after.toStdString(), ("\n" + edited + "\n--- instead of\n" + after.toStdString()).c_str());
  QVERIFY(parse(edited) == project);
}

// Braces and brackets have no place for a table more; what is outside of that section keeps its comments.
void TestProjectEdit::partsWithoutAPlaceAreWrittenAnew() {
  const std::string before =
      "# top\nschema = 1\nnetwork = { a = { layers = 3 } } # nets\n# methods\nmethod = [ { kind = 'slm', network = 'a' "
      "} "
      "]\n# tokens\n[tokenizer]\nvocabulary = 99 # few\n";
  project::Project project = parse(before);
  project.small.push_back({"b"});
  project.methods.push_back(plain("second", "b"));
  project.tokenizer.vocabulary = 100;
  const std::string edited = project::edit_project(before, project);
  QVERIFY2(parse(edited) == project, edited.c_str());
  for (const char* kept : {"# top\n", "# tokens\n", "vocabulary = 100 # few\n"}) {
    QVERIFY2(edited.find(kept) != std::string::npos, edited.c_str());
  }
}

void TestProjectEdit::textThatIsNoProject() {
  project::Project project = parse("schema = 1\nname = \"mine\"\n");
  for (const char* text : {"", "schema = = 1\n", "schema = 1\nclusterz = 3\n", "schema = 99\n", "\xff\xfe"}) {
    QCOMPARE(project::edit_project(text, project), project::format_project(project));
  }
}

void TestProjectEdit::savingEditsTheFile() {
  QTemporaryDir dir;
  const fs::path file = fs::path(dir.path().toStdString()) / "p.pantograph";
  const std::string text = "# mine\nschema = 1\nname = 'x' # title\n";
  write_atomically(file, text);
  project::Project project = project::load_project(file);
  project.name = "y";
  project::save_project(project, file);
  QCOMPARE(read_file(file), std::string("# mine\nschema = 1\nname = \"y\" # title\n"));
  const fs::path other = fs::path(dir.path().toStdString()) / "q.pantograph";  // "Save as"
  project.file = other;
  project::save_project(project, other, text);
  QCOMPARE(read_file(other), std::string("# mine\nschema = 1\nname = \"y\" # title\n"));
}

QTEST_GUILESS_MAIN(TestProjectEdit)
#include "test_project_edit.moc"
