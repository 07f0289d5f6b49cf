// SPDX-License-Identifier: GPL-3.0-or-later
// HDF5 files: round trips, wrong requests, damaged files, full disks.
#include <hdf5.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <csignal>
#include <cstring>
#include <fstream>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/small_disk.h"
#include "store/hdf5.h"

using namespace pantograph;
namespace fs = std::filesystem;

// HDF5 itself loses memory when it meets damaged metadata; a leak checker shall look at ours.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}

namespace {

/// The error that `call` throws; fails the comparison with an unusual kind when it throws none.
template <typename Call>
std::pair<bool, std::string> run_error(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return {e.kind() == ErrorKind::run, e.what()};
  }
  return {false, "nothing was thrown"};
}

std::vector<float> ramp(std::size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 0.5F);
  return values;
}

void write_sample(const fs::path& path) {
  store::Hdf5File file = store::Hdf5File::create(path);
  const auto values = ramp(600);
  file.write("weights/mlp/up", {store::DataType::f32, {20, 30}}, values.data());
  const std::vector<std::uint16_t> tokens = {1, 2, 65535};
  file.write("tokens/train", {store::DataType::u16, {3}}, tokens.data());
  file.write_attribute("/", "format", "sample");
  file.create_growing("ends", store::DataType::u64);
  const std::vector<std::uint64_t> ends = {7, 8, 9};
  file.append("ends", store::DataType::u64, ends.data(), ends.size());
  file.close();
}

}  // namespace

#define VERIFY_RUN_ERROR(call, text)                                    \
  do {                                                                  \
    const auto [right_kind, message] = run_error([&] { call; });        \
    QVERIFY2(right_kind, message.c_str());                              \
    QVERIFY2(message.find(text) != std::string::npos, message.c_str()); \
  } while (false)

class TestHdf5 : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  fs::path path(const char* name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void roundTripOfEveryType_data();
  void roundTripOfEveryType();
  void shapes();
  void listsDatasets();
  void attributes();
  void growingEqualsWhatWasAppended();
  void offsetPointsAtTheData();
  void userBlock();
  void wrongRequests();
  void wrongNames();
  void notThereOrNotHdf5();
  void createWhereItCannot();
  void usedFromManyThreads();
  void truncatedAnywhere();
  void flippedAnywhere();
  void openElsewhere();
  void fullDisk_data();
  void fullDisk();
};

void TestHdf5::roundTripOfEveryType_data() {
  QTest::addColumn<int>("type");
  for (int t = 0; t <= static_cast<int>(store::DataType::bf16); ++t) {
    QTest::newRow(store::to_string(static_cast<store::DataType>(t))) << t;
  }
}

void TestHdf5::roundTripOfEveryType() {
  QFETCH(int, type);
  const auto data_type = static_cast<store::DataType>(type);
  std::vector<unsigned char> bytes(24 * store::size_of(data_type));
  std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(1));
  {
    store::Hdf5File file = store::Hdf5File::create(path("types.h5"));
    file.write("a/b/c", {data_type, {2, 3, 4}}, bytes.data());
    file.close();
  }
  const store::Hdf5File file = store::Hdf5File::open(path("types.h5"));
  QCOMPARE(file.shape("a/b/c").type, data_type);
  QCOMPARE(file.shape("a/b/c").dims, (std::vector<std::uint64_t>{2, 3, 4}));
  std::vector<unsigned char> back(bytes.size());
  file.read("a/b/c", data_type, 24, back.data());
  QCOMPARE(back, bytes);
}

void TestHdf5::shapes() {
  const float value = 3;
  store::Hdf5File file = store::Hdf5File::create(path("shapes.h5"));
  file.write("scalar", {store::DataType::f32, {}}, &value);
  file.write("empty", {store::DataType::f32, {0, 5}}, nullptr);
  file.close();
  const store::Hdf5File back = store::Hdf5File::open(path("shapes.h5"));
  QCOMPARE(back.shape("scalar").dims.size(), 0U);
  QCOMPARE(back.read_all<float>("scalar", store::DataType::f32), std::vector<float>{3});
  QCOMPARE(back.shape("empty").dims, (std::vector<std::uint64_t>{0, 5}));
  QCOMPARE(back.read_all<float>("empty", store::DataType::f32), std::vector<float>{});
  QCOMPARE(back.file_offset("empty"), std::uint64_t{0});
}

void TestHdf5::listsDatasets() {
  write_sample(path("list.h5"));
  const store::Hdf5File file = store::Hdf5File::open(path("list.h5"));
  QCOMPARE(file.datasets(), (std::vector<std::string>{"ends", "tokens/train", "weights/mlp/up"}));
  QCOMPARE(file.datasets("weights"), (std::vector<std::string>{"weights/mlp/up"}));
  QVERIFY(file.has("weights/mlp/up"));
  QVERIFY(file.has("weights"));
  QVERIFY(!file.has("weights/attention/q"));
  QVERIFY(!file.has(""));
}

void TestHdf5::attributes() {
  const std::string big(100'000, 'z');  // above HDF5's 64 KiB for attributes inside of an object's header
  store::Hdf5File file = store::Hdf5File::create(path("attributes.h5"));
  file.write_attribute("/", "format", "first");
  file.write_attribute("/", "format", "a longer second value");
  file.write_attribute("/", "empty", "");
  file.write_attribute("/", "big", big);
  file.write_attribute("/", "umlaut", "Größe");
  file.close();
  const store::Hdf5File back = store::Hdf5File::open(path("attributes.h5"));
  QCOMPARE(back.attribute("/", "format"), std::string("a longer second value"));
  QCOMPARE(back.attribute("/", "empty"), std::string());
  QCOMPARE(back.attribute("/", "big"), big);
  QCOMPARE(back.attribute("/", "umlaut"), std::string("Größe"));
  VERIFY_RUN_ERROR(back.attribute("/", "nothing"), "attribute nothing is missing");
}

void TestHdf5::growingEqualsWhatWasAppended() {
  std::vector<std::uint32_t> all(300'000);
  std::iota(all.begin(), all.end(), 0U);
  store::Hdf5File file = store::Hdf5File::create(path("growing.h5"));
  file.create_growing("x", store::DataType::u32);
  file.create_growing("none", store::DataType::u32);
  std::size_t done = 0;
  for (std::size_t piece = 1; done < all.size(); piece = piece * 3 + 1) {
    const std::size_t count = std::min(piece, all.size() - done);
    file.append("x", store::DataType::u32, all.data() + done, count);
    done += count;
    if (piece == 40) QCOMPARE(file.shape("x").dims[0], done);  // asked in the middle
  }
  file.close();
  const store::Hdf5File back = store::Hdf5File::open(path("growing.h5"));
  QCOMPARE(back.read_all<std::uint32_t>("x", store::DataType::u32), all);
  QCOMPARE(back.shape("none").count(), std::uint64_t{0});
  std::vector<std::uint32_t> slice(70'000);
  back.read_slice("x", store::DataType::u32, 65'000, slice.size(), slice.data());
  QVERIFY(std::equal(slice.begin(), slice.end(), all.begin() + 65'000));
  VERIFY_RUN_ERROR(back.read_slice("x", store::DataType::u32, 299'999, 2, slice.data()), "were asked for");
  VERIFY_RUN_ERROR(back.read_slice("x", store::DataType::u32, ~std::uint64_t{0}, 2, slice.data()), "were asked for");
  VERIFY_RUN_ERROR(back.file_offset("x"), "contiguous");
}

void TestHdf5::offsetPointsAtTheData() {
  write_sample(path("offset.h5"));
  const store::Hdf5File file = store::Hdf5File::open(path("offset.h5"));
  const std::string bytes = read_file(path("offset.h5"));
  const auto values = ramp(600);
  const std::uint64_t offset = file.file_offset("weights/mlp/up");
  QCOMPARE(offset % 8, std::uint64_t{0});
  QVERIFY(offset + 2400 <= bytes.size());
  QCOMPARE(std::memcmp(bytes.data() + offset, values.data(), 2400), 0);
  QCOMPARE(file.file_offset("tokens/train") % 8, std::uint64_t{0});
}

void TestHdf5::userBlock() {
  const auto values = ramp(600);
  store::Hdf5File file = store::Hdf5File::create(path("block.h5"), 512);
  file.write("x", {store::DataType::f32, {600}}, values.data());
  file.close();
  const std::string bytes = read_file(path("block.h5"));
  QCOMPARE(bytes.substr(512, 4), std::string("\x89HDF"));
  const store::Hdf5File back = store::Hdf5File::open(path("block.h5"));
  QCOMPARE(back.read_all<float>("x", store::DataType::f32), values);
  QCOMPARE(std::memcmp(bytes.data() + back.file_offset("x"), values.data(), 2400), 0);
}

void TestHdf5::wrongRequests() {
  write_sample(path("wrong.h5"));
  store::Hdf5File file = store::Hdf5File::open(path("wrong.h5"));
  float out[600];
  VERIFY_RUN_ERROR(file.read("weights/mlp/up", store::DataType::f64, 600, out), "600 × f32; expected 600 × f64");
  VERIFY_RUN_ERROR(file.read("weights/mlp/up", store::DataType::f32, 599, out), "expected 599 × f32");
  VERIFY_RUN_ERROR(file.read("weights/mlp/down", store::DataType::f32, 600, out),
                   "weights/mlp/down: the data set is missing");
  VERIFY_RUN_ERROR(file.read_slice("weights/mlp/up", store::DataType::f32, 0, 1, out), "one dimension");
  VERIFY_RUN_ERROR(file.shape("weights"), "weights");  // a group
  VERIFY_RUN_ERROR(file.datasets("nothing"), "nothing: the group is missing");
  VERIFY_RUN_ERROR(file.write("new", {store::DataType::f32, {1}}, out), "new");  // opened for reading
  VERIFY_RUN_ERROR(file.append("ends", store::DataType::u64, out, 1), "no growing data set");
  store::Hdf5File made = store::Hdf5File::create(path("twice.h5"));
  made.write("x", {store::DataType::f32, {1}}, out);
  VERIFY_RUN_ERROR(made.write("x", {store::DataType::f32, {1}}, out), "x");
  VERIFY_RUN_ERROR(made.write("x/y", {store::DataType::f32, {1}}, out), "x/y");  // a data set is no group
  made.close();
}

void TestHdf5::wrongNames() {
  store::Hdf5File file = store::Hdf5File::create(path("names.h5"));
  const float value = 1;
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("a//b"), std::string("a/../b"), std::string("./a"),
        std::string("a/"), std::string("a\0b", 3), std::string(5000, 'n')}) {
    VERIFY_RUN_ERROR(file.write(name, {store::DataType::f32, {1}}, &value), "not a name");
  }
  file.write("a.b/c-d_e", {store::DataType::f32, {1}}, &value);
  file.close();
}

void TestHdf5::notThereOrNotHdf5() {
  VERIFY_RUN_ERROR(store::Hdf5File::open(path("missing.h5")), "the file is missing");
  VERIFY_RUN_ERROR(store::Hdf5File::open(path("")), "not a file");
  write_atomically(path("text.h5"), "This is a letter and no HDF5 file.");
  VERIFY_RUN_ERROR(store::Hdf5File::open(path("text.h5")), "not an HDF5 file");
  write_atomically(path("nothing.h5"), "");
  VERIFY_RUN_ERROR(store::Hdf5File::open(path("nothing.h5")), "not an HDF5 file");
}

void TestHdf5::createWhereItCannot() {
  write_atomically(path("plain"), "x");
  VERIFY_RUN_ERROR(store::Hdf5File::create(path("plain") / "x.h5"), "cannot create");
  VERIFY_RUN_ERROR(store::Hdf5File::create(path("no/folder/x.h5")), "No such file or directory");
  VERIFY_RUN_ERROR(store::Hdf5File::create("/proc/x.h5"), "/proc/x.h5");
}

void TestHdf5::usedFromManyThreads() {
  write_sample(path("threads.h5"));
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const fs::path own = path(("thread" + std::to_string(t) + ".h5").c_str());
      for (int i = 0; i < 20; ++i) {
        write_sample(own);
        const store::Hdf5File file = store::Hdf5File::open(i % 2 == 0 ? own : path("threads.h5"));
        try {
          file.shape("missing");
        } catch (const Error&) {
          if (file.read_all<float>("weights/mlp/up", store::DataType::f32) == ramp(600)) ++good;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  QCOMPARE(good.load(), 80);
}

namespace {

/// Reads everything. True when all was as written; false on an Error; anything else ends the test.
bool reads_as_written(const fs::path& path) {
  try {
    const store::Hdf5File file = store::Hdf5File::open(path);
    bool same = file.datasets() == std::vector<std::string>{"ends", "tokens/train", "weights/mlp/up"};
    same = same && file.attribute("/", "format") == "sample";
    same = same && file.read_all<float>("weights/mlp/up", store::DataType::f32) == ramp(600);
    same = same && file.read_all<std::uint64_t>("ends", store::DataType::u64) == std::vector<std::uint64_t>{7, 8, 9};
    return same;
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::run) throw;
    return false;
  }
}

}  // namespace

void TestHdf5::truncatedAnywhere() {
  write_sample(path("whole.h5"));
  QVERIFY(reads_as_written(path("whole.h5")));
  const std::string bytes = read_file(path("whole.h5"));
  for (std::size_t size = 0; size < bytes.size(); size += size < 3000 ? 7 : 4099) {
    std::ofstream(path("cut.h5"), std::ios::binary)
        << bytes.substr(0, size);  // not synced: this is done hundreds of times
    QVERIFY2(!reads_as_written(path("cut.h5")), std::to_string(size).c_str());
  }
}

// Data is not checksummed here, so a flip may go unseen; it must never crash or hang.
void TestHdf5::flippedAnywhere() {
  write_sample(path("whole.h5"));
  const std::string bytes = read_file(path("whole.h5"));
  int unseen = 0;
  for (std::size_t i = 0; i < bytes.size(); i += i < 6000 ? 3 : 1013) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    std::ofstream(path("flip.h5"), std::ios::binary) << damaged;
    unseen += reads_as_written(path("flip.h5")) ? 1 : 0;
  }
  QVERIFY(unseen > 0);
}

/// HDF5 marks a file that is open for writing, and leaves the mark where the writer dies.
void TestHdf5::openElsewhere() {
  write_sample(path("elsewhere.h5"));
  int ready[2];
  QCOMPARE(::pipe(ready), 0);
  const pid_t other = ::fork();
  if (other == 0) {
    const bool open = H5Fopen(path("elsewhere.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT) >= 0;
    if (::write(ready[1], open ? "y" : "n", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char answer = 0;
  QCOMPARE(::read(ready[0], &answer, 1), ssize_t{1});
  QCOMPARE(answer, 'y');
  for (const bool alive : {true, false}) {
    if (!alive) {
      ::kill(other, SIGKILL);
      ::waitpid(other, nullptr, 0);
    }
    const auto [right_kind, message] = run_error([&] { store::Hdf5File::open(path("elsewhere.h5")); });
    QVERIFY2(right_kind && message.find("in use") != std::string::npos, message.c_str());
    QVERIFY2(message.find("damaged") == std::string::npos && message.find("Delete") == std::string::npos,
             message.c_str());
  }
  ::close(ready[0]);
  ::close(ready[1]);
}

void TestHdf5::fullDisk_data() {
  QTest::addColumn<int>("kilobytes");
  for (const int size : {0, 4, 8, 12, 16, 64, 256, 700, 900}) QTest::addRow("%d KiB free", size) << size;
}

void TestHdf5::fullDisk() {
  QFETCH(int, kilobytes);
  const SmallDisk disk(4096);
  if (!disk.mounted()) QSKIP("needs the right to mount a tmpfs");
  write_atomically(disk.path("other"), "stays");
  disk.leave_free(static_cast<std::size_t>(kilobytes));
  const std::vector<float> values = ramp(100'000);
  const auto [right_kind, message] = run_error([&] {
    store::Hdf5File file = store::Hdf5File::create(disk.path("x.h5"));
    file.create_growing("text", store::DataType::u8);
    for (int i = 0; i < 20; ++i) file.append("text", store::DataType::u8, values.data(), 30'000);
    file.write("a/b", {store::DataType::f32, {values.size()}}, values.data());
    for (int i = 0; i < 40; ++i) file.write_attribute("a/b", "key" + std::to_string(i), std::string(500, 'v'));
    file.close();
  });
  QVERIFY2(right_kind, message.c_str());
  QVERIFY2(message.find("No space left on device") != std::string::npos, message.c_str());
  QVERIFY2(message.find("Free space") != std::string::npos, message.c_str());
  QCOMPARE(read_file(disk.path("other")), std::string("stays"));
  // The program goes on: the next file is written as if nothing had happened.
  write_sample(path("after.h5"));
  QVERIFY(reads_as_written(path("after.h5")));
}

QTEST_GUILESS_MAIN(TestHdf5)
#include "test_hdf5.moc"
