// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix products through oneDNN. A primitive and its memory objects are made once for each shape; a call only moves
// pointers.
#include "kernel/product.h"

#include <dnnl.hpp>

#include <map>
#include <tuple>

#include "base/error.h"

namespace pantograph::kernel {
namespace {

using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, int>;

dnnl::engine& cpu_engine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

struct Prepared {
  dnnl::matmul primitive;
  dnnl::memory a, b, bias, c;
};

Prepared prepare(const Key& key, bool half, bool a_transposed, bool b_transposed, bool wide, bool accumulate,
                 bool biased) {
  using Memory = dnnl::memory;
  const auto [rows, columns, inner, a_stride, b_stride, c_stride, flags] = key;
  (void)flags;
  const auto type = half ? Memory::data_type::bf16 : Memory::data_type::f32;
  const auto strides = [](std::int64_t stride, bool transposed) {
    return transposed ? Memory::dims{1, stride} : Memory::dims{stride, 1};
  };
  const Memory::desc a({rows, inner}, type, strides(a_stride, a_transposed));
  const Memory::desc b({inner, columns}, type, strides(b_stride, b_transposed));
  const Memory::desc c({rows, columns}, wide ? Memory::data_type::f32 : type, Memory::dims{c_stride, 1});
  const Memory::desc bias({1, columns}, Memory::data_type::f32, Memory::dims{columns, 1});
  dnnl::primitive_attr attributes;
  if (accumulate) {
    dnnl::post_ops operations;
    operations.append_sum(1.0F);
    attributes.set_post_ops(operations);
  }
  const dnnl::matmul::desc description = biased ? dnnl::matmul::desc(a, b, bias, c) : dnnl::matmul::desc(a, b, c);
  const dnnl::matmul::primitive_desc chosen(description, attributes, cpu_engine());
  const auto memory = [](const Memory::desc& desc) { return Memory(desc, cpu_engine(), DNNL_MEMORY_NONE); };
  return {dnnl::matmul(chosen), memory(a), memory(b), biased ? memory(bias) : Memory(), memory(c)};
}

}  // namespace

struct Products::Impl {
  bool half;
  dnnl::stream stream{cpu_engine()};
  std::map<Key, Prepared> prepared;
};

Products::Products(bool half) : impl_(std::make_unique<Impl>()) {
  impl_->half = half;
}
Products::~Products() = default;
Products::Products(Products&&) noexcept = default;

void Products::multiply(std::int64_t rows, std::int64_t columns, std::int64_t inner, const Operand& a, const Operand& b,
                        const Result& result, const float* bias) {
  const bool biased = bias != nullptr;
  const int flags = (a.transposed ? 1 : 0) | (b.transposed ? 2 : 0) | (result.wide ? 4 : 0) |
                    (result.accumulate ? 8 : 0) | (biased ? 16 : 0);
  const Key key{rows, columns, inner, a.stride, b.stride, result.stride, flags};
  try {
    auto found = impl_->prepared.find(key);
    if (found == impl_->prepared.end()) {
      found = impl_->prepared
                  .emplace(key, prepare(key, impl_->half, a.transposed, b.transposed, result.wide, result.accumulate,
                                        biased))
                  .first;
    }
    Prepared& p = found->second;
    dnnl_memory_set_data_handle(p.a.get(), const_cast<void*>(a.data));
    dnnl_memory_set_data_handle(p.b.get(), const_cast<void*>(b.data));
    dnnl_memory_set_data_handle(p.c.get(), result.data);
    dnnl_exec_arg_t arguments[4] = {
        {DNNL_ARG_SRC, p.a.get()}, {DNNL_ARG_WEIGHTS, p.b.get()}, {DNNL_ARG_DST, p.c.get()}, {}};
    int count = 3;
    if (biased) {
      dnnl_memory_set_data_handle(p.bias.get(), const_cast<float*>(bias));
      arguments[count++] = {DNNL_ARG_BIAS, p.bias.get()};
    }
    const dnnl_status_t status = dnnl_primitive_execute(p.primitive.get(), impl_->stream.get(), count, arguments);
    if (status != dnnl_success) throw dnnl::error(status, "could not execute");
  } catch (const dnnl::error& error) {
    throw Error(ErrorKind::run, {std::string("oneDNN: ") + error.what(),
                                 "matrix product " + std::to_string(rows) + " x " + std::to_string(inner) + " x " +
                                     std::to_string(columns),
                                 "a product that this processor can compute",
                                 "When memory ran out, set rows_at_once to a smaller number of rows."});
  }
}

std::string dnnl_version_text() {
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
}

std::uint64_t product_workspace() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx2 || isa == dnnl::cpu_isa::avx2_vnni ? 55'000'000 : 0;
}

bool half_is_possible() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return half_is_fast() || isa == dnnl::cpu_isa::avx512_core || isa == dnnl::cpu_isa::avx512_core_vnni;
}

bool half_is_fast() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
}

}  // namespace pantograph::kernel
