// SPDX-License-Identifier: GPL-3.0-or-later
// Names and patterns against a plain reference; folders with links, hidden files and what cannot be read.
#include <sys/stat.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "base/find_files.h"
#include "base/random.h"
#include "base/text.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, const std::string& bytes = "x") {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Tries every length for a *: exponential, and plainly right.
bool reference_fits(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    for (std::size_t n = 0; n <= name.size(); ++n) {
      if (reference_fits(name.substr(n), pattern.substr(1))) return true;
    }
    return false;
  }
  if (name.empty() || (pattern[0] != '?' && pattern[0] != name[0])) return false;
  return reference_fits(name.substr(1), pattern.substr(1));
}

std::vector<fs::path> paths_of(const FoundFiles& found) {
  std::vector<fs::path> paths;
  for (const FoundFile& file : found.files) paths.push_back(file.path);
  return paths;
}

using Parts = std::vector<std::string>;

bool reference_path_fits(const Parts& path, std::size_t i, const Parts& pattern, std::size_t j) {
  if (j == pattern.size()) return i == path.size();
  if (pattern[j] == "**") {
    for (std::size_t n = i; n <= path.size(); ++n) {
      if (reference_path_fits(path, n, pattern, j + 1)) return true;
    }
    return false;
  }
  return i < path.size() && reference_fits(path[i], pattern[j]) && reference_path_fits(path, i + 1, pattern, j + 1);
}

std::string random_of(Random& random, std::string_view letters, std::size_t longest) {
  std::string out;
  for (std::size_t n = random.below(longest + 1); n > 0; --n) out += letters[random.below(letters.size())];
  return out;
}

}  // namespace

class TestFindFiles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesFitAsTheReferenceSays() {
    Random random(1);
    int fitting = 0;
    for (int i = 0; i < 100'000; ++i) {
      const std::string name = random_of(random, "ab[", 8), pattern = random_of(random, "ab[*?", 6);
      const bool expected = reference_fits(name, pattern);
      fitting += expected;
      QVERIFY2(name_fits(name, pattern) == expected, (name + " ~ " + pattern).c_str());
    }
    QVERIFY(fitting > 5000);
    QVERIFY(name_fits("caf\xC3\xA9.txt", "caf?.txt"));
    QVERIFY(!name_fits(".hidden", "*"));
    QVERIFY(name_fits(".hidden", ".*"));
  }

  void pathsFitAsTheReferenceSays() {
    Random random(2);
    int fitting = 0;
    for (int i = 0; i < 50'000; ++i) {
      Parts path, pattern;
      fs::path whole, all;
      for (std::uint64_t n = 1 + random.below(5); n > 0; --n)
        path.push_back(random_of(random, "ab", 1).insert(0, 1, 'a'));
      for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
        pattern.push_back(random.below(3) == 0 ? "**" : random_of(random, "ab*?", 2).insert(0, 1, 'a'));
      }
      for (const auto& part : path) whole /= part;
      for (const auto& part : pattern) all /= part;
      const bool expected = reference_path_fits(path, 0, pattern, 0);
      fitting += expected;
      QVERIFY2(path_fits(whole, all) == expected, (whole.string() + " ~ " + all.string()).c_str());
    }
    QVERIFY(fitting > 2000);
  }

  void hardPatternsEndAtOnce() {
    QElapsedTimer timer;
    timer.start();
    std::string pattern;
    for (int i = 0; i < 100; ++i) pattern += "a*";
    QVERIFY(!name_fits(std::string(5000, 'a'), pattern + 'b'));
    QVERIFY(timer.elapsed() < 2000);
  }

  void finds_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QStringList>("expected");
    for (const char* name : {"b.txt", "a.txt", "c.md", "deep/x/d.txt", "deep/y/e.txt", "deep/y/.hidden", "odd[1].txt",
                             "odd1.txt", "star*.txt", "[2024] data/f.txt", ".git/config", ".git/x.txt"}) {
      put(root() / "tree" / name);
    }
    fs::create_directories(root() / "tree/empty");
    QTest::newRow("one file") << "c.md" << QStringList{"c.md"};
    QTest::newRow("star") << "?.txt" << QStringList{"a.txt", "b.txt"};
    QTest::newRow("star in a folder's place") << "deep/*/*.txt" << QStringList{"deep/x/d.txt", "deep/y/e.txt"};
    QTest::newRow("a folder") << "deep" << QStringList{"deep/x/d.txt", "deep/y/e.txt"};
    QTest::newRow("a folder with a slash") << "deep/" << QStringList{"deep/x/d.txt", "deep/y/e.txt"};
    QTest::newRow("a point before it") << "./deep/x/../y" << QStringList{"deep/y/e.txt"};
    QTest::newRow("folders by pattern") << "dee?/y" << QStringList{"deep/y/e.txt"};
    QTest::newRow("any depth") << "**/?.txt"
                               << QStringList{"[2024] data/f.txt", "a.txt", "b.txt", "deep/x/d.txt", "deep/y/e.txt"};
    QTest::newRow("any depth below") << "deep/**/e.txt" << QStringList{"deep/y/e.txt"};
    QTest::newRow("brackets are letters") << "odd[1].txt" << QStringList{"odd[1].txt"};
    QTest::newRow("brackets in a pattern") << "odd[1].*" << QStringList{"odd[1].txt"};
    QTest::newRow("brackets of a folder") << "[2024] data/*" << QStringList{"[2024] data/f.txt"};
    QTest::newRow("a name that holds a star") << "star*.txt" << QStringList{"star*.txt"};
    QTest::newRow("a hidden one by its name") << "deep/y/.hidden" << QStringList{"deep/y/.hidden"};
    QTest::newRow("version control by its name") << ".git/x.txt" << QStringList{".git/x.txt"};
    QTest::newRow("nothing") << "*.json" << QStringList{};
    QTest::newRow("an empty folder") << "empty" << QStringList{};
    QTest::newRow("a file as a folder") << "c.md/x" << QStringList{};
  }

  void finds() {
    QFETCH(QString, pattern);
    QFETCH(QStringList, expected);
    QStringList found;
    for (const auto& path : expand_paths(root() / "tree", pattern.toStdString()))
      found << QString::fromStdString(path.lexically_relative(root() / "tree").string());
    QCOMPARE(found, expected);
  }

  void findsByAbsolutePatterns() {
    put(root() / "abs/one");
    const auto found = expand_paths("/somewhere/else", (root() / "abs/*").string());
    QCOMPARE(found, std::vector<fs::path>{root() / "abs/one"});
  }

  void saysWhatItPassesOver() {
    const fs::path folder = root() / "mixed";
    for (const char* name : {"a.txt", "._a.txt", ".git/x.txt", "sub/.svn/y.txt", "sub/b.txt", ".cache/z.txt"}) {
      put(folder / name);
    }
    fs::create_symlink("nothing", folder / "gone.txt");
    fs::create_symlink("a.txt", folder / "link.txt");
    QCOMPARE(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const FoundFiles found = find_files(root(), "mixed");
    const std::vector<fs::path> files = {folder / "a.txt", folder / "link.txt", folder / "sub/b.txt"};
    QCOMPARE(paths_of(found), files);
    const std::map<std::string, std::uint64_t> passed = {
        {"hidden", 2}, {"version control", 2}, {"links to nowhere", 1}, {"no regular files", 1}};
    QVERIFY(found.passed_over == passed);
  }

  void followsLinksOnce() {
    const fs::path folder = root() / "links";
    put(folder / "real/a.txt");
    put(root() / "outside/b.txt");
    fs::create_directory_symlink(folder, folder / "real/loop");
    fs::create_directory_symlink("real", folder / "before");
    fs::create_directory_symlink(root() / "outside", folder / "other");
    const FoundFiles found = find_files(root(), "links");
    const std::vector<fs::path> files = {folder / "other/b.txt", folder / "real/a.txt"};
    QCOMPARE(paths_of(found), files);
    QCOMPARE(found.passed_over.at("links to folders read already"), std::uint64_t{2});
    // A project's folder that is itself a link, and a link that is named.
    fs::create_directory_symlink("links", root() / "named");
    QCOMPARE(expand_paths(root(), "named").size(), std::size_t{2});
    QCOMPARE(expand_paths(root() / "named", "real/*.txt").size(), std::size_t{1});
    QVERIFY(!find_files(folder, "rea?/a*").files.at(0).below_folder);
    QVERIFY(find_files(folder, "rea?").files.at(0).below_folder);
  }

  void namesUnreadableFolders() {
    put(root() / "locked/open/a.txt");
    put(root() / "locked/shut/b.txt");
    put(root() / "locked/listed/c.txt");
    fs::permissions(root() / "locked/shut", fs::perms::none);
    fs::permissions(root() / "locked/listed", fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(root(), fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add);
    const bool is_root = ::geteuid() == 0;
    if (is_root) QCOMPARE(::seteuid(65534), 0);
    const FoundFiles walked = find_files(root(), "locked"), matched = find_files(root(), "locked/*/*.txt");
    if (is_root) QCOMPARE(::seteuid(0), 0);
    QCOMPARE(paths_of(walked), std::vector<fs::path>{root() / "locked/open/a.txt"});
    QCOMPARE(walked.unreadable.size(), std::size_t{2});
    QVERIFY(!matched.unreadable.empty());
    for (const char* name : {"locked/shut", "locked/listed"}) fs::permissions(root() / name, fs::perms::owner_all);
  }

  void namesAreAnyBytes() {
    put(root() / "bytes/caf\xE9.txt");
    const auto found = expand_paths(root(), "bytes");
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(printable(found[0].filename().string()), std::string("caf\\xE9.txt"));
    QCOMPARE(printable("caf\xC3\xA9 \n.txt"), std::string("caf\xC3\xA9 \\x0A.txt"));
    QCOMPARE(expand_paths(root(), "bytes/caf?.txt").size(), std::size_t{1});
  }

  void comparesPathsByTheirText() {
    QCOMPARE(normal_path("/p", "./text/"), fs::path("/p/text"));
    QCOMPARE(normal_path("/p/q", "../text//a"), fs::path("/p/text/a"));
    QCOMPARE(normal_path("/p", "/text/./a"), fs::path("/text/a"));
    QCOMPARE(normal_path("", ""), fs::current_path());
    QCOMPARE(normal_path(".", "a/"), fs::current_path() / "a");
  }

 private:
  fs::path root() const { return fs::path(folder_.path().toStdString()); }
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestFindFiles)
#include "test_find_files.moc"
