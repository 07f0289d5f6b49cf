// SPDX-License-Identifier: GPL-3.0-or-later
// The rule of the rooms: what a room includes stands on its link line, publicly where its headers show it to others.
#include <QTest>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

const fs::path kSource = PANTOGRAPH_SOURCE_DIR;

using Names = std::set<std::string>;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

/// The words of a CMake file, without comments.
std::vector<std::string> words_of(const fs::path& file) {
  const std::string text = std::regex_replace(text_of(file), std::regex("#[^\n]*|\"[^\"]*\""), "");
  std::vector<std::string> words;
  static const std::regex word("[^\\s()]+");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), word); at != std::sregex_iterator(); ++at)
    words.push_back(at->str());
  return words;
}

/// Rooms in the order in which they are built: none may use one below it.
std::vector<std::string> rooms() {
  std::vector<std::string> out;
  const auto words = words_of(kSource / "engine/CMakeLists.txt");
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "add_subdirectory") out.push_back(words[i + 1]);
  }
  return out;
}

struct Links {
  Names open, closed;  ///< PUBLIC, PRIVATE
  bool has(const std::string& room) const { return open.contains(room) || closed.contains(room); }
};

/// The rooms on the link line that starts at `command` and the target's name.
Links links_of(const fs::path& file, const std::string& command, const std::string& target) {
  const std::string prefix = "pantograph_";
  Names known;
  for (const auto& room : rooms()) known.insert(room);
  Links out;
  const auto words = words_of(file);
  bool inside = false;
  Names* to = nullptr;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && words[i - 1] == command) inside = words[i] == target;
    if (!inside || words[i] == command) continue;
    if (words[i] == "LINKS" || words[i] == "PUBLIC") {
      to = &out.open;
    } else if (words[i] == "PRIVATE_LINKS" || words[i] == "PRIVATE") {
      to = &out.closed;
    } else if (to != nullptr && words[i].starts_with(prefix) && known.contains(words[i].substr(prefix.size()))) {
      to->insert(words[i].substr(prefix.size()));
    } else if (words[i].starts_with("target_") || words[i].starts_with("add_") || words[i].starts_with("set_")) {
      inside = false;
    }
  }
  return out;
}

struct Source {
  std::string path;  ///< from the root
  Names engine;      ///< headers of the engine that it includes, "project/project.h"
  Names system;      ///< in angle brackets
};

std::vector<Source> sources_of(const std::string& folder) {
  std::vector<Source> out;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / folder)) {
    const auto kind = entry.path().extension();
    if (kind != ".cpp" && kind != ".h") continue;
    Source source{fs::relative(entry.path(), kSource).string(), {}, {}};
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const std::string head = "#include ";
      if (!line.starts_with(head)) continue;
      const char open = line[head.size()];
      const std::size_t first = head.size() + 1, end = line.find(open == '<' ? '>' : '"', first);
      const std::string name = line.substr(first, end - first);
      if (open == '<') {
        source.system.insert(name);
      } else if (fs::exists(kSource / "engine" / name)) {
        source.engine.insert(name);
      }
    }
    out.push_back(std::move(source));
  }
  return out;
}

std::string room_of(const std::string& header) {
  return header.substr(0, header.find('/'));
}

/// The headers of a room that others include, themselves or through such a header.
Names shown_headers(const std::string& room, const std::vector<Source>& own, const std::vector<Source>& others) {
  Names shown;
  for (const auto& source : others) {
    for (const auto& header : source.engine) {
      if (room_of(header) == room) shown.insert(header);
    }
  }
  for (std::size_t before = 0; before != shown.size();) {
    before = shown.size();
    for (const auto& source : own) {
      if (!shown.contains(source.path.substr(std::string("engine/").size()))) continue;
      for (const auto& header : source.engine) {
        if (room_of(header) == room) shown.insert(header);
      }
    }
  }
  return shown;
}

QString listed(const Names& names) {
  QStringList out;
  for (const auto& name : names) out << QString::fromStdString(name);
  return out.join(' ');
}

}  // namespace

class TestRooms : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    order_ = rooms();
    QVERIFY(order_.size() > 10);
    for (const auto& room : order_) own_[room] = sources_of("engine/" + room);
    gui_ = sources_of("gui");
    plugins_ = sources_of("plugins");
    tests_ = sources_of("tests");
  }

  void everyFolderIsARoom() {
    Names folders, named(order_.begin(), order_.end());
    for (const auto& entry : fs::directory_iterator(kSource / "engine")) {
      if (entry.is_directory()) folders.insert(entry.path().filename().string());
    }
    QCOMPARE(listed(folders), listed(named));
  }

  void linksAreWhatIsIncluded_data() {
    QTest::addColumn<QString>("name");
    for (const auto& room : order_) QTest::newRow(room.c_str()) << QString::fromStdString(room);
  }
  void linksAreWhatIsIncluded() {
    QFETCH(QString, name);
    const std::string room = name.toStdString();
    std::vector<Source> others = gui_;
    for (const auto* more : {&plugins_, &tests_}) others.insert(others.end(), more->begin(), more->end());
    for (const auto& [other, sources] : own_) {
      if (other != room) others.insert(others.end(), sources.begin(), sources.end());
    }
    const Names shown = shown_headers(room, own_[room], others);
    Links wanted;
    for (const auto& source : own_[room]) {
      const bool open = shown.contains(source.path.substr(std::string("engine/").size()));
      for (const auto& header : source.engine) {
        if (room_of(header) != room) (open ? wanted.open : wanted.closed).insert(room_of(header));
      }
    }
    for (const auto& both : wanted.open) wanted.closed.erase(both);
    const Links found = links_of(kSource / "engine" / room / "CMakeLists.txt", "pantograph_room", room);
    QCOMPARE(listed(found.open), listed(wanted.open));
    QCOMPARE(listed(found.closed), listed(wanted.closed));
    const auto place = [&](const std::string& of) { return std::find(order_.begin(), order_.end(), of); };
    for (const auto* names : {&found.open, &found.closed}) {
      for (const auto& other : *names) QVERIFY2(place(other) < place(room), other.c_str());
    }
  }

  void theWindowLinksWhatItIncludes() {
    Names wanted;
    for (const auto& source : gui_) {
      if (source.path == "gui/main.cpp") continue;  // the program: the window and the headless front end
      for (const auto& header : source.engine) wanted.insert(room_of(header));
    }
    const Links found = links_of(kSource / "gui/CMakeLists.txt", "target_link_libraries", "pantograph_gui");
    for (const auto& room : wanted) QVERIFY2(found.has(room), room.c_str());
    for (const auto* names : {&found.open, &found.closed}) {
      for (const auto& room : *names) QVERIFY2(wanted.contains(room), room.c_str());
    }
  }

  /// A plugin has its own copy of what it links: nothing that keeps a registry or a lock.
  void pluginsLinkNoState() {
    int plugins = 0;
    for (const auto& entry : fs::directory_iterator(kSource / "plugins")) {
      if (!entry.is_directory()) continue;
      ++plugins;
      const std::string target = "pantograph-" + entry.path().filename().string();
      const Links found = links_of(entry.path() / "CMakeLists.txt", "pantograph_plugin", target);
      for (const auto& room : found.open) QVERIFY2(room == "base" || room == "kernel", room.c_str());
    }
    QVERIFY(plugins > 0);
  }

  void foreignLibrariesStayInTheirRooms() {
    const auto qt = [](const std::string& header) {
      return header.size() > 1 && header[0] == 'Q' && isupper(header[1]);
    };
    const auto torch = [](const std::string& header) {
      return header.starts_with("torch/") || header.starts_with("ATen/") || header.starts_with("c10/");
    };
    const Names computing = {"network", "plan", "train"};
    Names with_torch, with_hdf5;  // headers; rooms
    for (const auto& [room, sources] : own_) {
      for (const auto& source : sources) {
        for (const auto& header : source.system) {
          QVERIFY2(!qt(header), source.path.c_str());
          QVERIFY2(!torch(header) || computing.contains(room), source.path.c_str());
          if (torch(header)) with_torch.insert(source.path.substr(std::string("engine/").size()));
          if (header.starts_with("hdf5")) with_hdf5.insert(room);
        }
      }
    }
    for (const auto& [room, sources] : own_) {  // nor through such a header
      for (const auto& source : sources) {
        for (const auto& header : source.engine)
          QVERIFY2(!with_torch.contains(header) || computing.contains(room), source.path.c_str());
      }
    }
    QCOMPARE(listed(with_hdf5), QStringLiteral("store"));
    for (const auto& source : gui_) {
      for (const auto& header : source.engine) QVERIFY2(!with_torch.contains(header), source.path.c_str());
      for (const auto& header : source.system)
        QVERIFY2(!torch(header) && !header.starts_with("hdf5"), source.path.c_str());
    }
  }

  /// A room's names stand in a namespace of its own; those of base, which every room speaks, in the project's.
  void everyRoomHasItsNamespace() {
    static const std::regex opening("(^|\n)namespace (pantograph[a-z_:]*) \\{");
    for (const auto& [room, sources] : own_) {
      const std::string wanted = room == "base" ? "pantograph" : "pantograph::" + room;
      int found = 0;
      for (const auto& source : sources) {
        const std::string text = text_of(kSource / source.path);
        for (auto at = std::sregex_iterator(text.begin(), text.end(), opening); at != std::sregex_iterator(); ++at) {
          const std::string name = at->str(2);
          QVERIFY2(name == wanted || name.starts_with(wanted + "::"), (source.path + ": " + name).c_str());
          QVERIFY2(room != "base" || !own_.contains(name.substr(name.rfind(':') + 1)), source.path.c_str());
          ++found;
        }
      }
      QVERIFY2(found > 0, room.c_str());
    }
  }

  /// Small enough to be read: no file over 400 lines, no room over 4,500.
  void nothingIsTooLong() {
    std::map<std::string, int> lines;
    for (const char* const part : {"engine", "gui", "plugins", "tests"}) {
      for (const auto& source : sources_of(part)) {
        const std::string text = text_of(kSource / source.path);
        const auto count = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
        QVERIFY2(count <= 400, (source.path + ": " + std::to_string(count) + " lines").c_str());
        if (std::string(part) == "engine") lines[room_of(source.path.substr(7))] += count;
      }
    }
    for (const auto& [room, count] : lines) QVERIFY2(count < 4500, (room + ": " + std::to_string(count)).c_str());
  }

 private:
  std::vector<std::string> order_;
  std::map<std::string, std::vector<Source>> own_;
  std::vector<Source> gui_, plugins_, tests_;
};

QTEST_GUILESS_MAIN(TestRooms)
#include "test_rooms.moc"
