// SPDX-License-Identifier: GPL-3.0-or-later
#include "parquet/encodings.h"

#include <algorithm>

#include "parquet/levels.h"

namespace pantograph::parquet {
namespace {

enum Encoding { kPlain = 0, kPlainDictionary = 2, kDeltaLength = 6, kDeltaStrings = 7, kRleDictionary = 8 };

class PlainValues : public Values {
 public:
  explicit PlainValues(std::string_view bytes) : in_(bytes) {}
  std::string_view next() override { return in_.take(in_.little32()); }

 private:
  Cursor in_;
};

class DictionaryValues : public Values {
 public:
  DictionaryValues(std::string_view bytes, const Dictionary& dictionary) : dictionary_(dictionary) {
    if (bytes.empty()) return;  // of a page with nothing but nulls
    indices_ = Runs(bytes.substr(1), static_cast<std::uint8_t>(bytes.front()));
  }
  std::string_view next() override {
    const std::uint32_t index = indices_.next();
    if (index < dictionary_.size()) return dictionary_[index];
    throw Damaged("entry " + std::to_string(index) + " of a dictionary of " + std::to_string(dictionary_.size()));
  }

 private:
  const Dictionary& dictionary_;
  Runs indices_;
};

/// DELTA_BINARY_PACKED: differences, in blocks of some packed pieces, each with a width of its own.
class DeltaNumbers {
 public:
  /// Leaves `in` behind the last block.
  DeltaNumbers(Cursor& in, std::uint64_t most) {
    const std::uint64_t block = in.varint();
    pieces_ = in.varint();
    left_ = in.varint();
    value_ = static_cast<std::uint64_t>(in.zigzag());
    if (left_ > most)
      throw Damaged(std::to_string(left_) + " lengths in a page of " + std::to_string(most) + " values");
    if (pieces_ == 0 || block % pieces_ != 0 || block / pieces_ % 8 != 0 || block == 0 || block > kLargestBlock)
      throw Damaged("blocks of " + std::to_string(block) + " lengths in " + std::to_string(pieces_) + " pieces");
    per_piece_ = block / pieces_;
    in_ = in;
    for (std::uint64_t rest = left_ > 0 ? left_ - 1 : 0; rest > 0;) {
      in.varint();
      for (const char width : in.take(pieces_)) {
        if (rest == 0) break;  // pieces that no number needs are not there
        in.take(per_piece_ / 8 * static_cast<std::uint8_t>(width));
        rest -= std::min(rest, per_piece_);
      }
    }
  }

  /// A length: below 2^31.
  std::uint64_t next() {
    if (left_ == 0) throw Damaged("fewer lengths than values");
    --left_;
    if (first_) {
      first_ = false;
    } else {
      if (in_piece_ == 0) open_piece();
      --in_piece_;
      value_ += least_ + packed_bits(packed_, bit_, width_);  // modulo 2^64, as they were subtracted
      bit_ += width_;
    }
    if (value_ > 0x7fffffff) throw Damaged("a negative length");
    return value_;
  }

 private:
  static constexpr std::uint64_t kLargestBlock = 1 << 24;

  void open_piece() {
    if (widths_.empty()) {
      least_ = static_cast<std::uint64_t>(in_.zigzag());
      widths_ = in_.take(pieces_);
    }
    width_ = static_cast<std::uint8_t>(widths_.front());
    widths_.remove_prefix(1);
    if (width_ > 64) throw Damaged("lengths of " + std::to_string(width_) + " bits");
    packed_ = in_.take(per_piece_ / 8 * width_);
    in_piece_ = per_piece_;
    bit_ = 0;
  }

  Cursor in_;
  std::uint64_t pieces_ = 0, per_piece_ = 0, left_ = 0, value_ = 0, least_ = 0;
  bool first_ = true;
  std::string_view widths_, packed_;
  std::uint64_t in_piece_ = 0, bit_ = 0;
  unsigned width_ = 0;
};

/// All lengths, then all bytes.
class DeltaLengthValues : public Values {
 public:
  DeltaLengthValues(Cursor in, std::uint64_t most) : lengths_(in, most), in_(in) {}
  std::string_view next() override { return in_.take(lengths_.next()); }

 private:
  DeltaNumbers lengths_;
  Cursor in_;
};

/// Of each string how much it shares with the one before, and the rest.
class DeltaStringValues : public Values {
 public:
  DeltaStringValues(Cursor in, std::uint64_t most) : shared_(in, most), rests_(in, most) {}
  std::string_view next() override {
    const std::uint64_t shared = shared_.next();
    if (shared > last_.size()) throw Damaged("a string that shares more with the one before than that has");
    last_.resize(shared);
    last_.append(rests_.next());
    return last_;
  }

 private:
  DeltaNumbers shared_;
  DeltaLengthValues rests_;
  std::string last_;
};

}  // namespace

std::unique_ptr<Values> open_values(std::int64_t encoding, std::string_view bytes, std::uint64_t most,
                                    const Dictionary* dictionary) {
  if (encoding == kPlainDictionary || encoding == kRleDictionary) {
    if (dictionary == nullptr) throw Damaged("a page that needs a dictionary, and none before it");
    return std::make_unique<DictionaryValues>(bytes, *dictionary);
  }
  if (encoding == kPlain || bytes.empty()) return std::make_unique<PlainValues>(bytes);
  if (encoding == kDeltaLength) return std::make_unique<DeltaLengthValues>(Cursor(bytes), most);
  if (encoding == kDeltaStrings) return std::make_unique<DeltaStringValues>(Cursor(bytes), most);
  throw Unsupported("strings in the encoding " + std::to_string(encoding));
}

Dictionary read_dictionary(std::int64_t encoding, std::string_view bytes, std::uint64_t count) {
  if (encoding != kPlain && encoding != kPlainDictionary)
    throw Unsupported("a dictionary in the encoding " + std::to_string(encoding));
  if (count > bytes.size() / 4) throw Damaged("a dictionary of more entries than it has bytes for");
  Dictionary out;
  out.reserve(count);
  PlainValues values(bytes);
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(values.next());
  return out;
}

}  // namespace pantograph::parquet
