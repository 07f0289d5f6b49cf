// SPDX-License-Identifier: GPL-3.0-or-later
// What the program says about the machine: the facts against the system's own, the advice for machines that are not at
// hand.
#include <QtTest>
#include <thread>
#include <vector>

#include "base/machine.h"

using namespace pantograph;

namespace {

Machine with(std::vector<std::string> sets, std::string library, std::string kernel) {
  Machine machine;
  machine.instruction_sets = std::move(sets);
  machine.blas = {std::move(library), std::move(kernel)};
  return machine;
}

}  // namespace

class TestMachine : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void this_machines_facts() {
    const Machine machine = this_machine();
    QVERIFY(machine.cores >= 1);
    QVERIFY(static_cast<unsigned>(machine.cores) <= std::thread::hardware_concurrency());
    QVERIFY(machine.memory > (64U << 20));
    QVERIFY(machine.memory_available <= machine.memory);
  }

  void peak_follows_what_is_touched() {
    reset_peak_memory();
    const std::uint64_t before = peak_memory();
    constexpr std::size_t size = 64U << 20;
    {
      std::vector<char> touched(size, 1);
      QVERIFY(private_memory() > 0);
      QVERIFY(touched[size / 2] == 1);
    }
    const std::uint64_t after = peak_memory();
    QVERIFY2(after >= before + size * 9 / 10, qPrintable(QString::number((after - before) >> 20) + " MiB"));
    QVERIFY(after < before + 2 * size);
  }

  void a_kernel_that_fits_data() {
    QTest::addColumn<QStringList>("sets");
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<QString>("better");
    QTest::newRow("unknown AVX-512") << QStringList{"AVX2", "AVX-512"} << "Prescott"
                                     << "SKYLAKEX";
    QTest::newRow("unknown AVX2") << QStringList{"AVX2"} << "Nehalem"
                                  << "HASWELL";
    QTest::newRow("AVX only, on AVX2") << QStringList{"AVX2"} << "Sandybridge"
                                       << "HASWELL";
    QTest::newRow("good choice") << QStringList{"AVX2", "AVX-512"} << "SkylakeX"
                                 << "";
    QTest::newRow("Haswell's kernels are no disaster") << QStringList{"AVX2", "AVX-512"} << "Haswell"
                                                       << "";
    QTest::newRow("an old processor") << QStringList{} << "Prescott"
                                      << "";
    QTest::newRow("no OpenBLAS") << QStringList{"AVX2"} << ""
                                 << "";
  }
  void a_kernel_that_fits() {
    QFETCH(QStringList, sets);
    QFETCH(QString, kernel);
    QFETCH(QString, better);
    std::vector<std::string> names;
    for (const auto& set : sets) names.push_back(set.toStdString());
    const Machine machine = with(names, "/usr/lib/libopenblas.so.0", kernel.toStdString());
    QCOMPARE(QString::fromStdString(better_blas_kernel(machine)), better);
    if (kernel.isEmpty()) return;
    const QString remedy = QString::fromStdString(blas_remedy(machine));
    if (better.isEmpty()) {
      QVERIFY2(remedy.isEmpty(), qPrintable(remedy));
    } else {
      QVERIFY2(remedy.contains("OPENBLAS_CORETYPE=" + better), qPrintable(remedy));
      QVERIFY2(remedy.contains(kernel), qPrintable(remedy));
    }
  }

  void the_reference_library_is_named_with_its_remedy() {
    const QString remedy =
        QString::fromStdString(blas_remedy(with({"AVX2"}, "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", "")));
    QVERIFY(remedy.contains("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"));
    QVERIFY(remedy.contains("libopenblas0-openmp"));
    QVERIFY(blas_remedy(with({"AVX2"}, "/opt/intel/libmkl_rt.so", "")).empty());
    QVERIFY(blas_remedy(with({"AVX2"}, "", "")).empty());
  }
};

QTEST_GUILESS_MAIN(TestMachine)
#include "test_machine.moc"
