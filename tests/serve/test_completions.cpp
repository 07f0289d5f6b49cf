// SPDX-License-Identifier: GPL-3.0-or-later
// Requests as OpenAI's clients write them, wrong ones by name, and answers as those clients read them.
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "serve/completions.h"
#include "token/model_writer.h"

using namespace pantograph;
using namespace pantograph::serve;
using nlohmann::json;

class TestCompletions : public QObject {
  Q_OBJECT
 private:
  static std::string refused(const std::string& body) {
    try {
      completion_request(body, 0);
      return {};
    } catch (const Error& e) {
      return e.kind() == ErrorKind::usage ? e.text().where : "another error";
    }
  }

 private Q_SLOTS:
  void requests() {
    const CompletionRequest plain = completion_request(R"({"model": "any", "prompt": "Once", "user": "x"})", 9);
    QCOMPARE(plain.prompts, std::vector<std::string>{"Once"});
    QCOMPARE(plain.settings.max_tokens, 16);
    QCOMPARE(plain.settings.sampling.temperature, 1.0);
    QCOMPARE(plain.settings.sampling.seed, std::uint64_t(9));
    QVERIFY(!plain.stream && !plain.echo && plain.logprobs == -1 && !plain.settings.prompts);

    const CompletionRequest full = completion_request(
        R"({"prompt": ["a", "b"], "max_tokens": 5, "temperature": 0, "top_p": 0.9, "top_k": 4, "min_p": 0.1, )"
        R"("repetition_penalty": 1.2, "seed": 3, "stop": ["x", "y"], "logprobs": 2, "echo": true, "n": 1, )"
        R"("presence_penalty": 0, "suffix": null, "stream": false})",
        9);
    QCOMPARE(full.prompts.size(), std::size_t(2));
    const infer::GenerateSettings& g = full.settings;
    QVERIFY(g.max_tokens == 5 && g.sampling.temperature == 0 && g.sampling.top_p == 0.9 && g.sampling.top_k == 4 &&
            g.sampling.min_p == 0.1 && g.sampling.repetition_penalty == 1.2 && g.sampling.seed == 3);
    QCOMPARE(g.stop, (std::vector<std::string>{"x", "y"}));
    QVERIFY(g.candidates == 2 && g.prompts && full.echo);
    QCOMPARE(completion_request("{}", 0).prompts, std::vector<std::string>{""});
    QCOMPARE(completion_request(R"({"stop": "z"})", 0).settings.stop, std::vector<std::string>{"z"});
  }

  void refusals() {
    QCOMPARE(refused("["), std::string("the request's body"));
    QCOMPARE(refused("7"), std::string("the request's body"));
    for (const auto& [key, bad] : std::vector<std::pair<std::string, std::vector<std::string>>>{
             {"prompt", {"7", "[1, 2]", "[]", "[\"a\", 7]", "{}"}},
             {"max_tokens", {"-1", "\"a\"", "1.5", "1e300"}},
             {"temperature", {"-0.1", "\"hot\"", "101"}},
             {"top_p", {"0", "1.1"}},
             {"top_k", {"-1", "0.5"}},
             {"min_p", {"2"}},
             {"repetition_penalty", {"0"}},
             {"seed", {"-1", "\"x\""}},
             {"logprobs", {"-1", "1000", "true"}},
             {"stop", {"7", "[7]"}},
             {"echo", {"1"}},
             {"stream", {"\"yes\""}},
             {"n", {"2", "0"}},
             {"best_of", {"3"}},
             {"presence_penalty", {"0.5"}},
             {"suffix", {"\"end\""}}}) {
      for (const std::string& value : bad) QCOMPARE(refused("{\"" + key + "\": " + value + "}"), key);
    }
    QCOMPARE(refused(R"({"stream": true, "logprobs": 1})"), std::string("logprobs"));
    std::string many = "[";
    for (int i = 0; i < 17; ++i) many += i == 0 ? "\"a\"" : ", \"a\"";
    QCOMPARE(refused("{\"prompt\": " + many + "]}"), std::string("prompt"));
  }

  void answers() {
    fixtures::WrittenModel model;
    model.add_marks();
    const auto tokenizer = token::Tokenizer::from_bytes(model.bytes(), "small");
    const std::int32_t a = 4 + 'a', b = 4 + 'b';
    infer::Answer answer;
    answer.prompt = {{a, -1.5, {{a, -1.5}}, "a"}};
    answer.tokens = {{b, -0.5, {{b, -0.5}, {a, -1.0}}, "b"}};
    answer.text = "b";
    answer.finish = infer::Finish::stop;
    answer.prompt_tokens = 2;
    const CompletionRequest request = completion_request(R"({"prompt": "a", "echo": true, "logprobs": 2})", 0);
    const json found = completion({"cmpl-1", "mine", 17}, request, {answer}, tokenizer);
    QCOMPARE(found, json::parse(R"({"id": "cmpl-1", "object": "text_completion", "created": 17, "model": "mine",
      "choices": [{"index": 0, "text": "ab", "finish_reason": "stop", "logprobs": {"tokens": ["a", "b"],
      "token_logprobs": [-1.5, -0.5], "top_logprobs": [{"a": -1.5}, {"a": -1.0, "b": -0.5}], "text_offset": [0, 1]}}],
      "usage": {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}} )"));
    const infer::Finish length = infer::Finish::length;
    QCOMPARE(completion_part({"c", "m", 1}, 3, "x", nullptr)["choices"][0]["finish_reason"], json());
    QCOMPARE(completion_part({"c", "m", 1}, 3, "", &length)["choices"][0]["finish_reason"], json("length"));
    QCOMPARE(completion_part({"c", "m", 1}, 3, "x", nullptr)["choices"][0]["index"], json(3));
    const json error = error_body(Error(ErrorKind::usage, {"7", "prompt", "a text", ""}));
    QCOMPARE(error["error"]["type"], json("invalid_request_error"));
    QCOMPARE(error["error"]["param"], json("prompt"));
  }
};

QTEST_GUILESS_MAIN(TestCompletions)
#include "test_completions.moc"
