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

// Numbers of the fields, of each message.
namespace in_model {
constexpr std::uint32_t piece = 1, trainer = 2, normalizer = 3, denormalizer = 5;
}
namespace in_piece {
constexpr std::uint32_t text = 1, score = 2, type = 3;
}
namespace in_trainer {
constexpr std::uint32_t kind = 3, vocabulary = 4, space_is_suffix = 24, byte_fallback = 35, unknown_surface = 44,
                        unknown = 45, begin = 46, end = 47;
}
namespace in_normalizer {
constexpr std::uint32_t name = 1, map = 2, dummy_prefix = 3, removes_spaces = 4, escapes_spaces = 5;
}

bool read_piece(std::string_view bytes, ModelPiece& to) {
  return for_each_field(bytes, [&](const Field& field) {
    if (field.number == in_piece::text) to.text = field.bytes;
    if (field.number == in_piece::score) to.score = field.real();
    if (field.number == in_piece::type) to.type = static_cast<int>(field.value);
  });
}

bool read_trainer(std::string_view bytes, ModelFile& model) {
  return for_each_field(bytes, [&](const Field& field) {
    if (field.number == in_trainer::kind) model.kind = static_cast<int>(field.value);
    if (field.number == in_trainer::space_is_suffix) model.space_is_suffix = field.value != 0;
    if (field.number == in_trainer::byte_fallback) model.byte_fallback = field.value != 0;
    if (field.number == in_trainer::unknown_surface) model.unknown_surface = field.bytes;
    if (field.number == in_trainer::begin) model.begin = field.bytes;
    if (field.number == in_trainer::end) model.end = field.bytes;
  });
}

bool read_normalizer(std::string_view bytes, ModelFile& model) {
  return for_each_field(bytes, [&](const Field& field) {
    if (field.number == in_normalizer::map) model.maps_characters = !field.bytes.empty();
    if (field.number == in_normalizer::dummy_prefix) model.dummy_prefix = field.value != 0;
    if (field.number == in_normalizer::removes_spaces) model.removes_spaces = field.value != 0;
    if (field.number == in_normalizer::escapes_spaces) model.escapes_spaces = field.value != 0;
  });
}

void put_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}
void put_number(std::string& to, std::uint32_t field, std::uint64_t value) {
  put_varint(to, std::uint64_t{field} << 3);
  put_varint(to, value);
}
void put_real(std::string& to, std::uint32_t field, float value) {
  put_varint(to, std::uint64_t{field} << 3 | 5);
  for (int shift = 0; shift < 32; shift += 8) to += static_cast<char>(std::bit_cast<std::uint32_t>(value) >> shift);
}
void put_bytes(std::string& to, std::uint32_t field, std::string_view bytes) {
  put_varint(to, std::uint64_t{field} << 3 | 2);
  put_varint(to, bytes.size());
  to += bytes;
}

}  // namespace

void append_piece(std::string& model, const ModelPiece& piece) {
  std::string one;
  put_bytes(one, in_piece::text, piece.text);
  put_real(one, in_piece::score, piece.score);
  put_number(one, in_piece::type, static_cast<std::uint64_t>(piece.type));
  put_bytes(model, in_model::piece, one);
}

std::string serialize_model(const ModelFile& model) {
  std::string out, of_trainer, of_normalizer;
  for (const ModelPiece& piece : model.pieces) append_piece(out, piece);
  put_number(of_trainer, in_trainer::kind, static_cast<std::uint64_t>(model.kind));
  put_number(of_trainer, in_trainer::vocabulary, model.pieces.size());
  put_number(of_trainer, in_trainer::space_is_suffix, model.space_is_suffix ? 1 : 0);
  put_number(of_trainer, in_trainer::byte_fallback, model.byte_fallback ? 1 : 0);
  put_bytes(of_trainer, in_trainer::unknown_surface, model.unknown_surface);
  for (const ModelPiece& piece : model.pieces) {
    if (piece.type == ModelPiece::unknown) put_bytes(of_trainer, in_trainer::unknown, piece.text);
  }
  put_bytes(of_trainer, in_trainer::begin, model.begin);
  put_bytes(of_trainer, in_trainer::end, model.end);
  put_bytes(out, in_model::trainer, of_trainer);
  put_bytes(of_normalizer, in_normalizer::name, "identity");
  put_number(of_normalizer, in_normalizer::dummy_prefix, model.dummy_prefix ? 1 : 0);
  put_number(of_normalizer, in_normalizer::removes_spaces, model.removes_spaces ? 1 : 0);
  put_number(of_normalizer, in_normalizer::escapes_spaces, model.escapes_spaces ? 1 : 0);
  put_bytes(out, in_model::normalizer, of_normalizer);
  return out;
}

std::optional<ModelFile> parse_model(std::string_view bytes) {
  ModelFile model;
  bool sound = true;
  const bool whole = for_each_field(bytes, [&](const Field& field) {
    if (field.number == in_model::piece) sound = read_piece(field.bytes, model.pieces.emplace_back()) && sound;
    if (field.number == in_model::trainer) sound = read_trainer(field.bytes, model) && sound;
    if (field.number == in_model::normalizer) sound = read_normalizer(field.bytes, model) && sound;
    if (field.number == in_model::denormalizer) {
      sound = sound && for_each_field(field.bytes, [&](const Field& inner) {
                if (inner.number == in_normalizer::map) model.maps_back = !inner.bytes.empty();
              });
    }
  });
  if (!whole || !sound) return std::nullopt;
  return model;
}

}  // namespace pantograph::token
