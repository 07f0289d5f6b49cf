// SPDX-License-Identifier: GPL-3.0-or-later
#include "token/model_file.h"

#include <bit>
#include <cstring>

namespace pantograph::token {
namespace {

/// One field of a message: a number, four bytes of one, or bytes.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;

  float real() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value)); }
};

class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}
  bool broken() const { return broken_; }

  /// False at the end, and where nothing more can be made of it.
  bool next(Field& field) {
    if (rest_.empty() || broken_) return false;
    const std::uint64_t tag = varint();
    field = {static_cast<std::uint32_t>(tag >> 3), 0, {}};
    switch (tag & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        take(8);
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5: {
        const std::string_view four = take(4);
        for (std::size_t i = four.size(); i-- > 0;)
          field.value = field.value << 8 | static_cast<unsigned char>(four[i]);
        break;
      }
      default:
        broken_ = true;
    }
    return !broken_;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return out;
    }
    broken_ = true;
    return 0;
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      broken_ = true;
      return {};
    }
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  std::string_view rest_;
  bool broken_ = false;
};

/// use(field) for each field; whether the message is sound.
template <typename Use>
bool for_each_field(std::string_view bytes, const Use& use) {
  Message message(bytes);
  for (Field field; message.next(field);) use(field);
  return !message.broken();
}

bool read_piece(std::string_view bytes, ModelPiece& piece) {
  return for_each_field(bytes, [&](const Field& field) {
    if (field.number == 1) piece.text = field.bytes;
    if (field.number == 2) piece.score = field.real();
    if (field.number == 3) piece.type = static_cast<int>(field.value);
  });
}

bool read_trainer(std::string_view bytes, ModelFile& model) {
  return for_each_field(bytes, [&](const Field& field) {
    if (field.number == 3) model.kind = static_cast<int>(field.value);
    if (field.number == 24) model.space_is_suffix = field.value != 0;
    if (field.number == 35) model.byte_fallback = field.value != 0;
    if (field.number == 44) model.unknown_surface = field.bytes;
  });
}

bool read_normalizer(std::string_view bytes, ModelFile& model) {
  return for_each_field(bytes, [&](const Field& field) {
    if (field.number == 2) model.maps_characters = !field.bytes.empty();
    if (field.number == 3) model.dummy_prefix = field.value != 0;
    if (field.number == 4) model.removes_spaces = field.value != 0;
    if (field.number == 5) model.escapes_spaces = field.value != 0;
  });
}

}  // namespace

std::optional<ModelFile> parse_model(std::string_view bytes) {
  ModelFile model;
  bool sound = true;
  const bool whole = for_each_field(bytes, [&](const Field& field) {
    if (field.number == 1) sound = read_piece(field.bytes, model.pieces.emplace_back()) && sound;
    if (field.number == 2) sound = read_trainer(field.bytes, model) && sound;
    if (field.number == 3) sound = read_normalizer(field.bytes, model) && sound;
    if (field.number == 5) {
      sound = sound && for_each_field(field.bytes, [&](const Field& inner) {
                if (inner.number == 2) model.maps_back = !inner.bytes.empty();
              });
    }
  });
  if (!whole || !sound) return std::nullopt;
  return model;
}

}  // namespace pantograph::token
