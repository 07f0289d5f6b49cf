// SPDX-License-Identifier: GPL-3.0-or-later
// pantograph serve MODEL: a model behind HTTP, until a signal.
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/threads.h"
#include "batch/use_model.h"
#include "serve/server.h"

namespace pantograph::batch {

int serve_command(const BatchOptions& options, StopSignals& signals) {
  UsedModel model = use_model(options);
  serve::ServeOptions with;
  with.host = options.use.host;
  with.port = options.use.port;
  with.threads = usable_threads(options.threads);
  serve::Server server(infer::Session(model.network, model.tokenizer, options.use.precision), model.facts.name, with);
  const StopCall on_signal(signals, [&] { server.stop(); });
  if (options.json) {
    const nlohmann::json line = {{"event", "listening"}, {"host", with.host}, {"port", server.port()}};
    fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("{}\nhttp://{}:{}/v1 answers; Ctrl-C ends it.\n", model.facts.name, with.host, server.port());
  }
  std::fflush(stdout);
  if (!with.host.starts_with("127.") && with.host != "localhost" && with.host != "::1")
    fmt::print(stderr, "pantograph: warning: other machines can reach {}; nobody is asked for a password.\n",
               with.host);
  server.run();
  return 0;
}

}  // namespace pantograph::batch
