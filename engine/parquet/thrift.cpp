// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/thrift.h"

namespace pantograph::parquet {
namespace {

constexpr int kDeepest = 64;

}  // namespace

void Thrift::expect(int type) const {
  if (type_ != type) throw Damaged("metadata of another type than Parquet's");
}

std::int64_t Thrift::integer() {
  if (type_ == kByte) return static_cast<std::int8_t>(in_.byte());
  if (type_ != kShort && type_ != kInt) expect(kLong);
  return in_.zigzag();
}

bool Thrift::boolean() {
  if (type_ != kFalse) expect(kTrue);
  return type_ == kTrue;
}

std::string_view Thrift::binary() {
  expect(kBinary);
  return in_.take(in_.varint());
}

void Thrift::skip(int type, bool in_list, int depth) {
  if (depth > kDeepest) throw Damaged("metadata nested too deeply");
  switch (type) {
    case kTrue:
    case kFalse:
      if (in_list) in_.byte();  // else the type is the value
      return;
    case kByte:
      in_.byte();
      return;
    case kShort:
    case kInt:
    case kLong:
      in_.varint();
      return;
    case kDouble:
      in_.take(8);
      return;
    case kUuid:
      in_.take(16);
      return;
    case kBinary:
      in_.take(in_.varint());
      return;
    case kList:
    case kSet: {
      const std::uint8_t head = in_.byte();
      const std::uint64_t count = head >> 4 == 15 ? in_.varint() : head >> 4;
      for (std::uint64_t i = 0; i < count; ++i) skip(head & 15, true, depth + 1);
      return;
    }
    case kMap: {
      const std::uint64_t count = in_.varint();
      const std::uint8_t types = count > 0 ? in_.byte() : 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        skip(types >> 4, true, depth + 1);
        skip(types & 15, true, depth + 1);
      }
      return;
    }
    case kStruct:
      for (;;) {
        const std::uint8_t head = in_.byte();
        if (head == 0) return;
        if (head >> 4 == 0) in_.zigzag();
        skip(head & 15, false, depth + 1);
      }
    default:
      throw Damaged("metadata of an unknown type");
  }
}

}  // namespace pantograph::parquet
