// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that decides the numbers of a run's later steps, and its way into a checkpoint and back.
#include "train/run_state.h"

#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pantograph::train {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "pantograph-training";
constexpr int kVersion = 1;

store::DataType data_type(const torch::Tensor& tensor) {
  return tensor.scalar_type() == torch::kBFloat16 ? store::DataType::bf16 : store::DataType::f32;
}

store::HostTensor to_host(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.detach().to(torch::kCPU).contiguous();
  store::HostTensor out;
  out.shape.type = data_type(host);
  for (const std::int64_t dim : host.sizes()) out.shape.dims.push_back(static_cast<std::uint64_t>(dim));
  const auto* bytes = static_cast<const std::byte*>(host.data_ptr());
  out.data.assign(bytes, bytes + host.nbytes());
  return out;
}

void from_host(const store::HostTensor& host, torch::Tensor tensor) {
  const torch::Tensor source =
      torch::from_blob(const_cast<std::byte*>(host.data.data()), tensor.sizes(), tensor.scalar_type());
  tensor.copy_(source);
}

json settings_json(const TrainSettings& s) {
  return {{"steps", s.steps},
          {"rate", s.rate},
          {"warmup", s.warmup},
          {"schedule", s.schedule},
          {"final_rate", s.final_rate},
          {"decay", s.decay},
          {"clip", s.clip},
          {"beta1", s.beta1},
          {"beta2", s.beta2},
          {"epsilon", s.epsilon},
          {"weight_decay", s.weight_decay},
          {"rate_t", s.rate_t},
          {"rate_e", s.rate_e},
          {"rate_m", s.rate_m},
          {"rows_at_once", s.rows_at_once},
          {"precision", s.precision},
          {"t_moments", s.t_moments},
          {"temperature", s.temperature},
          {"teacher_weight", s.teacher ? s.teacher_weight : 0.0},
          {"evaluate_every", s.evaluate_every},
          {"patience", s.patience}};
}

json state_json(const RunState& s) {
  return {{"step", s.step},
          {"tokens", s.tokens},
          {"seconds", s.seconds},
          {"evaluation_seconds", s.evaluation_seconds},
          {"evaluation_flops", s.evaluation_flops},
          {"evaluated", s.evaluated},
          {"initial_loss", s.initial_loss},
          {"smooth_loss", s.smooth_loss},
          {"pending_loss", s.pending_loss},
          {"pending_norm", s.pending_norm},
          {"pending", s.pending},
          {"history", s.history},
          {"has_best", s.has_best},
          {"best_validation", s.best_validation},
          {"best_step", s.best_step},
          {"without_gain", s.without_gain},
          {"stopped_early", s.stopped_early}};
}

RunState state_from_json(const json& j) {
  RunState s;
  j.at("step").get_to(s.step);
  j.at("tokens").get_to(s.tokens);
  j.at("seconds").get_to(s.seconds);
  j.at("evaluation_seconds").get_to(s.evaluation_seconds);
  s.evaluation_flops = j.value("evaluation_flops", 0.0);
  j.at("evaluated").get_to(s.evaluated);
  j.at("initial_loss").get_to(s.initial_loss);
  j.at("smooth_loss").get_to(s.smooth_loss);
  j.at("pending_loss").get_to(s.pending_loss);
  j.at("pending_norm").get_to(s.pending_norm);
  j.at("pending").get_to(s.pending);
  j.at("history").get_to(s.history);
  j.at("has_best").get_to(s.has_best);
  j.at("best_validation").get_to(s.best_validation);
  j.at("best_step").get_to(s.best_step);
  j.at("without_gain").get_to(s.without_gain);
  j.at("stopped_early").get_to(s.stopped_early);
  return s;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::run,
              {found, file.string(), expected, "Delete the folder of this run to train it from the start."});
}

const store::HostTensor& checked(const store::Checkpoint& checkpoint, const std::filesystem::path& file,
                                 const std::string& name, const torch::Tensor& like) {
  const auto found = checkpoint.tensors.find(name);
  if (found == checkpoint.tensors.end()) refuse(file, "no tensor \"" + name + "\"", "a checkpoint of this network");
  const store::HostTensor& host = found->second;
  std::vector<std::int64_t> dims(host.shape.dims.begin(), host.shape.dims.end());
  if (host.shape.type != data_type(like) || torch::IntArrayRef(dims) != like.sizes() ||
      host.data.size() != like.nbytes()) {
    refuse(file, "tensor \"" + name + "\" of another shape or type", "the shape it has in this network");
  }
  return host;
}

}  // namespace

store::Checkpoint make_checkpoint(const RunState& state, const network::Network& network, const Adam& adam,
                                  const torch::Tensor& best, const token::RowPrefetcher& rows,
                                  const TrainSettings& settings) {
  store::Checkpoint out;
  const auto& parameters = network.impl().parameters;
  const bool keep_best = best.defined() && state.has_best && state.best_step != state.step;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    out.tensors.emplace("weights/" + name, to_host(parameters[i].value));
    if (!adam.moves(i)) continue;
    out.tensors.emplace("optimizer/first/" + name, to_host(adam.first_moment(i)));
    out.tensors.emplace("optimizer/second/" + name, to_host(adam.second_moment(i)));
    if (keep_best) out.tensors.emplace("best/" + name, to_host(adam.piece(best, i)));
  }
  out.meta = json{{"format", kFormat},
                  {"version", kVersion},
                  {"network", network::to_json(network.config())},
                  {"settings", settings_json(settings)},
                  {"optimizer_steps", adam.steps()},
                  {"sampler", rows.state()},
                  {"state", state_json(state)}}
                 .dump();
  return out;
}

RunState apply_checkpoint(const store::Checkpoint& checkpoint, const std::filesystem::path& file,
                          network::Network& network, Adam& adam, torch::Tensor& best, token::RowPrefetcher& rows,
                          const TrainSettings& settings, const TaskContext& task) {
  RunState state;
  std::uint64_t optimizer_steps = 0;
  std::string cursor;
  try {
    const json meta = json::parse(checkpoint.meta);
    if (meta.at("format") != kFormat) refuse(file, "not a training checkpoint", kFormat);
    if (meta.at("version").get<int>() != kVersion) {
      refuse(file, "a training checkpoint of version " + meta.at("version").dump(), std::to_string(kVersion));
    }
    if (!(network::network_config_from_json(meta.at("network")) == network.config())) {
      refuse(file, "a checkpoint of another network", network::to_json(network.config()).dump());
    }
    meta.at("optimizer_steps").get_to(optimizer_steps);
    meta.at("sampler").get_to(cursor);
    state = state_from_json(meta.at("state"));
    const json mine = settings_json(settings);
    for (const auto& [key, value] : meta.at("settings").items()) {
      if (mine.contains(key) && mine.at(key) != value) {
        task.warn("training goes on with another " + key + ": " + mine.at(key).dump() + ", was " + value.dump());
      }
    }
  } catch (const json::exception& broken) {
    refuse(file, std::string("unreadable meta data: ") + broken.what(), "the meta data of a training checkpoint");
  }

  const torch::NoGradGuard no_grad;
  std::vector<std::pair<const store::HostTensor*, torch::Tensor>> copies;
  const bool separate_best = best.defined() && state.has_best && state.best_step != state.step;
  const auto& parameters = network.impl().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    const auto plan = [&](const std::string& tensor, const torch::Tensor& to) {
      copies.emplace_back(&checked(checkpoint, file, tensor, to), to);
    };
    plan("weights/" + name, parameters[i].value.detach());
    if (!adam.moves(i)) continue;
    plan("optimizer/first/" + name, adam.first_moment(i));
    plan("optimizer/second/" + name, adam.second_moment(i));
    if (separate_best) plan("best/" + name, adam.piece(best, i));
  }
  try {
    rows.restore(cursor);
  } catch (const Error& error) {  // before the first change; the sampler does not know the file
    refuse(file, error.text().found, error.text().expected);
  }
  for (const auto& [from, to] : copies) from_host(*from, to);
  if (best.defined() && state.has_best && !separate_best) best.copy_(adam.values());
  adam.set_steps(optimizer_steps);
  return state;
}

}  // namespace pantograph::train
