// SPDX-License-Identifier: GPL-3.0-or-later
// Non-cryptographic hashes (XXH3): provenance keys, duplicates, checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pantograph {

struct Hash128 {
  std::uint64_t high = 0, low = 0;
  bool operator==(const Hash128&) const = default;
  std::string hex() const;  ///< 32 lower-case hexadecimal digits
};

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
Hash128 hash128(std::string_view bytes);

/// Hash of bytes that arrive in pieces; equals hash128 of their concatenation.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  void add(const void* data, std::size_t size);
  void add(std::string_view bytes) { add(bytes.data(), bytes.size()); }
  Hash128 result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pantograph

template <>
struct std::hash<pantograph::Hash128> {
  std::size_t operator()(const pantograph::Hash128& h) const noexcept { return h.low; }
};
