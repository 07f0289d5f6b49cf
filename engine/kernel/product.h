// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix products through oneDNN, which picks AMX, AVX-512 bf16, AVX-512 or AVX2 when the program runs. fp32, or bf16
// with fp32 accumulation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace pantograph::kernel {

/// A row-major matrix in memory: row i at data + i·stride. Transposed: the product uses its transpose.
struct Operand {
  const void* data = nullptr;
  std::int64_t stride = 0;
  bool transposed = false;
};

/// Products of matrices whose numbers are all fp32, or bf16 (`half`). Keeps what oneDNN prepares for each shape, so
/// that a product costs no allocation. Used by one thread at a time; inside an OpenMP region a product runs on the
/// calling thread, outside it on all.
class Products {
 public:
  explicit Products(bool half);
  ~Products();
  Products(Products&&) noexcept;

  struct Result {
    void* data = nullptr;
    std::int64_t stride = 0;
    bool wide = false;        ///< fp32 although the operands are bf16
    bool accumulate = false;  ///< add to what is there
  };
  /// result [rows, columns] (+)= a·b (+ bias [columns], fp32), inner dimension `inner`.
  void multiply(std::int64_t rows, std::int64_t columns, std::int64_t inner, const Operand& a, const Operand& b,
                const Result& result, const float* bias = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether oneDNN has bf16 products for this processor (from AVX-512 on), and whether they are faster than fp32 ones
/// (AMX or AVX-512 bf16; otherwise bf16 is imitated).
bool half_is_possible();
/// Bytes of memory of its own that oneDNN computes fp32 products in on this processor, about: packed operands,
/// measured.
std::uint64_t product_workspace();
bool half_is_fast();

std::string dnnl_version_text();

}  // namespace pantograph::kernel
