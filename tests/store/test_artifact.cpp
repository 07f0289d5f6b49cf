// SPDX-License-Identifier: GPL-3.0-or-later
// Artifacts: keys, states, manifests.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "store/artifact.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

class TestArtifact : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void keyDependsOnEverything();
  void life();
  void theManifestSaysWhatTheFilesHold();
  void aChangedByteIsFound();
  void partsAreContentToo();
  void anotherFormatIsKnownButNotRead();
  void whatStandsBesideDoesNotCount();
  void othersAreCompleteAndTheNewestFirst();
  void aStepWithoutAKey();
  void madeAnew();
  void staleWhenAnotherIsComplete();
  void replacedInPlace();
  void brokenManifestIsNotComplete();
  void jsonFiles();
  void folderThatCannotBeMade();
};

void TestArtifact::keyDependsOnEverything() {
  const json settings = {{"k", 16}, {"rate", 0.1}};
  const std::string key = store::artifact_key("cluster", 1, settings, {"aa", "bb"});
  QCOMPARE(key.size(), 16U);
  QVERIFY(key.find_first_not_of("0123456789abcdef") == std::string::npos);
  QCOMPARE(store::artifact_key("cluster", 1, json::parse(R"({"rate": 0.1, "k": 16})"), {"aa", "bb"}), key);
  QVERIFY(store::artifact_key("import", 1, settings, {"aa", "bb"}) != key);
  QVERIFY(store::artifact_key("cluster", 2, settings, {"aa", "bb"}) != key);
  QVERIFY(store::artifact_key("cluster", 1, {{"k", 17}, {"rate", 0.1}}, {"aa", "bb"}) != key);
  QVERIFY(store::artifact_key("cluster", 1, {{"k", 16}, {"rate", 0.1000000000000001}}, {"aa", "bb"}) != key);
  QVERIFY(store::artifact_key("cluster", 1, settings, {"bb", "aa"}) != key);
  QVERIFY(store::artifact_key("cluster", 1, settings, {"aabb"}) != key);
  QVERIFY(store::artifact_key("cluster", 1, settings, {}) != key);
}

void TestArtifact::life() {
  const store::Artifact a(path("life"), "import/law", "0123456789abcdef");
  QCOMPARE(a.folder(), path("life") / "import/law/0123456789abcdef");
  QVERIFY(!a.started() && !a.complete() && a.others().empty());
  a.begin();
  QVERIFY(a.started() && !a.complete());
  store::Manifest made;
  made.settings = {{"reader", "text"}};
  made.inputs = {{"source", "ff"}};
  made.seconds = 90.5;
  a.finish(made);
  QVERIFY(a.complete() && !a.started() && a.others().empty());
  const json m = store::to_json(*a.complete());
  QCOMPARE(m.at("step").get<std::string>(), std::string("import/law"));
  QCOMPARE(m.at("key").get<std::string>(), std::string("0123456789abcdef"));
  QCOMPARE(m.at("settings"), (json{{"reader", "text"}}));
  QCOMPARE(m.at("inputs"), (json{{"source", "ff"}}));
  QCOMPARE(m.at("seconds").get<double>(), 90.5);
  QVERIFY(m.at("program").get<std::string>().starts_with("pantograph "));
  QVERIFY(!m.at("machine").get<std::string>().empty());
  QCOMPARE(m.at("format").get<int>(), store::kManifestFormat);
  const auto time = [&](const char* key) {
    return QDateTime::fromString(QString::fromStdString(m.at(key).get<std::string>()), Qt::ISODate);
  };
  QVERIFY(time("finished").isValid());
  QCOMPARE(time("finished").timeSpec(), Qt::UTC);
  QVERIFY(qAbs(time("finished").secsTo(QDateTime::currentDateTimeUtc())) < 60);
  QVERIFY(qAbs(time("started").secsTo(time("finished")) - 90) <= 1);
}

void TestArtifact::theManifestSaysWhatTheFilesHold() {
  const store::Artifact a(path("files"), "tokenizer", "0123456789abcdef");
  a.begin();
  write_atomically(a.file("words.txt"), "one two");
  write_atomically(a.file("empty"), "");
  a.finish({});
  const auto manifest = a.complete();
  QVERIFY(manifest != nullptr);
  QCOMPARE(manifest->files.size(), std::size_t(2));
  QCOMPARE(manifest->files.at("words.txt").bytes, std::uintmax_t(7));
  QCOMPARE(manifest->files.at("words.txt").checksum, hash128("one two").hex());
  QCOMPARE(manifest->files.at("empty").checksum, hash128("").hex());
  QCOMPARE(manifest->content("words.txt"), hash128("one two").hex());
  QCOMPARE(manifest->content("words.tx"), std::string());
  const std::string everything = manifest->content(store::kEverything);
  QCOMPARE(everything.size(), 32U);
  // The same bytes made elsewhere and at another time are the same content; another name or byte is not.
  const auto other = [&](const std::string& where, const std::string& name, const std::string& text) {
    const store::Artifact b(path(where), "tokenizer", "fedcba9876543210");
    b.begin();
    write_atomically(b.file(name), text);
    write_atomically(b.file("empty"), "");
    store::Manifest slow;
    slow.seconds = 1000;
    b.finish(slow);
    return b.complete()->content(store::kEverything);
  };
  QCOMPARE(other("files b", "words.txt", "one two"), everything);
  QVERIFY(other("files c", "words.txt", "one tw0") != everything);
  QVERIFY(other("files d", "words", "one two") != everything);
}

void TestArtifact::aChangedByteIsFound() {
  const store::Artifact a(path("damaged"), "tokenizer", "0123456789abcdef");
  QCOMPARE(a.damaged_file(), std::string());  // nothing there, nothing damaged
  a.begin();
  const std::string text(100'000, 'x');
  write_atomically(a.file("a.h5"), text);
  write_atomically(a.file("b.h5"), text);
  a.finish({});
  QCOMPARE(a.damaged_file(), std::string());
  QCOMPARE(a.damaged_file(), std::string());  // not read again, still right
  std::string changed = text;
  changed[70'000] ^= 1;
  write_atomically(a.file("b.h5"), changed);
  QVERIFY(a.complete());  // the size is right: only the bytes tell
  QCOMPARE(a.damaged_file(), std::string("b.h5"));
  QCOMPARE(a.damaged_file(), std::string("b.h5"));
  write_atomically(a.file("b.h5"), text);
  QCOMPARE(a.damaged_file(), std::string());
  write_atomically(a.file("b.h5"), text.substr(1));  // cut off: not complete in the first place
  QVERIFY(!a.complete() && a.started());
  QCOMPARE(a.damaged_file(), std::string());
  write_atomically(a.file("b.h5"), text);
  fs::remove(a.file("a.h5"));
  QVERIFY(!a.complete());
  write_atomically(a.file("a.h5"), text);
  QVERIFY(a.complete());
  a.discard();
  QVERIFY(!a.complete() && a.started());
  QVERIFY(fs::exists(a.file("a.h5")));
}

void TestArtifact::partsAreContentToo() {
  const store::Artifact a(path("parts"), "cluster", "0123456789abcdef");
  a.begin();
  write_atomically(a.file("clustering.h5"), "all of it");
  store::Manifest made;
  made.parts = {{"generic", "00ff"}};
  a.finish(made);
  QCOMPARE(a.complete()->content("generic"), std::string("00ff"));
  QCOMPARE(a.complete()->content("clustering.h5"), hash128("all of it").hex());
  const json written = json::parse(read_file(a.file(store::kManifestFile)));
  QCOMPARE(written.at("parts"), (json{{"generic", "00ff"}}));
  QCOMPARE(written.at("files").at("clustering.h5"), (json{{"bytes", 9}, {"xxh3-128", hash128("all of it").hex()}}));
}

void TestArtifact::anotherFormatIsKnownButNotRead() {
  const store::Artifact a(path("format"), "cluster", "0123456789abcdef");
  a.begin();
  QVERIFY(!store::manifest_format(a.folder()));
  a.finish({});
  QCOMPARE(store::manifest_format(a.folder()).value(), store::kManifestFormat);
  json written = json::parse(read_file(a.file(store::kManifestFile)));
  for (const int format : {1, 3, -1}) {
    written["format"] = format;
    write_atomically(a.file(store::kManifestFile), written.dump());
    QVERIFY(!a.complete());
    QVERIFY(store::read_manifest(a.folder()) == nullptr);
    QCOMPARE(store::manifest_format(a.folder()).value(), format);
  }
  // The former layout, of which only the number is understood.
  write_atomically(a.file(store::kManifestFile), R"({"format": 1, "files": {"a": 3}})");
  QVERIFY(!a.complete());
  QCOMPARE(store::manifest_format(a.folder()).value(), 1);
  QVERIFY(store::Artifact(path("format"), "cluster", "1111111111111111").others().empty());
  write_atomically(a.file(store::kManifestFile), "{\"format\": ");
  QVERIFY(!store::manifest_format(a.folder()));
}

void TestArtifact::whatStandsBesideDoesNotCount() {
  const store::Artifact a(path("beside"), "pretrain/slm/7", "0123456789abcdef");
  a.begin();
  write_atomically(a.file("network.h5"), "weights");
  write_atomically(a.file("run.json"), "{}");
  write_atomically(a.file("network.h5.part"), "half");
  fs::create_directories(a.file("checkpoints"));
  write_atomically(a.file("checkpoints") / "1.h5", "state");
  a.finish({});
  QCOMPARE(a.complete()->files.size(), std::size_t(1));
  const std::string content = a.complete()->content(store::kEverything);
  write_atomically(a.file("run.json"), "{\"name\": \"best\"}");
  write_atomically(a.file("notes.json"), "{}");
  fs::remove_all(a.file("checkpoints"));
  fs::remove(a.file("network.h5.part"));
  QVERIFY(a.complete());
  QCOMPARE(a.damaged_file(), std::string());
  a.finish({});
  QCOMPARE(a.complete()->content(store::kEverything), content);
}

void TestArtifact::othersAreCompleteAndTheNewestFirst() {
  const auto make = [&](const char* key, const char* finished) {
    const store::Artifact a(path("others"), "cluster", key);
    a.begin();
    a.finish({});
    json written = json::parse(read_file(a.file(store::kManifestFile)));
    written["finished"] = finished;
    write_atomically(a.file(store::kManifestFile), written.dump());
  };
  make("1111111111111111", "2026-01-02T00:00:00Z");
  make("2222222222222222", "2026-01-03T00:00:00Z");
  make("3333333333333333", "2026-01-01T00:00:00Z");
  const auto keys = [](const store::Artifact& a) {
    QStringList out;
    for (const auto& manifest : a.others()) out << QString::fromStdString(manifest->key).left(1);
    return out.join(' ');
  };
  QCOMPARE(keys(store::Artifact(path("others"), "cluster", "4444444444444444")), QStringLiteral("2 1 3"));
  QCOMPARE(keys(store::Artifact(path("others"), "cluster", "2222222222222222")), QStringLiteral("1 3"));
  QCOMPARE(keys(store::Artifact(path("others"), "cluster", "")), QStringLiteral("2 1 3"));
  store::Artifact(path("others"), "cluster", "2222222222222222").discard();
  QCOMPARE(keys(store::Artifact(path("others"), "cluster", "")), QStringLiteral("1 3"));
}

void TestArtifact::aStepWithoutAKey() {
  const store::Artifact a(path("keyless"), "cluster", "");
  fs::create_directories(a.folder());
  QVERIFY(!a.complete() && !a.started());
  QCOMPARE(a.damaged_file(), std::string());
}

void TestArtifact::madeAnew() {
  const store::Artifact a(path("again"), "cluster", "0123456789abcdef");
  a.begin();
  write_atomically(a.file("old.h5"), "x");
  a.finish({});
  a.begin();  // what is made anew is not complete until it is finished
  QVERIFY(!a.complete() && a.started());
  a.finish({});
  QVERIFY(a.complete());
}

void TestArtifact::staleWhenAnotherIsComplete() {
  const store::Artifact old(path("stale"), "cluster", "1111111111111111"),
      now(path("stale"), "cluster", "2222222222222222");
  old.begin();
  QVERIFY(now.others().empty());  // begun is not complete
  old.finish({});
  QVERIFY(now.others().size() == 1 && !now.complete());
  QCOMPARE(now.others()[0]->key, old.key());
  QVERIFY(old.others().empty());
  now.begin();
  now.finish({});
  QVERIFY(old.complete() && now.complete());  // going back finds the old one
  const store::Artifact outer(path("stale"), "pretrain", "3333333333333333");
  const store::Artifact inner(path("stale"), "pretrain/slm", "4444444444444444");
  inner.begin();
  inner.finish({});
  QVERIFY(outer.others().empty());
}

void TestArtifact::replacedInPlace() {
  const store::Artifact old = store::Artifact::fixed(path("fixed"), "report", "1111111111111111");
  const store::Artifact now = store::Artifact::fixed(path("fixed"), "report", "2222222222222222");
  QCOMPARE(now.folder(), path("fixed") / "report");
  old.begin();
  old.finish({});
  QVERIFY(old.complete() && !now.complete() && now.others().size() == 1 && old.others().empty());
  now.finish({});
  QVERIFY(now.complete() && !old.complete());
}

void TestArtifact::brokenManifestIsNotComplete() {
  const store::Artifact a(path("broken"), "tokenizer", "0123456789abcdef");
  a.begin();
  for (const char* text :
       {"", "{", "[]", "{\"step\": 3}", R"({"step":"tokenizer","key":"other"})", R"({"step":"tokenizer","key":7})"}) {
    write_atomically(a.file("manifest.json"), text);
    QVERIFY2(!a.complete(), text);
  }
  write_atomically(a.file("summary.json"), "{");
  try {
    a.read_json("summary.json");
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
    const std::string message = e.what();
    QVERIFY2(message.find("summary.json: broken JSON") != std::string::npos, message.c_str());
    QVERIFY2(message.find("Delete the folder " + a.folder().string()) != std::string::npos, message.c_str());
  }
}

void TestArtifact::jsonFiles() {
  const store::Artifact a(path("json"), "tokenizer", "0123456789abcdef");
  a.begin();
  const json value = {{"a", 0.1 + 0.2}, {"b", {1, 2}}, {"broken utf-8", "\xff"}};
  a.write_json("summary.json", value);
  QCOMPARE(a.read_json("summary.json").at("a").get<double>(), 0.1 + 0.2);
  QVERIFY_EXCEPTION_THROWN(a.read_json("other.json"), Error);
}

void TestArtifact::folderThatCannotBeMade() {
  write_atomically(path("plain"), "x");
  const store::Artifact a(path("plain"), "tokenizer", "0123456789abcdef");
  QVERIFY(!a.started() && !a.complete() && a.others().empty());
  try {
    a.begin();
    QFAIL("nothing was thrown");
  } catch (const Error& e) {
    QCOMPARE(e.kind(), ErrorKind::run);
  }
  QCOMPARE(read_file(path("plain")), std::string("x"));
  QVERIFY_EXCEPTION_THROWN(store::ProjectLock(path("plain")), Error);
}

QTEST_GUILESS_MAIN(TestArtifact)
#include "test_artifact.moc"
