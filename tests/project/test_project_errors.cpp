// SPDX-License-Identifier: GPL-3.0-or-later
// Projects that are refused: each names file, line, key, what was found and what was expected.
#include <QTemporaryDir>
#include <QtTest>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "project/project_file.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

constexpr int kDamagedTexts = 1500;
const char* const kHead = "schema = 1\nname = \"x\"\n";
const char* const kNetworks =
    "[network.small]\nwidth = 64\nheads = 4\ncontext = 128\n[network.pn]\nsmall = \"small\"\n";

}  // namespace

class TestProjectErrors : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void refused_data();
  void refused();
  void rulesWithoutAFile();
  void filesThatCannotBeRead();
  void damagedTextNeverCrashes();
};

void TestProjectErrors::refused_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("message");
  const auto row = [](const char* name, const std::string& text, const char* message) {
    QTest::newRow(name) << QString::fromUtf8(text.c_str(), static_cast<int>(text.size())) << QString::fromUtf8(message);
  };
  const std::string head = kHead, networks = kNetworks;

  row("newer schema", "# later\nschema = 2\nfuture = true\n",
      "p.pantograph:2: schema: the project has schema 2; expected schema 1 or older. Open it with a newer version of "
      "Pantograph.");
  row("schema 0", "schema = 0\n", "not a schema's number; expected schema = 1");
  row("schema as text", "schema = \"1\"\n", "not a schema's number");
  row("no schema", "name = \"x\"\n", "schema: the key is missing; expected schema = 1");
  row("empty file", "", "the key is missing");

  row("not TOML", head + "seed =\n", "p.pantograph:3: not valid TOML");
  row("key that is none", head + "[é]\n", "p.pantograph:3: not valid TOML");
  row("no key", head + "= 3\n", "p.pantograph:3: not valid TOML");
  row("key twice", head + "name = \"y\"\n", "p.pantograph:3: not valid TOML");
  row("integer too large", head + "seed = 99999999999999999999\n", "not valid TOML");

  row("unknown key", head + "[clustering]\nk = 3\nclusterz = 3\n", "unknown key; expected ");
  row("unknown key with suggestion", head + "[clustering]\nclusterz = 3\n",
      "p.pantograph:4: clustering.clusterz: unknown key; expected \"clusters\", perhaps.");
  row("unknown table", head + "[tokeniser]\nvocabulary = 3\n",
      "p.pantograph:3: tokeniser: unknown key; expected \"tokenizer\", perhaps");
  row("unknown key without a near one", head + "[tokenizer]\nabcdefghij = 3\n",
      "expected one of \"vocabulary\", \"algorithm\"");
  row("unknown key of a corpus", head + "[[corpus]]\nname = \"law\"\n\nmax_document = 3\n",
      "p.pantograph:6: corpus.law.max_document: unknown key; expected \"max_documents\", perhaps");
  row("unknown key in an inline table",
      head + networks + "[[method]]\nkind = \"slm\"\nnetwork = \"small\"\ngeneric = { token = 3 }\n",
      "p.pantograph:12: method.slm.generic.token: unknown key; expected \"tokens\", perhaps");
  row("k of a projected network", head + networks + "k = 16\n",
      "network.pn.k: unknown key; expected clustering.clusters");
  row("projected without small", head + "[network.big]\nh = 16\n",
      "p.pantograph:4: network.big: a projected network without `small`");

  row("text for a number", head + "[clustering]\nclusters = \"many\"\n",
      "p.pantograph:4: clustering.clusters: \"many\" is not a count");
  row("fraction for an integer", head + "[clustering]\nclusters = 1.5\n",
      "found a number with a fraction; expected a whole number");
  row("number for text", head + "[tokenizer]\nalgorithm = 3\n", "found an integer; expected a string in quotes");
  row("text for a list", head + "[[corpus]]\nname = \"a\"\npaths = \"text\"\n",
      "p.pantograph:5: corpus.a.paths: found a string; expected a list");
  row("number in a list of text", head + "[[corpus]]\nname = \"a\"\npaths = [\"x\", 3]\n",
      "found an integer; expected a string");
  row("text for a real number", head + "[specialization]\nrate_factor = \"1/3\"\n",
      "found a string; expected a number");
  row("boolean for a real number", head + "[specialization]\nrate_factor = true\n",
      "found true or false; expected a number");
  row("date", head + "[specialization]\nmax_steps = 2024-01-01\n", "found a date or time; expected a whole number");
  row("table for a number", head + "[seed]\nx = 1\n", "seed: found a table; expected a whole number");
  row("number for a table", head + "clustering = 3\n",
      "p.pantograph:3: clustering: found an integer; expected a table");
  row("table for tables", head + "[corpus]\nname = \"a\"\n",
      "corpus: found a table; expected tables, each under [[corpus]]");
  row("list of numbers for tables", head + "corpus = [1]\n", "corpus: found an integer; expected tables");
  row("list of numbers for a network", head + "network = { a = [1] }\n", "network.a: found a list; expected a table");
  row("number as a corpus's name", head + "[[corpus]]\nname = 3\n", "found an integer; expected a string");
  row("negative", head + "[clustering]\nclusters = -1\n", "found -1; expected no negative number");
  row("negative count", head + "evaluation_tokens = -1\n", "p.pantograph:3: evaluation_tokens: found -1");
  row("larger than an integer", head + "[clustering]\nclusters = 3000000000\n",
      "clustering.clusters: found 3000000000; expected at most");

  row("corpus without name", head + "[[corpus]]\nreader = \"text\"\n", "p.pantograph:3: corpus: a corpus without name");
  row("bad name", head + "[[corpus]]\nname = \"a b\"\n", "a name of up to 100 letters");
  row("empty name", head + "[[corpus]]\nname = \"\"\n", "a name of up to 100 letters");
  row("name that climbs", head + "[[corpus]]\nname = \"../x\"\n", "a name of up to 100 letters");
  row("bad network name", head + "[network.\"a/b\"]\nlayers = 1\n", "a name of up to 100 letters");
  row("corpus twice", head + "[[corpus]]\nname = \"a\"\n[[corpus]]\nname = \"a\"\n",
      "found a second corpus of this name");
  row("method twice",
      head + networks +
          "[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n",
      "Give each its own `name`");
  row("role", head + "[[corpus]]\nname = \"a\"\nrole = \"special\"\n",
      "corpus.a.role: found \"special\"; expected \"generic\" or \"domain\"");
  row("paths beside lists", head + "[[corpus]]\nname = \"a\"\npaths = [\"x\"]\ntest = [\"y\"]\n",
      "corpus.a.paths: found paths beside");
  row("fraction of 1", head + "[[corpus]]\nname = \"a\"\ntest_fraction = 1\n",
      "found 1; expected a fraction from 0 to below 1");
  row("fraction not a number", head + "[[corpus]]\nname = \"a\"\ntest_fraction = nan\n", "found nan");
  row("fractions leave nothing", head + "[[corpus]]\nname = \"a\"\ntest_fraction = 0.5\nvalidation_fraction = 0.5\n",
      "nothing is left to train on");

  row("vocabulary", head + "[tokenizer]\nvocabulary = 3\n", "tokenizer.vocabulary: found 3; expected 64 to 1000000");
  row("algorithm", head + "[tokenizer]\nalgorithm = \"word\"\n", "found \"word\"; expected \"unigram\" or \"bpe\"");
  row("no clusters", head + "[clustering]\nclusters = 0\n",
      "p.pantograph:4: clustering.clusters: found 0; expected 1 to 65535");
  row("too many clusters", head + "[clustering]\nclusters = 65536\n", "expected 1 to 65535");
  row("sample smaller than clusters", head + "[clustering]\nclusters = 30\nsample_windows = 20\n",
      "found 20 windows for 30 clusters");

  row("heads", head + "[network.s]\nwidth = 64\nheads = 5\n",
      "p.pantograph:5: network.s.heads: found 5 heads for a width of 64; expected a number that divides the width");
  row("block", head + "[network.s]\nblock = \"bert\"\n",
      "network.s.block: found \"bert\"; expected \"gpt2\" or \"llama\"");
  row("activation", head + "[network.s]\nactivation = \"relu\"\n", "network.s.activation: found \"relu\"; expected");
  row("activation of llama", head + "[network.s]\nblock = \"llama\"\nactivation = \"gelu\"\n",
      "network.s.activation: found \"gelu\"; expected nothing: a block \"llama\" has SwiGLU");
  row("heads of keys of gpt2", head + "[network.s]\nkey_value_heads = 2\n",
      "network.s.key_value_heads: found 2; expected nothing: only a block \"llama\"");
  row("rope_base of gpt2", head + "[network.s]\nrope_base = 500\n", "network.s.rope_base: found 500; expected nothing");
  row("heads of keys", head + "[network.s]\nblock = \"llama\"\nheads = 4\nkey_value_heads = 3\n",
      "network.s.key_value_heads: found 3 beside 4 heads; expected a number that divides the heads");
  row("odd heads", head + "[network.s]\nblock = \"llama\"\nwidth = 12\nheads = 4\n",
      "network.s.heads: found heads of size 3; expected heads of an even size");
  row("no layers", head + "[network.s]\nlayers = 0\n", "network.s.layers: found 0");
  row("context", head + "[network.s]\ncontext = 1\n", "network.s.context: found 1");
  row("h", head + networks + "h = 0\n", "network.pn.h: found 0; expected 1 to 65536");
  row("m", head + networks + "m = 0\n", "network.pn.m: found 0");
  row("small that is not there", head + "[network.pn]\nsmall = \"tiny\"\n[network.s]\n",
      "network.pn.small: found \"tiny\"; expected a small network of this project: \"s\"");
  row("small that is projected", head + networks + "[network.pn2]\nsmall = \"pn\"\n",
      "network.pn2.small: found \"pn\"");

  const std::string method = head + networks + "[[method]]\nkind = \"slm\"\nnetwork = \"small\"\n";
  row("method without kind", head + "[[method]]\nnetwork = \"small\"\n",
      "p.pantograph:3: method: a method without kind");
  row("kind", head + "[[method]]\nkind = \"moe\"\n",
      "method.moe.kind: found \"moe\"; expected \"slm\", \"slm-nopt\", \"slm-pn\", \"slm-mix\"");
  row("network that is not there", head + "[[method]]\nkind = \"slm\"\nnetwork = \"x\"\n",
      "method.slm.network: found \"x\"; expected a small network of this project: nothing");
  row("network of the wrong sort", head + networks + "[[method]]\nkind = \"slm-pn\"\nnetwork = \"small\"\n",
      "expected a projected network of this project: \"pn\"");
  row("no tokens", method + "generic = { tokens = 0 }\n", "method.slm.generic.tokens: found 0");
  row("step below a context", method + "generic = { tokens_per_step = 100 }\n",
      "found 100; expected at least one context of the network small: 128 tokens");
  row("rate", method + "generic = { rate = 0 }\n", "method.slm.generic.rate: found 0; expected a number above 0");
  row("infinite rate", method + "generic = { rate = inf }\n", "found inf");
  row("infinite clip", method + "generic = { clip = inf }\n", "found inf");
  row("schedule", method + "generic = { schedule = \"step\" }\n",
      "found \"step\"; expected \"constant\", \"cosine\", \"linear\" or \"wsd\"");
  row("no decay", method + "generic = { schedule = \"wsd\", decay = 0 }\n", "generic.decay: found 0");
  row("precision", method + "generic = { precision = \"fp16\" }\n", "found \"fp16\"; expected \"fp32\" or \"bf16\"");
  row("final rate", method + "generic = { final_rate = 1.5 }\n", "found 1.5");
  row("evaluations", method + "generic = { evaluate_every = 0 }\n", "generic.evaluate_every: found 0");
  row("experts per step", method + "generic = { experts_per_step = 0 }\n", "experts_per_step: found 0");
  row("factor of T", method + "rate_t = -1\n", "method.slm.rate_t: found -1");

  row("unknown domain", head + "[specialization]\ndomains = [\"law\"]\n",
      "p.pantograph:4: specialization.domains: found \"law\"; expected corpora of role \"domain\": nothing");
  row("generic corpus as domain", head + "[[corpus]]\nname = \"a\"\n[specialization]\ndomains = [\"a\"]\n",
      "found \"a\", a generic corpus");
  row("domain twice",
      head + "[[corpus]]\nname = \"a\"\nrole = \"domain\"\n[specialization]\ndomains = [\"a\", \"a\"]\n",
      "found \"a\" twice");
  row("no specialization tokens", head + "[specialization]\ntokens = [0]\n", "specialization.tokens: found 0");
  row("size twice", head + "[specialization]\ntokens = [1000, \"1k\"]\n", "found 1000 twice");
  row("selection", head + "[specialization]\nselection = \"best-of-all\"\n",
      "found \"best-of-all\"; expected \"frequent\", \"best-before\", \"best-after\" or an expert's number from 0 to "
      "15");
  row("expert too high", head + "[specialization]\nselection = 16\n", "expert's number from 0 to 15");
  row("specialization step below a context", method + "[specialization]\ntokens_per_step = 64\n",
      "specialization.tokens_per_step: found 64");
  const auto second = [&](const std::string& keys, const std::string& first = "") {
    return head + networks + "[network.large]\nwidth = 128\nheads = 8\ncontext = 128\n[[method]]\nkind = \"slm\"\n" +
           "network = \"small\"\n" + first + "[[method]]\nname = \"b\"\n" + keys;
  };
  const std::string kind_pn = "kind = \"slm-pn\"\nnetwork = \"pn\"\n",
                    kind_slm = "kind = \"slm\"\nnetwork = \"small\"\n",
                    kind_llm = "kind = \"llm\"\nnetwork = \"large\"\n";
  row("budgets beside a decay", second(kind_slm + "generic = { tokens = 1000, budgets = [500] }\n"),
      "method.b.generic.schedule: found \"cosine\" beside budgets; expected \"wsd\" or \"constant\"");
  row("budget that decays in the warm-up",
      second(kind_slm + "generic = { tokens = \"10M\", budgets = [\"1M\"], schedule = \"wsd\" }\n"),
      "method.b.generic.budgets: found 1000000, whose decay begins after 98 steps; expected budgets whose decay begins "
      "behind the warm-up of 100 steps");
  row("rate of its own beside a sweep",
      second(kind_slm + "rate_factor = 0.5\n[specialization]\nsweep = { rate_factor = [0.1, 1] }\n"),
      "method.b.rate_factor: found 0.5 beside specialization.sweep.rate_factor; expected one of the two");
  row("rate beside a sweep", head + "[specialization]\nrate_factor = 0.5\nsweep = { rate_factor = [0.1] }\n",
      "specialization.rate_factor: found 0.5 beside sweep.rate_factor");
  row("rate twice in a sweep", head + "[specialization]\nsweep = { rate_factor = [0.1, 0.10] }\n",
      "specialization.sweep.rate_factor: found 0.1 twice");
  row("rate of 0 in a sweep", head + "[specialization]\nsweep = { rate_factor = [0] }\n",
      "specialization.sweep.rate_factor: found 0");
  row("budget above the run",
      second(kind_slm + "generic = { tokens = 1000, budgets = [1000], schedule = \"constant\" }\n"),
      "rising numbers of tokens, all below generic.tokens = 1000");
  row("pretrained by nobody", second(kind_slm + "pretrained = \"c\"\n"),
      "found \"c\"; expected another method of this project: \"slm\"");
  row("pretrained by itself", second(kind_slm + "pretrained = \"b\"\n"), "found \"b\"; expected another method");
  row("pretrained by another sort", second(kind_pn + "pretrained = \"slm\"\n"),
      "method.b.pretrained: found \"slm\", of kind slm");
  row("pretrained in a chain",
      second(kind_slm + "pretrained = \"slm\"\n[[method]]\nname = \"c\"\n" + kind_slm + "pretrained = \"b\"\n"),
      "method.c.pretrained: found \"b\", which takes its network from \"slm\"");
  row("pretrained beside a generic phase", second(kind_slm + "pretrained = \"slm\"\ngeneric = { tokens = 3000 }\n"),
      "found settings of a generic phase beside `pretrained`");
  row("start with other layers",
      second("kind = \"llm\"\nnetwork = \"deep\"\nstart = \"slm\"\n[network.deep]\nwidth = 128\nheads = 8\ncontext = "
             "128\nlayers = 3\n"),
      "method.b.start: found the network small beside deep; expected width, heads and inner width");
  row("start with another block",
      second("kind = \"llm\"\nnetwork = \"other\"\nstart = \"slm\"\n[network.other]\nwidth = 128\nheads = 8\ncontext = "
             "128\nblock = \"llama\"\n"),
      "method.b.start: found the network small beside other; expected equal block");
  row("start of the same width", second(kind_slm + "start = \"slm\"\n"), "the same multiple (2, 3, …)");
  row("start at a budget that is none", second(kind_pn + "start = \"slm\"\nstart_budget = 500\n"),
      "method.b.start_budget: found 500; expected 0: the end of the run");
  row("budget of random weights", second(kind_slm + "start_budget = 500\n"), "starts from random weights");
  row("expert beyond a method's own clusters", second(kind_pn + "clusters = 4\n[specialization]\nselection = 10\n"),
      "specialization.selection: found \"10\"");
  row("step beyond all bounds", second(kind_slm + "generic = { tokens_per_step = 549755813888 }\n"),
      "method.b.generic.tokens_per_step: found 549755813888");
  row("start of a mixture", second("kind = \"slm-mix\"\nnetwork = \"small\"\nstart = \"slm\"\n"),
      "a start only where one network has a generic phase");
  row("selection without experts", second(kind_slm + "selection = \"frequent\"\n"), "this method has no experts");
  row("expert of its own clusters", second(kind_pn + "clusters = 4\nselection = 4\n"), "expert's number from 0 to 3");
  row("clusters without clusters", second(kind_slm + "clusters = 4\n"), "this method has no clusters");
  row("needed experts and every expert",
      second("kind = \"slm-mix\"\nnetwork = \"small\"\nexperts = \"needed\"\nselection = \"best-after\"\n"),
      "this selection tries every expert");
  row("no teacher", second("kind = \"slm-d\"\nnetwork = \"small\"\n"),
      "method.b.teacher: found nothing; expected the name of a method of kind llm");
  row("small teacher", second("kind = \"slm-d\"\nnetwork = \"small\"\nteacher = \"slm\"\n"),
      "found \"slm\"; expected a method of kind llm");
  row("adapter of a small model", second(kind_slm + "adaptation = \"lora\"\n"), "\"full\" for every kind but llm");
  row("no seeds", head + "seeds = []\n", "found an empty list; expected at least one seed");
  row("seed twice", head + "seeds = [1, 1]\n", "found a seed twice");
}

void TestProjectErrors::refused() {
  QFETCH(QString, text);
  QFETCH(QString, message);
  try {
    project::parse_project(text.toStdString(), "p.pantograph");
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::project);
    QVERIFY2(std::string(e.what()).find(message.toStdString()) != std::string::npos, e.what());
    QVERIFY2(std::string(e.what()).starts_with("p.pantograph"), e.what());
  }
}

void TestProjectErrors::rulesWithoutAFile() {
  project::Project p;
  project::validate_project(p);
  p.clustering.clusters = 0;
  try {
    project::validate_project(p);
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::project);
    QCOMPARE(e.text().where, std::string("clustering.clusters"));
  }
  p = {};
  p.specialization.rate_factor = std::numeric_limits<double>::quiet_NaN();
  QVERIFY_EXCEPTION_THROWN(project::validate_project(p), Error);
  p = {};
  project::MethodSpec& method = p.methods.emplace_back();
  method.name = "m", method.kind = "slm-nopt", method.network = "s";
  method.generic.tokens = 0;
  QVERIFY_EXCEPTION_THROWN(project::validate_project(p), Error);  // network s is missing
  p.small.push_back({"s"});
  project::validate_project(p);
}

void TestProjectErrors::filesThatCannotBeRead() {
  for (const fs::path& file : {path("missing.pantograph"), path("")}) {
    try {
      project::load_project(file);
      QFAIL("nothing was thrown");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::project);
      QVERIFY2(std::string(e.what()).find(file.string()) != std::string::npos, e.what());
    }
  }
  write_atomically(path("latin1.pantograph"),
                   "schema = 1\nname = \"gr\xf6\xdf"
                   "e\"\n");
  QVERIFY_EXCEPTION_THROWN(project::load_project(path("latin1.pantograph")), Error);
}

// Cut, flipped and shuffled project text either loads or is refused with Error(project).
void TestProjectErrors::damagedTextNeverCrashes() {
  const std::string whole = read_file(fs::path(PANTOGRAPH_SOURCE_DIR) / "tests/fixtures/projects/schema-1.pantograph");
  Random random(9);
  int loaded = 0, refused = 0;
  const auto attempt = [&](const std::string& text) {
    try {
      const project::Project p = project::parse_project(text, "p.pantograph");
      if (!(project::parse_project(project::format_project(p), "p.pantograph") == p))
        throw std::logic_error("no round trip: " + text);
      ++loaded;
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::project) throw;
      ++refused;
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 3) attempt(whole.substr(0, size));
  for (int i = 0; i < kDamagedTexts; ++i) {
    std::string text = whole;
    for (std::uint64_t k = random.below(3) + 1; k > 0; --k) {
      const std::size_t at = random.below(text.size());
      if (random.below(3) == 0) {
        text.erase(at, random.below(40));
      } else if (random.below(2) == 0) {
        text.insert(at, text.substr(random.below(text.size()), random.below(40)));
      } else {
        text[at] = static_cast<char>(random.next());
      }
    }
    attempt(text);
  }
  QVERIFY(loaded > 20);
  QVERIFY(refused > 200);
}

QTEST_GUILESS_MAIN(TestProjectErrors)
#include "test_project_errors.moc"
