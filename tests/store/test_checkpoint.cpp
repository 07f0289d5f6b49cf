// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints: exact round trips, every kind of damage, full disks, choice of the newest good one.
#include <QTemporaryDir>
#include <QtTest>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/small_disk.h"
#include "store/checkpoint.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

store::HostTensor tensor(store::DataType type, std::vector<std::uint64_t> dims, std::uint64_t seed) {
  store::HostTensor t;
  t.shape = {type, std::move(dims)};
  t.data.resize(t.shape.count() * store::size_of(type));
  Random random(seed);
  for (auto& byte : t.data) byte = static_cast<std::byte>(random.next());
  return t;
}

store::Checkpoint sample(std::uint64_t seed) {
  store::Checkpoint c;
  c.tensors["weights/embedding"] = tensor(store::DataType::f32, {16, 8}, seed);
  c.tensors["weights/layer.0/up"] = tensor(store::DataType::bf16, {4, 3, 2}, seed + 1);
  c.tensors["optimizer/step"] = tensor(store::DataType::u64, {}, seed + 2);
  c.tensors["optimizer/none"] = tensor(store::DataType::f32, {0, 8}, seed + 3);
  c.meta = R"({"step": 17, "note": "größer", "seed": )" + std::to_string(seed) + "}";
  return c;
}

bool same(const store::Checkpoint& a, const store::Checkpoint& b) {
  if (a.meta != b.meta || a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, t] : a.tensors) {
    const auto other = b.tensors.find(name);
    if (other == b.tensors.end() || other->second.shape.type != t.shape.type ||
        other->second.shape.dims != t.shape.dims || other->second.data != t.data) {
      return false;
    }
  }
  return true;
}

std::string error_of(const fs::path& path) {
  try {
    store::read_checkpoint(path);
  } catch (const Error& e) {
    return e.kind() == ErrorKind::run ? e.what() : std::string("wrong kind: ") + e.what();
  }
  return "";
}

void put(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Gives a file made with a free user block the checksum that FORMATS.md describes.
void seal(const fs::path& path) {
  std::string bytes = read_file(path);
  const std::string rest = bytes.substr(512);
  std::string block =
      "PANTOGRAPH CHECKPOINT 1\nxxh3-128 " + hash128(rest).hex() + "\nbytes " + std::to_string(rest.size()) + "\n";
  block.resize(512, '\0');
  put(path, block + rest);
}

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void roundTrip();
  void largeTensors_data();
  void largeTensors();
  void sameBytesEveryTime();
  void layoutIsAsDocumented();
  void refusesTensorsThatDoNotFit();
  void truncatedAnywhere();
  void flippedAnywhere();
  void wrongFiles_data();
  void wrongFiles();
  void newestGood();
  void newestGoodOfNothing();
  void prunes();
  void fullDiskKeepsTheOlder_data();
  void fullDiskKeepsTheOlder();
  void folderThatCannotBeWritten();
};

void TestCheckpoint::roundTrip() {
  const store::Checkpoint c = sample(1);
  store::write_checkpoint(path("a.h5"), c);
  QVERIFY(same(store::read_checkpoint(path("a.h5")), c));
  store::write_checkpoint(path("a.h5"), sample(2));  // over an older one
  QVERIFY(same(store::read_checkpoint(path("a.h5")), sample(2)));
  store::write_checkpoint(path("empty.h5"), {});
  QVERIFY(same(store::read_checkpoint(path("empty.h5")), {}));
}

void TestCheckpoint::largeTensors_data() {
  QTest::addColumn<QString>("folder");
  QTest::newRow("on disk") << dir_.path();
  // A file system in memory may refuse to go past the page cache: the bytes then take the usual way.
  if (fs::is_directory("/dev/shm")) QTest::newRow("in memory") << QString("/dev/shm");
}

void TestCheckpoint::largeTensors() {
  // Above the size from which blocks go past the page cache, and of lengths that fit neither disk blocks nor pieces.
  QFETCH(QString, folder);
  QTemporaryDir dir(folder + "/large-XXXXXX");
  QVERIFY(dir.isValid());
  const fs::path file = fs::path(dir.path().toStdString()) / "a.h5";
  store::Checkpoint c = sample(1);
  for (const std::uint64_t bytes : {(256U << 10) - 1, 256U << 10, (256U << 10) + 4097, (2U << 20) + 1, 5'000'003U}) {
    c.tensors["large/" + std::to_string(bytes)] = tensor(store::DataType::u8, {bytes}, bytes);
  }
  store::write_checkpoint(file, c);
  QVERIFY(same(store::read_checkpoint(file), c));
  c.tensors.erase("large/5000003");
  store::write_checkpoint(file, c);  // shorter than the older one
  QVERIFY(same(store::read_checkpoint(file), c));
}

void TestCheckpoint::sameBytesEveryTime() {
  store::write_checkpoint(path("one.h5"), sample(3));
  store::write_checkpoint(path("two.h5"), sample(3));
  QCOMPARE(hash128(read_file(path("one.h5"))).hex(), hash128(read_file(path("two.h5"))).hex());
}

void TestCheckpoint::layoutIsAsDocumented() {
  const store::Checkpoint c = sample(4);
  store::write_checkpoint(path("layout.h5"), c);
  const std::string before = read_file(path("layout.h5"));
  seal(path("layout.h5"));
  QCOMPARE(read_file(path("layout.h5")), before);
  const store::Hdf5File file = store::Hdf5File::open(path("layout.h5"));
  QCOMPARE(file.attribute("/", "format"), std::string("pantograph-checkpoint"));
  QCOMPARE(file.attribute("/", "version"), std::string("1"));
  const auto meta = file.read_all<char>("meta", store::DataType::u8);
  QCOMPARE(std::string(meta.begin(), meta.end()), c.meta);
  QCOMPARE(file.attribute("weights/layer.0/up", "dtype"), std::string("bf16"));
  QCOMPARE(file.shape("weights/embedding").dims, (std::vector<std::uint64_t>{16, 8}));
}

void TestCheckpoint::refusesTensorsThatDoNotFit() {
  store::Checkpoint c = sample(5);
  c.tensors["weights/embedding"].data.pop_back();
  QVERIFY_EXCEPTION_THROWN(store::write_checkpoint(path("bad.h5"), c), Error);
  c = sample(5);
  c.tensors["meta"] = c.tensors["weights/embedding"];
  QVERIFY_EXCEPTION_THROWN(store::write_checkpoint(path("bad.h5"), c), Error);
  c = sample(5);
  c.tensors["weights//x"] = c.tensors["weights/embedding"];
  QVERIFY_EXCEPTION_THROWN(store::write_checkpoint(path("bad.h5"), c), Error);
  QVERIFY(!fs::exists(path("bad.h5")));
  QVERIFY(!fs::exists(path("bad.h5.part")));
}

void TestCheckpoint::truncatedAnywhere() {
  store::write_checkpoint(path("whole.h5"), sample(6));
  const std::string bytes = read_file(path("whole.h5"));
  for (std::size_t size = 0; size < bytes.size(); size += 13) {
    put(path("cut.h5"), bytes.substr(0, size));
    const std::string message = error_of(path("cut.h5"));
    QVERIFY2(message.find("damaged") != std::string::npos && message.find("cut.h5") != std::string::npos,
             message.c_str());
  }
  put(path("cut.h5"), bytes.substr(0, bytes.size() - 1));
  QVERIFY(error_of(path("cut.h5")).find("its length is not the one that was written") != std::string::npos);
  put(path("long.h5"), bytes + "x");
  QVERIFY(error_of(path("long.h5")).find("its length") != std::string::npos);
}

void TestCheckpoint::flippedAnywhere() {
  store::write_checkpoint(path("whole.h5"), sample(7));
  const std::string bytes = read_file(path("whole.h5"));
  for (std::size_t i = 0; i < bytes.size(); i += i < 600 ? 1 : 3) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    put(path("flip.h5"), damaged);
    const std::string message = error_of(path("flip.h5"));
    QVERIFY2(!message.empty() && !message.starts_with("wrong kind"), QByteArray::number(qulonglong(i)));
  }
}

void TestCheckpoint::wrongFiles_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("message");
  write_atomically(path("text.h5"), std::string(2000, 't'));
  write_atomically(path("nothing.h5"), "");
  const float value = 1;
  const auto make = [&](const char* name, const std::string& format, bool meta) {
    store::Hdf5File file = store::Hdf5File::create(path(name), 512);
    if (!format.empty()) file.write_attribute("/", "format", format);
    file.write("weights/x", {store::DataType::f32, {1}}, &value);
    if (meta) file.write("meta", {store::DataType::u8, {1}}, "x");
    file.close();
  };
  make("unsealed.h5", "pantograph-checkpoint", true);
  make("other.h5", "something-else", true);
  make("no-format.h5", "", true);
  make("no-meta.h5", "pantograph-checkpoint", false);
  for (const char* name : {"other.h5", "no-format.h5", "no-meta.h5"}) seal(path(name));
  write_atomically(path("no-hdf5.h5"), std::string(512, 'x') + "nothing that HDF5 knows");
  seal(path("no-hdf5.h5"));
  store::write_checkpoint(path("newer.h5"), sample(8));
  std::string newer = read_file(path("newer.h5"));
  newer.replace(newer.find("CHECKPOINT 1"), 12, "CHECKPOINT 2");
  put(path("newer.h5"), newer);

  QTest::newRow("missing") << "missing.h5"
                           << "the checkpoint is missing";
  QTest::newRow("a folder") << "."
                            << "the checkpoint is missing";
  QTest::newRow("text") << "text.h5"
                        << "not a checkpoint";
  QTest::newRow("empty") << "nothing.h5"
                         << "too short";
  QTest::newRow("HDF5 without checksum") << "unsealed.h5"
                                         << "not a checkpoint";
  QTest::newRow("sealed but not HDF5") << "no-hdf5.h5"
                                       << "not an HDF5 file";
  QTest::newRow("another sort") << "other.h5"
                                << "of another sort";
  QTest::newRow("without format") << "no-format.h5"
                                  << "attribute format is missing";
  QTest::newRow("without meta") << "no-meta.h5"
                                << "meta: the checkpoint is damaged: the data set is missing";
  QTest::newRow("newer") << "newer.h5"
                         << "has format 2; expected format 1";
}

void TestCheckpoint::wrongFiles() {
  QFETCH(QString, name);
  QFETCH(QString, message);
  const std::string found = error_of(path(name.toStdString()));
  QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
}

void TestCheckpoint::newestGood() {
  const fs::path folder = path("run");
  make_directories(folder);
  for (const std::uint64_t step : {5U, 100U, 99U})
    store::write_checkpoint(store::checkpoint_path(folder, step), sample(step));
  store::write_checkpoint(store::checkpoint_path(folder, 1'234'567'890'123U),
                          sample(7));  // more digits than the name is padded to
  put(folder / "step-x.h5", "not a step");
  put(folder / "step-000000200.h5.part", "cut off");
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& w) { warnings.push_back(w); };
  fs::path found;
  auto newest = store::newest_good_checkpoint(folder, warn, &found);
  QVERIFY(newest && same(*newest, sample(7)));
  QVERIFY(warnings.empty());

  fs::resize_file(store::checkpoint_path(folder, 1'234'567'890'123U), 700);
  std::string bytes = read_file(store::checkpoint_path(folder, 100));
  bytes[bytes.size() / 2] ^= 1;
  put(store::checkpoint_path(folder, 100), bytes);
  newest = store::newest_good_checkpoint(folder, warn, &found);
  QVERIFY(newest && same(*newest, sample(99)));
  QCOMPARE(found, store::checkpoint_path(folder, 99));
  QCOMPARE(warnings.size(), 2U);
  QVERIFY(warnings[0].find("step-1234567890123.h5") != std::string::npos);
  QVERIFY(warnings[1].find("step-000000100.h5") != std::string::npos);
  QVERIFY(fs::exists(store::checkpoint_path(folder, 100)));  // left for a look
}

void TestCheckpoint::newestGoodOfNothing() {
  QVERIFY(!store::newest_good_checkpoint(path("no-such-folder"), {}));
  make_directories(path("hollow"));
  QVERIFY(!store::newest_good_checkpoint(path("hollow"), {}));
  put(path("hollow") / "step-000000001.h5", "x");
  QVERIFY(!store::newest_good_checkpoint(path("hollow"), {}));
}

void TestCheckpoint::prunes() {
  const fs::path folder = path("prune");
  make_directories(folder);
  for (const std::uint64_t step : {1U, 2U, 3U, 10U})
    store::write_checkpoint(store::checkpoint_path(folder, step), sample(step));
  put(folder / "step-000000011.h5.part", "cut off");
  put(folder / "other.h5", "kept");
  store::prune_checkpoints(folder, 2);
  QCOMPARE(files_in(folder), (std::vector<std::string>{"other.h5", "step-000000003.h5", "step-000000010.h5"}));
  store::prune_checkpoints(folder, 0);
  QCOMPARE(files_in(folder), (std::vector<std::string>{"other.h5"}));
  store::prune_checkpoints(path("no-such-folder"), 1);
}

void TestCheckpoint::fullDiskKeepsTheOlder_data() {
  QTest::addColumn<int>("kilobytes");
  for (const int size : {0, 4, 8, 100, 300}) QTest::addRow("%d KiB free", size) << size;
}

void TestCheckpoint::fullDiskKeepsTheOlder() {
  QFETCH(int, kilobytes);
  const SmallDisk disk(2048);
  if (!disk.mounted()) QSKIP("needs the right to mount a tmpfs");
  const fs::path file = disk.path("step-000000001.h5");
  store::write_checkpoint(file, sample(1));
  disk.leave_free(static_cast<std::size_t>(kilobytes));
  store::Checkpoint big = sample(2);
  big.tensors["weights/big"] = tensor(store::DataType::f32, {100'000}, 3);
  std::string message;
  try {
    store::write_checkpoint(file, big);
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::run) message = e.what();
  }
  QVERIFY2(message.find("No space left on device") != std::string::npos, message.c_str());
  QVERIFY(same(store::read_checkpoint(file), sample(1)));
  QCOMPARE(files_in(disk.path()), (std::vector<std::string>{"filler", "step-000000001.h5"}));
}

void TestCheckpoint::folderThatCannotBeWritten() {
  write_atomically(path("plain"), "a file");
  QVERIFY_EXCEPTION_THROWN(store::write_checkpoint(path("plain") / "step-000000001.h5", sample(1)), Error);
  QVERIFY_EXCEPTION_THROWN(store::write_checkpoint("/proc/step-000000001.h5", sample(1)), Error);
  QCOMPARE(read_file(path("plain")), std::string("a file"));
}

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "test_checkpoint.moc"
