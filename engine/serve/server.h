// SPDX-License-Identifier: GPL-3.0-or-later
// A model behind HTTP: POST /v1/completions, GET /v1/models, GET /health.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "infer/session.h"

namespace pantograph::serve {

struct ServeOptions {
  std::string host = "127.0.0.1";
  int threads = 1;                     ///< to compute with
  int port = 0;                        ///< 0: one that is free
  std::size_t longest_body = 1 << 20;  ///< bytes; a longer request is refused (413)
  int most_waiting = 32;               ///< requests that compute or wait for it; further ones are refused (503)
};

/// Answers are computed one request after the other, each on all of the session's threads.
class Server {
 public:
  /// Error(usage) where the address cannot be had. `name`: what the model is called.
  Server(infer::Session session, std::string name, const ServeOptions& options);
  ~Server();
  int port() const;
  /// Until stop(), from any thread; what is being computed then ends at its next token.
  void run();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pantograph::serve
