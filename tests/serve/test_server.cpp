// SPDX-License-Identifier: GPL-3.0-or-later
// The server as clients meet it: answers, streams, refusals, and hundreds of connections of which many are broken.
#include <QTcpSocket>
#include <QtTest>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "infer/answering_network.h"
#include "serve/server.h"

using namespace pantograph;
using nlohmann::json;

namespace {

struct Reply {
  int status = 0;
  QByteArray head, body;
  json value() const { return json::parse(body.toStdString()); }
};

}  // namespace

class TestServer : public QObject {
  Q_OBJECT
 private:
  std::unique_ptr<serve::Server> server_;
  std::thread thread_;

  static infer::Session session() {
    auto tokenizer = std::make_shared<const token::Tokenizer>(fixtures::small_tokenizer());
    auto network = std::make_shared<const network::Network>(fixtures::answering_network(tokenizer->vocabulary()));
    return infer::Session(std::move(network), std::move(tokenizer), "fp32");
  }

  /// What comes back for these bytes, until the other side closes.
  QByteArray raw(const QByteArray& request, int wait = 20'000) const {
    QTcpSocket socket;
    socket.connectToHost("127.0.0.1", static_cast<quint16>(server_->port()));
    if (!socket.waitForConnected(wait)) return {};
    socket.write(request);
    QByteArray out;
    QElapsedTimer timer;
    timer.start();
    while (socket.state() == QAbstractSocket::ConnectedState && timer.elapsed() < wait) {
      if (socket.waitForReadyRead(200)) out += socket.readAll();
    }
    return out + socket.readAll();
  }
  Reply ask(const QByteArray& method, const QByteArray& path, const QByteArray& body = {}) const {
    const QByteArray out = raw(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                               QByteArray::number(body.size()) + "\r\n\r\n" + body);
    const auto end = out.indexOf("\r\n\r\n");
    return {out.mid(9, 3).toInt(), out.left(end), out.mid(end + 4)};
  }

 private Q_SLOTS:
  void initTestCase() {
    serve::ServeOptions options;
    options.longest_body = 20'000;
    options.most_waiting = 4;
    server_ = std::make_unique<serve::Server>(session(), "mine", options);
    thread_ = std::thread([this] { server_->run(); });
  }
  void cleanupTestCase() {
    server_->stop();
    thread_.join();
  }

  void models() {
    const Reply reply = ask("GET", "/v1/models");
    QCOMPARE(reply.status, 200);
    QCOMPARE(reply.value()["data"][0]["id"], json("mine"));
    QCOMPARE(reply.value()["data"][0]["context_length"], json(48));
    QCOMPARE(ask("GET", "/health").status, 200);
  }

  void answers() {
    const QByteArray body = R"({"prompt": "ab", "max_tokens": 8, "temperature": 0, "logprobs": 1})";
    const Reply reply = ask("POST", "/v1/completions", body);
    QCOMPARE(reply.status, 200);
    infer::Session alone = session();
    infer::GenerateSettings settings;
    settings.sampling.temperature = 0;
    settings.max_tokens = 8;
    const infer::Answer expected = alone.generate({"ab"}, settings).at(0);
    const json choice = reply.value()["choices"][0];
    QCOMPARE(choice["text"].get<std::string>(), expected.text);
    QCOMPARE(choice["logprobs"]["token_logprobs"].size(), expected.tokens.size());
    QCOMPARE(reply.value()["usage"]["completion_tokens"], json(expected.tokens.size()));
  }

  void streams() {
    const Reply reply = ask("POST", "/v1/completions",
                            R"({"prompt": "ab", "max_tokens": 8, "temperature": 0, "stream": true, "echo": true})");
    QCOMPARE(reply.status, 200);
    QVERIFY(reply.head.contains("text/event-stream"));
    std::string text;
    int finished = 0;
    bool done = false;
    for (const QByteArray& line : reply.body.split('\n')) {
      if (!line.startsWith("data: ")) continue;
      done = line.contains("[DONE]");
      if (done) continue;
      const json part = json::parse(line.mid(6).toStdString());
      text += part["choices"][0]["text"].get<std::string>();
      finished += !part["choices"][0]["finish_reason"].is_null();
    }
    QVERIFY(done);
    QCOMPARE(finished, 1);
    const Reply whole =
        ask("POST", "/v1/completions", R"({"prompt": "ab", "max_tokens": 8, "temperature": 0, "echo": true})");
    QCOMPARE(text, whole.value()["choices"][0]["text"].get<std::string>());
  }

  void refusals() {
    QCOMPARE(ask("GET", "/").status, 404);
    QCOMPARE(ask("GET", "/v1/completions").status, 404);
    QCOMPARE(ask("POST", "/v1/completions", "{").status, 400);
    const Reply bad = ask("POST", "/v1/completions", R"({"temperature": "hot"})");
    QCOMPARE(bad.status, 400);
    QCOMPARE(bad.value()["error"]["param"], json("temperature"));
    const Reply deep = ask("POST", "/v1/completions", QByteArray(10'000, '['));
    QCOMPARE(deep.status, 400);
    const Reply long_prompt = ask("POST", "/v1/completions", "{\"prompt\": \"" + QByteArray(300, 'a') + "\"}");
    QCOMPARE(long_prompt.status, 400);
    QVERIFY(long_prompt.body.contains("context"));
    QCOMPARE(ask("POST", "/v1/completions", "{\"prompt\": \"" + QByteArray(30'000, 'a') + "\"}").status, 413);
    QVERIFY_THROWS_EXCEPTION(Error, serve::Server(session(), "x", {.host = "256.1.2.3"}));
    serve::ServeOptions taken;
    taken.host = "203.0.113.1";  // of no machine
    QVERIFY_THROWS_EXCEPTION(Error, serve::Server(session(), "x", taken));
  }

  /// Some say nothing, some half a request, some rubbish, some leave in the middle of a stream. Whoever asks properly
  /// is answered, or told to come back.
  void crowds() {
    std::vector<std::unique_ptr<QTcpSocket>> sockets;
    const QByteArray stream = R"({"prompt": "a", "max_tokens": 40, "stream": true})";
    const QByteArray good =
        "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + QByteArray::number(stream.size()) +
        "\r\n\r\n" + stream;
    for (int i = 0; i < 300; ++i) {
      auto socket = std::make_unique<QTcpSocket>();
      socket->connectToHost("127.0.0.1", static_cast<quint16>(server_->port()));
      QVERIFY(socket->waitForConnected(10'000));
      if (i % 5 == 1) socket->write(good.left(40));
      if (i % 5 == 2) socket->write(QByteArray(2000, '\xFF') + "\r\n\r\n");
      if (i % 5 == 3) socket->write("GET / HTTP/9.9\r\nContent-Length: -5\r\n\r\n");
      if (i % 5 == 4) socket->write(good);
      socket->flush();
      if (i % 2 == 0) socket->abort();
      sockets.push_back(std::move(socket));
    }
    for (auto& socket : sockets) socket->abort();
    Reply reply;
    for (int tries = 0; tries < 100 && reply.status != 200; ++tries) {
      reply = ask("POST", "/v1/completions", R"({"prompt": "ab", "max_tokens": 2})");
      QVERIFY2(reply.status == 200 || reply.status == 503, reply.head.constData());
      if (reply.status == 503) {
        QVERIFY(reply.head.contains("Retry-After"));
        QTest::qWait(200);
      }
    }
    QCOMPARE(reply.status, 200);
  }
};

QTEST_GUILESS_MAIN(TestServer)
#include "test_server.moc"
