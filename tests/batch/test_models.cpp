// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph models, generate and score as a user calls them, on what an experiment left.
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "project/project_file.h"
#include "run_program.h"
#include "support/tiny_project.h"

using namespace pantograph;
using nlohmann::json;
namespace fs = std::filesystem;

class TestModels : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    file_ = tiny::make_project(dir_.path().toStdString());
    name_ = QString::fromStdString(file_.string());
    QCOMPARE(pantograph_run({"models", name_}).out.contains("No models yet"), true);
    QCOMPARE(pantograph_run({"--batch", name_, "-q"}).code, 0);
    for (const json& model : lines(pantograph_run({"models", name_, "--json"}))) {
      const QString file = QString::fromStdString(model.at("file").get<std::string>());
      if (!model.contains("domain")) {
        (file.contains("slm-pn") ? projected_ : generic_) = file;
      } else if (model.at("method") == "slm") {
        (model.at("domain") == "law" ? law_ : cooking_) = file;
      }
    }
    for (const QString& file : {projected_, generic_, law_, cooking_}) QVERIFY(fs::exists(file.toStdString()));
  }

  void modelsAreListed() {
    const Outcome listed = pantograph_run({"models", name_});
    QCOMPARE(listed.code, 0);
    QVERIFY2(listed.out.contains("6 models.") && listed.out.contains(law_) && listed.out.contains("test perplexity"),
             qPrintable(listed.out));
  }

  void answersRepeat() {
    const QStringList asked = {"generate", law_, "--prompt", "The judge", "--max-tokens", "20", "--seed", "4"};
    const Outcome first = pantograph_run(asked), second = pantograph_run(asked);
    QCOMPARE(first.code, 0);
    QVERIFY2(first.out.startsWith("The judge") && first.out.size() > 12, qPrintable(first.out));
    QCOMPARE(second.out, first.out);
    QVERIFY(first.err.contains("tokens in"));
    // The prompt from standard input is the same prompt.
    QProcess process;
    process.start(PANTOGRAPH_PROGRAM, {"generate", law_, "--max-tokens", "20", "--seed", "4"});
    process.write("The judge\n");
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(QString::fromUtf8(process.readAllStandardOutput()), first.out);
    // Elsewhere, without its project.
    const fs::path copy = fs::path(dir_.path().toStdString()) / "elsewhere/model.h5";
    fs::create_directories(copy.parent_path());
    fs::copy_file(law_.toStdString(), copy);
    QStringList there = asked;
    there[1] = QString::fromStdString(copy.string());
    QCOMPARE(pantograph_run(there).out, first.out);
  }

  void answersInDetail() {
    const auto answers =
        lines(pantograph_run({"generate", law_, "--json", "--prompt", "The judge", "--prompt", "A cook",
                              "--temperature", "0", "--max-tokens", "6", "--candidates", "2", "--prompt-tokens"}));
    QCOMPARE(answers.size(), std::size_t(2));
    for (const json& answer : answers) {
      std::string text, prompt;
      for (const json& token : answer.at("tokens")) {
        text += token.at("text").get<std::string>();
        QCOMPARE(token.at("candidates").size(), std::size_t(2));
        QVERIFY(token.at("candidates")[0].at("id") == token.at("id"));
        QVERIFY(token.at("log_probability") <= 0);
      }
      for (const json& token : answer.at("prompt_token_list")) prompt += token.at("text").get<std::string>();
      QCOMPARE(answer.at("text").get<std::string>().substr(0, text.size()), text);
      QCOMPARE(prompt, answer.at("prompt").get<std::string>());
    }
  }

  void aProjectedNetworkNeedsAnExpert() {
    const Outcome none = pantograph_run({"generate", projected_, "--prompt", "The"});
    QCOMPARE(none.code, 2);
    QVERIFY2(none.err.contains("--expert"), qPrintable(none.err));
    const QStringList asked = {"generate", projected_, "--prompt", "The", "--max-tokens", "5", "--expert"};
    QCOMPARE(pantograph_run(asked + QStringList{"0"}).code, 0);
    QCOMPARE(pantograph_run(asked + QStringList{"0:0.5,1:0.5"}).code, 0);
    for (const char* wrong : {"99", "-1", "x", "0:", "0,", "0:0.5;1:0.5"})
      QCOMPARE(pantograph_run(asked + QStringList{wrong}).code, 2);
    QCOMPARE(pantograph_run({"generate", law_, "--prompt", "The", "--expert", "0"}).code, 2);
  }

  /// Of the experts, that which scores a domain's texts best.
  void anExpertIsChosenForTexts() {
    const fs::path text = fs::path(dir_.path().toStdString()) / "court-for.txt";
    write_atomically(text, tiny::text("court", 77, 40));
    const QString file = QString::fromStdString(text.string());
    double least = 1e30;
    int best = -1;
    for (int expert = 0; expert < 100; ++expert) {
      const Outcome one = pantograph_run({"score", projected_, "--expert", QString::number(expert), "--json", file});
      if (one.code != 0) break;
      const double nats = lines(one).back().at("nats").get<double>();
      if (nats < least) least = nats, best = expert;
    }
    QVERIFY(best >= 0);
    const Outcome chosen = pantograph_run({"score", projected_, "--expert-for", file, "--json", file});
    QCOMPARE(chosen.code, 0);
    QCOMPARE(lines(chosen).back().at("nats").get<double>(), least);
    QVERIFY(lines(chosen).back().at("model").get<std::string>().ends_with("expert " + std::to_string(best)));
    QCOMPARE(pantograph_run({"score", law_, "--expert-for", file, file}).code, 2);
    QCOMPARE(pantograph_run({"score", projected_, "--expert-for", file + "-not-there", file}).code, 4);
    QCOMPARE(pantograph_run({"score", projected_, "--expert", "0", "--expert-for", file, file}).code, 2);
  }

  /// A specialized model knows its domain better than the other one's does.
  void scores() {
    const fs::path text = fs::path(dir_.path().toStdString()) / "court.txt";
    write_atomically(text, tiny::text("court", 77, 40));
    const QString file = QString::fromStdString(text.string());
    double law = 0, cooking = 0;
    for (auto [model, bits] : {std::pair(law_, &law), std::pair(cooking_, &cooking)}) {
      const auto found = lines(pantograph_run({"score", model, file, "--json"}));
      QCOMPARE(found.size(), std::size_t(2));
      QCOMPARE(found[0].at("event").get<std::string>(), std::string("document"));
      QCOMPARE(found[1].at("documents").get<int>(), 1);
      QCOMPARE(found[1].at("bytes").get<std::uint64_t>(), fs::file_size(text));
      QVERIFY(found[0].at("nats") == found[1].at("nats"));
      *bits = found[1].at("bits_per_byte").get<double>();
      QVERIFY2(pantograph_run({"score", model, file}).out.contains("bits per byte"), "");
    }
    QVERIFY2(law < cooking, qPrintable(QString("%1, %2").arg(law).arg(cooking)));
  }

  void choices() {
    const fs::path questions = fs::path(dir_.path().toStdString()) / "questions.jsonl";
    std::string all;
    for (std::uint64_t i = 0; i < 20; ++i) {
      all += json{{"sentence_good", tiny::text("court", 100 + i, 1)}, {"sentence_bad", "zq xv jj qqq zzzz xx kk vvv"}}
                 .dump() +
             "\n";
    }
    write_atomically(questions, all);
    const auto found =
        lines(pantograph_run({"score", law_, QString::fromStdString(questions.string()), "--choices", "--json"}));
    QCOMPARE(found.size(), std::size_t(21));
    QVERIFY(found.back().at("accuracy_by_bytes").get<double>() > 0.9);
    QCOMPARE(found.back().at("chance").get<double>(), 0.5);
    write_atomically(questions, all + "{\"context\": \"a\"}\n");
    const Outcome broken = pantograph_run({"score", law_, QString::fromStdString(questions.string()), "--choices"});
    QCOMPARE(broken.code, 4);
    QVERIFY2(broken.err.contains("questions.jsonl:21"), qPrintable(broken.err));
  }

  /// What left comes back, and answers as before.
  void importsAgain() {
    const fs::path root = dir_.path().toStdString();
    const auto place = [&](const char* name) { return QString::fromStdString((root / name).string()); };
    const QStringList asked = {"--prompt", "The judge", "--max-tokens", "12", "--seed", "4"};
    const QString before = pantograph_run(QStringList{"generate", law_} + asked).out;
    for (const char* format : {"hf", "gguf"}) {
      const QString out = place(format), model = place(format) + ".h5";
      QCOMPARE(pantograph_run({"export", law_, out, "--format", format}).code, 0);
      const auto found = lines(pantograph_run({"import", out, model, "--json"}));
      QCOMPARE(found.size(), std::size_t(1));
      QCOMPARE(found[0].at("event").get<std::string>(), std::string("import"));
      QCOMPARE(found[0].at("format").get<std::string>(), std::string(format));
      QCOMPARE(found[0].at("file").get<std::string>(), model.toStdString());
      QCOMPARE(pantograph_run(QStringList{"generate", model} + asked).out, before);
      const Outcome again = pantograph_run({"import", out, model});  // never over what is there
      QCOMPARE(again.code, 2);
      QVERIFY2(again.err.contains("something of that name"), qPrintable(again.err));
    }
    QVERIFY(pantograph_run({"import", "--help"}).out.contains("GGUF file"));
    QCOMPARE(pantograph_run({"import", law_}).code, 2);
    const Outcome own = pantograph_run({"import", law_, place("own.h5")});
    QCOMPARE(own.code, 4);
    QVERIFY2(own.err.contains("no model of a known format"), qPrintable(own.err));
    QVERIFY(!fs::exists(root / "own.h5"));
  }

  void wrongUse() {
    QCOMPARE(pantograph_run({"generate"}).code, 2);
    QCOMPARE(pantograph_run({"score", law_}).code, 2);
    QCOMPARE(pantograph_run({"models"}).code, 2);
    const Outcome project = pantograph_run({"generate", name_, "--prompt", "x"});
    QCOMPARE(project.code, 4);
    QVERIFY2(project.err.contains("pantograph models"), qPrintable(project.err));
    QCOMPARE(pantograph_run({"generate", "nothing.h5", "--prompt", "x"}).code, 4);
    QCOMPARE(pantograph_run({"score", law_, "nothing.txt"}).code, 4);
    const Outcome hot = pantograph_run({"generate", law_, "--prompt", "x", "--temperature", "-1"});
    QCOMPARE(hot.code, 2);
    QVERIFY2(hot.err.contains("temperature"), qPrintable(hot.err));
    const Outcome large = pantograph_run({"generate", law_, "--prompt", QString(5000, 'q')});
    QCOMPARE(large.code, 2);
    QVERIFY2(large.err.contains("context"), qPrintable(large.err));
  }

 private:
  static std::vector<json> lines(const Outcome& outcome) {
    std::vector<json> out;
    for (const QString& line : outcome.out.split('\n', Qt::SkipEmptyParts))
      out.push_back(json::parse(line.toStdString()));
    if (outcome.code != 0) qWarning("%s", qPrintable(outcome.err));
    return out;
  }

  QTemporaryDir dir_;
  fs::path file_;
  QString name_, projected_, generic_, law_, cooking_;
};

QTEST_GUILESS_MAIN(TestModels)
#include "test_models.moc"
