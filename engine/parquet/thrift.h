// SPDX-License-Identifier: GPL-3.0-or-later
// Thrift's compact protocol, as far as Parquet's metadata needs it:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
#pragma once

#include "parquet/cursor.h"

namespace pantograph::parquet {

/// Walks one structure. Everything that throws throws Damaged.
class Thrift {
 public:
  explicit Thrift(std::string_view bytes) : in_(bytes) {}

  /// Calls `take(id)` for each field, which reads it by one of the functions below, or gives false to pass over it.
  template <typename Take>
  void fields(Take&& take) {
    expect(kStruct);
    for (std::int64_t id = 0;;) {
      const std::uint8_t head = in_.byte();
      if (head == 0) return;
      id = static_cast<std::int16_t>(head >> 4 != 0 ? id + (head >> 4) : in_.zigzag());
      type_ = head & 15;
      const int type = type_;
      if (!take(id)) skip(type, false, 0);
    }
  }
  /// Calls `take(i)` for each element in the same way.
  template <typename Take>
  void list(Take&& take) {
    if (type_ != kSet) expect(kList);
    const std::uint8_t head = in_.byte();
    const std::uint64_t count = head >> 4 == 15 ? in_.varint() : head >> 4;
    if (count > in_.left()) throw Cut();  // each takes a byte or more
    const int type = head & 15;
    for (std::uint64_t i = 0; i < count; ++i) {
      type_ = type;
      if (!take(i)) skip(type, true, 0);
    }
  }

  std::int64_t integer();
  bool boolean();
  std::string_view binary();
  std::size_t at() const { return in_.at(); }

 private:
  enum Type { kTrue = 1, kFalse, kByte, kShort, kInt, kLong, kDouble, kBinary, kList, kSet, kMap, kStruct, kUuid };

  void expect(int type) const;
  void skip(int type, bool in_list, int depth);

  Cursor in_;
  int type_ = kStruct;  // of what is read next
};

}  // namespace pantograph::parquet
