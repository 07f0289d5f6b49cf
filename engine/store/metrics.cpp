// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace pantograph::store {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, int code) {
  const bool full = code == ENOSPC || code == EDQUOT;
  throw Error(ErrorKind::run,
              {std::string("cannot write metrics: ") + std::strerror(code), path.string(), "",
               full ? "Free space on that disk and run again." : "Check the path and its permissions."});
}

// JSON has no word for these; a loss that is not a number is what a reader most wants to see.
nlohmann::json number(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double to_number(const nlohmann::json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto& text = json.get_ref<const std::string&>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  return text == "inf" ? infinite : text == "-inf" ? -infinite : throw std::invalid_argument(text);
}

std::string format_line(const MetricPoint& point) {
  nlohmann::ordered_json json = {{"series", point.series},
                                 {"step", point.step},
                                 {"tokens", point.tokens},
                                 {"seconds", number(point.seconds)},
                                 {"value", number(point.value)}};
  if (point.expert >= 0) json["expert"] = point.expert;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

/// A cursor over a line exactly as format_line writes it. Runs have hundred thousands of lines: a tenth of a JSON
/// parser's time.
struct Scanner {
  std::string_view rest;

  bool skip(std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  }
  template <typename T>
  bool take(T& out) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
    if (error != std::errc() || end == rest.data()) return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
  }
  bool take_name(std::string& out) {
    const std::size_t end = rest.find('"');
    if (end == std::string_view::npos || rest.substr(0, end).find('\\') != std::string_view::npos) return false;
    out = rest.substr(0, end);
    rest.remove_prefix(end);
    return true;
  }
};

bool scan_line(std::string_view line, MetricPoint& point) {
  Scanner s{line};
  const bool common = s.skip("{\"series\":\"") && s.take_name(point.series) && s.skip("\",\"step\":") &&
                      s.take(point.step) && s.skip(",\"tokens\":") && s.take(point.tokens) && s.skip(",\"seconds\":") &&
                      s.take(point.seconds) && s.skip(",\"value\":") && s.take(point.value);
  if (!common) return false;
  if (s.rest == "}") return true;
  return s.skip(",\"expert\":") && s.take(point.expert) && s.rest == "}";
}

std::optional<MetricPoint> parse_line(std::string_view line) {
  MetricPoint point;
  if (scan_line(line, point)) return point;
  try {
    const auto json = nlohmann::json::parse(line);
    point.series = json.at("series").get<std::string>();
    point.step = json.at("step").get<std::uint64_t>();
    point.tokens = json.at("tokens").get<std::uint64_t>();
    point.seconds = to_number(json.at("seconds"));
    point.value = to_number(json.at("value"));
    point.expert = json.value("expert", -1);
    return point;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// Calls `take` with every line that ends in a newline.
template <typename Take>
void for_whole_lines(std::string_view content, Take&& take) {
  for (std::size_t begin = 0, end; (end = content.find('\n', begin)) != std::string_view::npos; begin = end + 1) {
    take(content.substr(begin, end - begin));
  }
}

}  // namespace

MetricsWriter::MetricsWriter(const fs::path& file, std::uint64_t resume_step)
    : MetricsWriter(file, [resume_step](const MetricPoint& point) { return point.step > resume_step; }) {}

MetricsWriter::MetricsWriter(const fs::path& file, const std::function<bool(const MetricPoint&)>& made_again)
    : path_(file) {
  std::error_code code;
  if (fs::exists(path_, code)) {
    const std::string content = read_file(path_);
    std::string kept;
    kept.reserve(content.size());
    for_whole_lines(content, [&](std::string_view line) {
      const auto point = parse_line(line);
      if (!point || !made_again(*point)) kept.append(line).push_back('\n');
    });
    if (kept.size() != content.size()) write_atomically(path_, kept);
  }
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(path_, errno);
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  size_ = end > 0 ? static_cast<std::uint64_t>(end) : 0;
}

MetricsWriter::~MetricsWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

MetricsWriter::MetricsWriter(MetricsWriter&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

MetricsWriter& MetricsWriter::operator=(MetricsWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

void MetricsWriter::append(const MetricPoint& point) {
  const std::string line = format_line(point);
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(descriptor_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int code = n < 0 ? errno : ENOSPC;
      if (done > 0 && ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) {
        // The torn line stays; readers and the next writer leave it out.
      }
      fail(path_, code);
    }
    done += static_cast<std::size_t>(n);
  }
  size_ += line.size();
}

void MetricsWriter::sync() {
  if (::fdatasync(descriptor_) != 0 && errno != EINVAL) fail(path_, errno);
}

std::vector<MetricPoint> read_metrics(const fs::path& file, std::size_t* broken) {
  if (broken != nullptr) *broken = 0;
  std::vector<MetricPoint> points;
  std::error_code code;
  if (!fs::exists(file, code)) return points;
  const std::string content = read_file(file);
  points.reserve(content.size() / 96);
  for_whole_lines(content, [&](std::string_view line) {
    if (auto point = parse_line(line)) {
      points.push_back(std::move(*point));
    } else if (broken != nullptr) {
      ++*broken;
    }
  });
  return points;
}

}  // namespace pantograph::store
