// SPDX-License-Identifier: GPL-3.0-or-later
// Random edits of hand-written projects, saved over their text: it reads back to the edited value, the comments of what
// is still there are still there, and saving once more changes nothing.
#include <QtTest>
#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/random.h"
#include "project/project_file.h"

using namespace pantograph;

namespace {

constexpr int kRounds = 60;

// Headers throughout: every table can be edited in place. The comment of a table names it: "#@method:slm#".
const char* const kHeaders = R"(# A study.  #@top#
schema = 1
name   = "study"      #@name#
seed   = 11
evaluation_tokens = 150_000

# The generic set  #@corpus:all#
[[corpus]]
name  = "all"
paths = [
  "text/a",   # first  #@path:text/a#
  # of last year
  "text/b",   # second  #@path:text/b#
  'text/c'    # third  #@path:text/c#
]
exclude = ['*~']

[[corpus]]   #@corpus:law#
name = "law"
role = "domain"
train = ["law.train"]
validation = ["law.valid"]
test = ["law.test"]
max_bytes = "2.5G"

# ---- how it is cut ----  #@section#

[tokenizer]    #@tokenizer#
vocabulary = 8_192

[network.small]   #@network:small#
layers = 4
  width = 128   # d

[network.wide] #@network:wide#
width = 256
heads = 8
layers = 4

# of both  #@network:pn#
[network.pn]
small = "small"

[clustering]   #@clustering#
clusters = 12  # k  #@k#

# the baseline  #@method:slm#
[[method]]
kind = "slm"
network = "small"
generic = { tokens = "2M", rate = 5e-4 }  #@generic:slm#

[[method]]  #@method:big#
name = "big"
kind = "llm"
network = "wide"

  [method.generic]  #@generic:big#
  tokens = 3_000_000
  budgets = [ 500_000, "1M" ]   # on the way
  schedule = "constant"

[[method]] #@method:pn#
name = "pn"
kind = "slm-pn"
network = "pn"
generic.tokens = 1000000
generic.rate = 1e-3   #@generic:pn#
grid.h = [8, 16]

[specialization]  #@specialization#
domains = ["law"]
tokens = ["10k", 20000]
selection = 3
# end  #@end#
)";

const char* const kForms = R"(#@top#
schema = 1
tokenizer.vocabulary = 100   #@tokenizer#
clustering = { clusters = 4, window = 64 } # inline
network.small.width = 32
network.small.heads = 2
network.pn = { small = "small", h = 4 }
corpus = [ { name = "all", paths = ["x"] }, # one
  { name = "law", role = 'domain' } ]

[[method]]
kind = "slm"
network = "small"
[specialization]   #@specialization#
domains = ["law"]
[method.generic]
rate = 0.5
)";

using Edit = std::function<void(project::Project&, Random&)>;

template <typename Spec>
Spec& any(std::vector<Spec>& specs, Random& random) {
  return specs.at(specs.empty() ? 0 : random.below(specs.size()));
}

template <typename T>
void change_list(std::vector<T>& list, Random& random, const T& fresh) {
  const std::uint64_t what = random.below(3);
  if (what == 0 && !list.empty()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size())));
  if (what == 1) list.insert(list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size() + 1)), fresh);
  if (what == 2 && list.size() > 1) std::swap(list.front(), list.back());
}

/// Removes, adds a copy, renames or moves one.
template <typename Spec>
void change_tables(std::vector<Spec>& specs, Random& random) {
  if (specs.empty()) return;
  const std::size_t at = random.below(specs.size());
  const auto place = specs.begin() + static_cast<std::ptrdiff_t>(at);
  const std::string fresh = "n" + std::to_string(random.below(1000));
  switch (random.below(4)) {
    case 0:
      specs.erase(place);
      break;
    case 1: {
      Spec copy = *place;
      copy.name = fresh;
      specs.insert(specs.begin() + static_cast<std::ptrdiff_t>(random.below(specs.size() + 1)), copy);
      break;
    }
    case 2:
      place->name = fresh;
      break;
    default:
      std::swap(specs[at], specs[random.below(specs.size())]);
  }
}

const std::vector<Edit>& edits() {
  static const std::vector<Edit> all = {
      [](project::Project& p, Random& r) { p.name = "n\"\n#[" + std::to_string(r.below(9)); },
      [](project::Project& p, Random& r) { p.seed = r.next() >> r.below(64); },
      [](project::Project& p, Random& r) { change_list(p.seeds, r, r.next()); },
      [](project::Project& p, Random& r) { p.evaluation_tokens = r.below(1000) * 1000; },
      [](project::Project& p, Random& r) { p.tokenizer.vocabulary = static_cast<int>(64 + r.below(10'000)); },
      [](project::Project& p, Random& r) { p.tokenizer.algorithm = r.below(2) == 0 ? "bpe" : "unigram"; },
      [](project::Project& p, Random& r) { p.clustering.clusters = static_cast<int>(4 + r.below(60)); },
      [](project::Project& p, Random& r) { p.clustering.model = r.below(2) == 0 ? "" : "model # not"; },
      [](project::Project& p, Random& r) { change_tables(p.corpora, r); },
      [](project::Project& p, Random& r) {
        change_list(any(p.corpora, r).paths, r, "p" + std::to_string(r.below(99)));
      },
      [](project::Project& p, Random& r) { change_list(any(p.corpora, r).exclude, r, std::string("e'\"x")); },
      [](project::Project& p, Random& r) { any(p.corpora, r).validation_fraction = r.uniform() / 2; },
      [](project::Project& p, Random& r) { any(p.corpora, r).max_documents = r.below(50) * 1000; },
      [](project::Project& p, Random& r) { change_tables(p.small, r); },
      [](project::Project& p, Random& r) { change_tables(p.projected, r); },
      [](project::Project& p, Random& r) { any(p.small, r).inner = static_cast<int>(r.below(500)); },
      [](project::Project& p, Random& r) { any(p.small, r).context = static_cast<int>(2 + r.below(500)); },
      [](project::Project& p, Random& r) { any(p.projected, r).h = static_cast<int>(1 + r.below(50)); },
      [](project::Project& p, Random& r) { change_tables(p.methods, r); },
      [](project::Project& p, Random& r) { any(p.methods, r).rate_factor = r.uniform(); },
      [](project::Project& p, Random& r) { any(p.methods, r).generic.rate = r.uniform() + 1e-9; },
      [](project::Project& p, Random& r) { any(p.methods, r).generic.tokens = 2'000'000 + r.below(100) * 1000; },
      [](project::Project& p, Random& r) { any(p.methods, r).generic.weight_decay = r.uniform(); },
      [](project::Project& p, Random& r) { change_list(any(p.methods, r).generic.budgets, r, 1000 + r.below(99)); },
      [](project::Project& p, Random& r) {
        change_list(any(p.methods, r).grid.h, r, static_cast<int>(1 + r.below(99)));
      },
      [](project::Project& p, Random& r) { any(p.methods, r).network = any(p.small, r).name; },
      [](project::Project& p, Random& r) { change_list(p.specialization.tokens, r, 1 + r.below(1'000'000)); },
      [](project::Project& p, Random& r) { p.specialization.selection = r.below(2) == 0 ? "frequent" : "2"; },
      [](project::Project& p, Random& r) { change_list(p.specialization.domains, r, std::string("law")); },
  };
  return all;
}

bool is_valid(const project::Project& project) {
  try {
    project::validate_project(project);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Up to five edits, each of which keeps the rules.
void edit_randomly(project::Project& project, Random& random) {
  for (std::uint64_t left = 1 + random.below(5); left > 0;) {
    project::Project edited = project;
    try {
      edits()[random.below(edits().size())](edited, random);
    } catch (const std::exception&) {  // there is none of that sort
    }
    if (edited == project || !is_valid(edited)) continue;
    project = edited;
    --left;
  }
}

/// The marks that must be in the text of `project`: those of its tables, and those outside of tables that may go.
std::vector<std::string> wanted_marks(const std::string& text, const project::Project& project) {
  std::vector<std::string> marks;
  for (std::size_t at = 0; (at = text.find("#@", at)) != std::string::npos;) {
    const std::size_t end = text.find('#', at + 2) + 1;
    const std::string mark = text.substr(at, end - at), what = mark.substr(2, mark.size() - 3);
    at = end;
    const std::string sort = what.substr(0, what.find(':')), name = what.substr(std::min(what.size(), sort.size() + 1));
    if (sort == "corpus" && project.corpus(name) == nullptr) continue;
    if (sort == "network" && project.small_network(name) == nullptr && project.projected_network(name) == nullptr)
      continue;
    if ((sort == "method" || sort == "generic") && project.method(name) == nullptr) continue;
    if (sort == "path") {
      const project::CorpusSpec* const corpus = project.corpus("all");
      if (corpus == nullptr || std::count(corpus->paths.begin(), corpus->paths.end(), name) == 0) continue;
    }
    marks.push_back(mark);
  }
  return marks;
}

}  // namespace

class TestProjectEditRandom : public QObject {
  Q_OBJECT

 private:
  /// One chain of saves, each an edit of the text before.
  void chain(std::string text, std::uint64_t seed) {
    Random random(seed);
    project::Project project = project::parse_project(text, "p.pantograph");
    for (int save = 0; save < 6; ++save) {
      project::Project after = project;
      edit_randomly(after, random);
      const std::string edited = project::edit_project(text, after);
      const std::string context = "--- before\n" + text + "\n--- after\n" + edited;
      QVERIFY2(project::parse_project(edited, "p.pantograph") == after, context.c_str());
      for (const auto& mark : wanted_marks(text, after)) {
        QVERIFY2(edited.find(mark) != std::string::npos, (mark + '\n' + context).c_str());
      }
      QCOMPARE(project::edit_project(edited, after), edited);
      text = edited;
      project = after;
    }
  }

 private Q_SLOTS:
  void headers() {
    for (int round = 0; round < kRounds && !QTest::currentTestFailed(); ++round) chain(kHeaders, 100 + round);
  }
  void headersWithOtherLineEnds() {
    std::string text;
    for (const char c : std::string(kHeaders)) text += c == '\n' ? "\r\n" : std::string(1, c);
    for (int round = 0; round < kRounds / 4 && !QTest::currentTestFailed(); ++round) chain(text, 5000 + round);
    project::Project project = project::parse_project(text, "p.pantograph");
    project.clustering.window = 5;
    project.corpora.push_back(project.corpora[0]);
    project.corpora.back().name = "more";
    const std::string edited = project::edit_project(text, project);
    for (std::size_t at = 0; (at = edited.find('\n', at)) != std::string::npos; ++at) QCOMPARE(edited[at - 1], '\r');
  }
  /// Whatever lies there, what is written reads back.
  void damagedText() {
    Random random(77);
    for (int round = 0; round < 5 * kRounds; ++round) {
      std::string text = round % 2 == 0 ? kHeaders : kForms;
      for (std::uint64_t k = random.below(3) + 1; k > 0; --k) {
        const std::size_t at = random.below(text.size());
        if (random.below(3) == 0) {
          text.erase(at, random.below(40));
        } else if (random.below(2) == 0) {
          text.insert(at, text.substr(random.below(text.size()), random.below(40)));
        } else {
          text[at] = "\"'\\[]{}#=,.\n\r\t a0"[random.below(19)];
        }
      }
      project::Project project = project::parse_project(round % 3 == 0 ? kHeaders : kForms, "p.pantograph");
      edit_randomly(project, random);
      const std::string edited = project::edit_project(text, project);
      QVERIFY2(project::parse_project(edited, "p.pantograph") == project, (text + "\n--- edited\n" + edited).c_str());
    }
  }
  void otherForms() {
    for (int round = 0; round < kRounds && !QTest::currentTestFailed(); ++round) chain(kForms, 9000 + round);
  }
};

QTEST_GUILESS_MAIN(TestProjectEditRandom)
#include "test_project_edit_random.moc"
