// SPDX-License-Identifier: GPL-3.0-or-later
// Macro-averages, and records to JSON and back.
#include <cmath>
#include <filesystem>
#include <limits>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "measure/results.h"
#include "sample_results.h"

using namespace pantograph;
using sample::pair_of;
using sample::record;

namespace {

bool close(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

}  // namespace

class TestResults : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void macro_average_is_the_exponential_of_the_mean_loss() {
    // Losses 2 and 4 have mean 3; 10 · 1000 has the geometric mean 100.
    QVERIFY(close(measure::macro_average_perplexity({std::exp(2.0), std::exp(4.0)}), std::exp(3.0)));
    QVERIFY(close(measure::macro_average_perplexity({10, 1000}), 100));
    QVERIFY(close(measure::macro_average_perplexity({12.5}), 12.5));
    QVERIFY(close(measure::perplexity(std::log(20.51)), 20.51));
    QVERIFY(std::isnan(measure::macro_average_perplexity({})));
    QVERIFY(std::isnan(measure::macro_average_perplexity({10, std::numeric_limits<double>::quiet_NaN()})));
    QVERIFY(std::isnan(measure::macro_average_perplexity({10, 0})));
  }

  void averages_over_domains_then_seeds() {
    // Seed 1: √(10·40) = 20; seed 2: √(20·80) = 40. Mean 30, standard deviation √((10² + 10²) / 1) = 14.142…
    const auto out = measure::averages({record("slm", "law", 100, 10, 1), record("slm", "med", 400, 40, 1),
                                        record("slm", "law", 100, 20, 2), record("slm", "med", 400, 80, 2),
                                        record("slm", "law", 50, 5, 1, 20'000)});
    QCOMPARE(out.size(), std::size_t(2));
    QCOMPARE(out[0].specialization_tokens, std::uint64_t(20'000));
    QCOMPARE(out[0].domains, 1);
    QCOMPARE(out[0].after_spread, 0.0);
    QVERIFY(close(out[1].after, 30));
    QVERIFY(close(out[1].before, 200));
    QVERIFY(close(out[1].after_spread, std::sqrt(200.0)));
    QCOMPARE(out[1].domains, 2);
    QCOMPARE(out[1].seeds, 2);
  }

  void budgets_are_averaged_apart() {
    auto records = pair_of(20, 25);
    records.push_back(record("slm", "law", 100, 30));
    records.back().generic_budget = 4'000'000;
    records.back().generic_perplexity = 150;
    const auto out = measure::averages(records);
    QCOMPARE(out.size(), std::size_t(3));
    QVERIFY(out[0].generic_budget == 4'000'000 && close(out[0].after, 30) && close(out[0].generic, 150));
    QVERIFY(out[1].generic_budget == 8'000'000 && close(out[1].after, 20) && close(out[1].generic, 101.3));
    QVERIFY(std::isnan(measure::averages({record("slm-nopt", "law", 100, 30)})[0].generic));
  }

  void a_seed_half_done_does_not_change_the_average() {
    const auto out = measure::averages(
        {record("slm", "law", 100, 10, 1), record("slm", "med", 400, 40, 1), record("slm", "law", 100, 90, 2)});
    QCOMPARE(out.size(), std::size_t(1));
    QVERIFY(close(out[0].after, 20));
    QCOMPARE(out[0].domains, 2);
    QCOMPARE(out[0].seeds, 1);
  }

  void records_round_trip_exactly() {
    measure::ResultRecord r =
        record("slm-pn", "a \"quoted\" › domain\n", 0.1 + 0.2, 1.0 / 3.0, 18'446'744'073'709'551'615ull, 64'000'000);
    r.generic_flops = 5.3e21;
    r.specialization_seconds = 1e-300;
    const measure::ResultRecord back = measure::result_from_json(nlohmann::json::parse(measure::to_json(r).dump()));
    QCOMPARE(measure::to_json(back).dump(), measure::to_json(r).dump());
    QCOMPARE(back.perplexity_before, r.perplexity_before);
    QCOMPARE(back.perplexity_after, r.perplexity_after);
    QCOMPARE(back.generic_flops, r.generic_flops);
    QCOMPARE(back.seed, r.seed);
    QCOMPARE(back.domain, r.domain);
    QCOMPARE(back.expert, 3);
  }

  void a_number_that_is_not_finite_becomes_null() {
    measure::ResultRecord r = record("slm", "law", 100, std::numeric_limits<double>::infinity());
    QVERIFY(measure::to_json(r)["perplexity_after"].is_null());
    QVERIFY(std::isnan(measure::result_from_json(measure::to_json(r)).perplexity_after));
  }

  void every_key_of_the_contract_is_there() {
    const auto json = measure::to_json(record("slm-pn", "law", 2, 1));
    for (const char* key : {"method",
                            "domain",
                            "specialization_tokens",
                            "generic_tokens",
                            "generic_flops",
                            "generic_seconds",
                            "specialization_flops",
                            "specialization_seconds",
                            "expert",
                            "selection",
                            "perplexity_before",
                            "perplexity_after",
                            "parameters_pretraining",
                            "parameters_inference",
                            "seed",
                            "sample",
                            "kind",
                            "specialization_steps",
                            "generic_perplexity",
                            "network",
                            "adaptation",
                            "generic_budget",
                            "specialization_tokens_seen",
                            "validation_loss",
                            "selection_flops",
                            "selection_seconds",
                            "teacher_generic_flops",
                            "teacher_generic_seconds",
                            "teacher_specialization_flops",
                            "teacher_specialization_seconds",
                            "clusters",
                            "h",
                            "m",
                            "effective_windows",
                            "repetition",
                            "total_windows",
                            "inference_flops_per_token",
                            "validation_flops",
                            "validation_seconds",
                            "validation_tokens",
                            "rate_factor",
                            "context",
                            "test_documents",
                            "test_tokens",
                            "test_bytes",
                            "test_error",
                            "leaked_documents",
                            "perplexity_without_leaks",
                            "bits_per_byte"}) {
      QVERIFY2(json.contains(key), key);
    }
    QCOMPARE(json.size(), std::size_t(49));
  }

  void a_record_of_an_older_version_reads_with_defaults() {
    measure::ResultRecord r = record("slm-pn", "law", 30, 20);
    r.network = "pn16", r.adaptation = "lora", r.generic_budget = 4'000'000, r.h = 16, r.m = 8, r.clusters = 16;
    r.teacher_generic_flops = 1e15, r.validation_loss = 3.25, r.inference_flops_per_token = 5e6;
    nlohmann::json json = measure::to_json(r);
    const measure::ResultRecord whole = measure::result_from_json(json);
    QCOMPARE(measure::to_json(whole).dump(), json.dump());
    QCOMPARE(measure::budget_of(whole), std::uint64_t(4'000'000));
    for (const char* key : {"network", "adaptation", "generic_budget", "specialization_tokens_seen", "validation_loss",
                            "selection_flops", "selection_seconds", "teacher_generic_flops", "teacher_generic_seconds",
                            "teacher_specialization_flops", "teacher_specialization_seconds", "clusters", "h", "m",
                            "effective_windows", "repetition", "total_windows", "inference_flops_per_token"})
      json.erase(key);
    const measure::ResultRecord old = measure::result_from_json(json);
    QCOMPARE(measure::to_json(old).dump(), measure::to_json(record("slm-pn", "law", 30, 20)).dump());
    QCOMPARE(measure::budget_of(old), std::uint64_t(8'000'000));  // what the network saw
  }

  void order_is_method_domain_size_budget_seed() {
    std::vector<measure::ResultRecord> records = {record("slm-pn", "a", 1, 1),    record("slm", "b", 1, 1, 7, 5),
                                                  record("slm", "b", 1, 1, 1, 5), record("slm", "b", 1, 1, 2, 5),
                                                  record("slm", "b", 1, 1, 9, 4), record("slm", "a", 1, 1, 9, 9)};
    records[1].generic_budget = 1'000'000;  // before the seed, after the size
    measure::sort_results(records);
    QString order;
    for (const auto& r : records)
      order += QString::fromStdString(r.method + r.domain) + QString::number(r.specialization_tokens) + "/" +
               QString::number(r.seed) + " ";
    QCOMPARE(order, QString("slma9/9 slmb4/9 slmb5/7 slmb5/1 slmb5/2 slm-pna100000/7 "));
  }

  void bad_files_data() {
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("found");
    const auto one = [](auto change) {
      nlohmann::json r = measure::to_json(record("slm", "law", 2, 1));
      change(r);
      return QString::fromStdString(
          nlohmann::json{{"schema", 1}, {"records", {measure::to_json(record("slm", "law", 2, 1)), r}}}.dump());
    };
    QTest::newRow("empty") << ""
                           << "broken JSON";
    QTest::newRow("torn") << "{\"schema\":1,\"records\":["
                          << "broken JSON";
    QTest::newRow("array") << "[]"
                           << "no \"schema\"";
    QTest::newRow("no records") << "{\"schema\":1}"
                                << "no \"schema\"";
    QTest::newRow("newer") << "{\"schema\":2,\"records\":[]}"
                           << "schema 2";
    QTest::newRow("record is a number") << "{\"schema\":1,\"records\":[1]}"
                                        << "not a JSON object";
    QTest::newRow("no seed") << one([](auto& r) { r.erase("seed"); }) << "\"seed\"";
    QTest::newRow("negative size") << one([](auto& r) { r["specialization_tokens"] = -1; })
                                   << "\"specialization_tokens\"";
    QTest::newRow("fraction of a size") << one([](auto& r) { r["generic_tokens"] = 1.5; }) << "\"generic_tokens\"";
    QTest::newRow("text for a number") << one([](auto& r) { r["perplexity_after"] = "low"; }) << "\"perplexity_after\"";
    QTest::newRow("number for a text") << one([](auto& r) { r["domain"] = 7; }) << "\"domain\"";
    QTest::newRow("negative h") << one([](auto& r) { r["h"] = -1; }) << "\"h\"";
    QTest::newRow("fraction of a budget") << one([](auto& r) { r["generic_budget"] = 0.5; }) << "\"generic_budget\"";
    QTest::newRow("null for a text") << one([](auto& r) { r["network"] = nullptr; }) << "\"network\"";
    QTest::newRow("expert out of range") << one([](auto& r) { r["expert"] = -2; }) << "\"expert\"";
  }

  void bad_files() {
    QFETCH(QString, content);
    QFETCH(QString, found);
    QTemporaryDir folder;
    const std::filesystem::path file = std::filesystem::path(folder.path().toStdString()) / "results.json";
    write_atomically(file, content.toStdString());
    try {
      measure::read_results(file);
      QFAIL("read a bad file");
    } catch (const Error& error) {
      QCOMPARE(int(error.kind()), int(ErrorKind::input));
      QVERIFY2(QString::fromStdString(error.text().found).contains(found), error.what());
      QVERIFY(QString::fromStdString(error.text().where).contains("results.json"));
      QVERIFY(!error.text().remedy.empty());
    }
    QCOMPARE(QString::fromStdString(read_file(file)), content);
  }
};

QTEST_GUILESS_MAIN(TestResults)
#include "test_results.moc"
