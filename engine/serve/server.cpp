// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "serve/completions.h"

namespace pantograph::serve {
namespace {

using nlohmann::json;

/// Connections are cheap, and a slow one holds its thread for as long as it may be silent.
constexpr std::size_t kConnections = 128;
constexpr time_t kSilence = 3;  // seconds

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Takes a place among the requests that compute or wait, and gives it back.
class Place {
 public:
  Place(std::atomic<int>& taken, int most) : taken_(taken), got_(taken.fetch_add(1) < most) {}
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  explicit operator bool() const { return got_; }

 private:
  std::atomic<int>& taken_;
  const bool got_;
};

}  // namespace

struct Server::Impl {
  infer::Session session;
  const std::string name;
  const ServeOptions options;
  httplib::Server http;
  int port = 0;
  std::mutex computing;  // guards session
  std::atomic<int> taken = 0;
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> count = 0;
  const std::int64_t started =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();

  Impl(infer::Session of, std::string called, const ServeOptions& with)
      : session(std::move(of)), name(std::move(called)), options(with) {}

  CompletionHead head() {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    return {fmt::format("cmpl-{}-{}", started, ++count), name, now};
  }

  void refuse(httplib::Response& response, int status, const Error& error) const {
    response.status = status;
    response.set_content(text_of(error_body(error)), "application/json");
  }

  void complete(const httplib::Request& request, httplib::Response& response) {
    auto place = std::make_shared<Place>(taken, options.most_waiting);
    if (!*place) {
      response.set_header("Retry-After", "1");
      return refuse(response, 503,
                    Error(ErrorKind::run, {"too many requests at once", "",
                                           fmt::format("at most {}", options.most_waiting), "Try again later."}));
    }
    try {
      const CompletionRequest asked = completion_request(request.body, std::random_device()());
      if (asked.stream) return stream(asked, std::move(place), response);
      const std::lock_guard one_at_a_time(computing);
      network::set_compute_threads(options.threads);  // of this thread
      Control control;
      const std::vector<infer::Answer> answers = session.generate(asked.prompts, asked.settings,
                                                                  [&](std::size_t, const infer::AnswerToken&) {
                                                                    if (stopping) control.stop();
                                                                  },
                                                                  {&control, {}, {}});
      response.set_content(text_of(completion(head(), asked, answers, session.tokenizer())), "application/json");
    } catch (const Error& error) {
      refuse(response, error.kind() == ErrorKind::usage ? 400 : 500, error);
    }
  }

  /// As server-sent events; ends where the other side does.
  void stream(const CompletionRequest& asked, std::shared_ptr<Place> place, httplib::Response& response) {
    response.set_chunked_content_provider(
        "text/event-stream", [this, asked, place, head = head()](std::size_t, httplib::DataSink& sink) {
          const auto send = [&](const std::string& data) {
            const std::string event = "data: " + data + "\n\n";
            return sink.write(event.data(), event.size());
          };
          try {
            const std::lock_guard one_at_a_time(computing);
            network::set_compute_threads(options.threads);  // of this thread
            Control control;
            for (std::size_t i = 0; asked.echo && i < asked.prompts.size(); ++i)
              send(text_of(completion_part(head, i, asked.prompts[i], nullptr)));
            const auto answers = session.generate(
                asked.prompts, asked.settings,
                [&](std::size_t prompt, const infer::AnswerToken& token) {
                  if (stopping || !sink.is_writable() ||
                      (!token.text.empty() && !send(text_of(completion_part(head, prompt, token.text, nullptr)))))
                    control.stop();
                },
                {&control, {}, {}});
            for (std::size_t i = 0; i < answers.size(); ++i)
              send(text_of(completion_part(head, i, "", &answers[i].finish)));
            send("[DONE]");
          } catch (const Error& error) {
            send(text_of(error_body(error)));
          }
          sink.done();
          return true;
        });
  }

  void set_up() {
    http.new_task_queue = [] { return new httplib::ThreadPool(kConnections); };
    http.set_payload_max_length(options.longest_body);
    http.set_read_timeout(kSilence);
    http.set_write_timeout(kSilence);
    http.set_keep_alive_timeout(kSilence);
    http.Post("/v1/completions",
              [this](const httplib::Request& request, httplib::Response& response) { complete(request, response); });
    http.Get("/v1/models", [this](const httplib::Request&, httplib::Response& response) {
      const json model = {{"id", name},
                          {"object", "model"},
                          {"created", started},
                          {"owned_by", "pantograph"},
                          {"context_length", session.context()}};
      response.set_content(text_of({{"object", "list"}, {"data", json::array({model})}}), "application/json");
    });
    http.Get("/health", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("{\"status\":\"ok\"}", "application/json");
    });
    http.set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (!response.body.empty()) return;
      refuse(response, response.status,
             Error(ErrorKind::usage, {fmt::format("status {}: {}", response.status, request.path), "",
                                      "POST /v1/completions, GET /v1/models or GET /health", ""}));
    });
    port = options.port == 0 ? http.bind_to_any_port(options.host)
                             : (http.bind_to_port(options.host, options.port) ? options.port : -1);
    if (port < 0) {
      throw Error(ErrorKind::usage, {fmt::format("{}:{} cannot be listened on", options.host, options.port), "serve",
                                     "an address of this machine and a port that is free", "Choose another port."});
    }
  }
};

Server::Server(infer::Session session, std::string name, const ServeOptions& options)
    : impl_(std::make_unique<Impl>(std::move(session), std::move(name), options)) {
  impl_->set_up();
}
Server::~Server() = default;

int Server::port() const {
  return impl_->port;
}
void Server::run() {
  impl_->http.listen_after_bind();
}
void Server::stop() {
  impl_->stopping = true;
  impl_->http.stop();
}

}  // namespace pantograph::serve
