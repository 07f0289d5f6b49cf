// SPDX-License-Identifier: GPL-3.0-or-later
// Passes that keep keys and values beside the training forward pass, which knows nothing of them: a prompt at once,
// token by token, in pieces, after forgetting, side by side. And their products and attention beside plain loops in
// double.
#include <QtTest>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "base/error.h"
#include "kernel/cached_decoder.h"
#include "kernel/few_rows.h"
#include "kernel/product.h"

using namespace pantograph;
using namespace pantograph::kernel;

namespace {

const DecoderShape kShape{3, 40, 5, 104, 150, 211};

/// The same with rotary positions, RMSNorm, SwiGLU, no biases and one head of keys.
DecoderShape llama_shape() {
  DecoderShape shape = kShape;
  shape.activation = Activation::swiglu, shape.rms_norm = true, shape.rope_base = 50, shape.key_heads = 1;
  return shape;
}

/// Random weights, all in one block of memory.
struct Weights {
  std::vector<float> memory;
  DecoderTensors tensors;

  explicit Weights(const DecoderShape& s) {
    std::mt19937 generator(11);
    const auto width = static_cast<std::size_t>(s.width), inner = static_cast<std::size_t>(s.inner);
    memory.reserve(static_cast<std::size_t>(s.layers) *
                       (4 * width * width + 3 * width * inner + 9 * width + 2 * inner) +
                   width * static_cast<std::size_t>(s.vocabulary + s.context + 2));
    const auto draw = [&](std::size_t count, float deviation, float mean = 0) {
      std::normal_distribution<float> normal(mean, deviation);
      const std::size_t at = memory.size();
      for (std::size_t i = 0; i < count; ++i) memory.push_back(normal(generator));
      return memory.data() + at;
    };
    tensors.embedding = draw(width * static_cast<std::size_t>(s.vocabulary), 0.5F);
    const bool plain = s.rms_norm;  // no biases
    if (s.rope_base == 0) tensors.positions = draw(width * static_cast<std::size_t>(s.context), 0.3F);
    const auto bias = [&](std::size_t count) { return plain ? nullptr : draw(count, 0.1F); };
    const auto qkv = static_cast<std::size_t>(s.qkv());
    for (int i = 0; i < s.layers; ++i) {
      DecoderLayer layer{};
      layer.norm1_weight = draw(width, 0.1F, 1), layer.norm1_bias = bias(width);
      layer.qkv = draw(qkv * width, 0.3F), layer.qkv_bias = bias(qkv);
      layer.output = draw(width * width, 0.2F), layer.output_bias = bias(width);
      layer.norm2_weight = draw(width, 0.1F, 1), layer.norm2_bias = bias(width);
      if (s.gated()) layer.gate = draw(inner * width, 0.2F);
      layer.up = draw(inner * width, 0.2F), layer.up_bias = bias(inner);
      layer.down = draw(width * inner, 0.1F), layer.down_bias = bias(width);
      tensors.layers.push_back(layer);
    }
    tensors.norm_weight = draw(width, 0.1F, 1), tensors.norm_bias = bias(width);
  }
};

std::vector<std::int32_t> some_tokens(int count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<std::int32_t> out;
  for (int i = 0; i < count; ++i) out.push_back(static_cast<std::int32_t>(generator() % kShape.vocabulary));
  return out;
}

/// What the training forward pass says of each token but the first.
std::vector<float> training_losses(Decoder& decoder, const std::vector<std::int32_t>& tokens) {
  const int context = static_cast<int>(tokens.size()) - 1;
  std::vector<float> each(tokens.size() - 1);
  decoder.loss({tokens.data(), tokens.data() + 1, 1, context, {{0, 1}}}, each.data());
  return each;
}

double nll(const float* logits, std::int32_t token) {
  double highest = -1e30, sum = 0;
  for (int i = 0; i < kShape.vocabulary; ++i) highest = std::max(highest, static_cast<double>(logits[i]));
  for (int i = 0; i < kShape.vocabulary; ++i) sum += std::exp(logits[i] - highest);
  return highest + std::log(sum) - logits[token];
}

void near(double found, double expected, double tolerance) {
  QVERIFY2(std::fabs(found - expected) <= tolerance * (1 + std::fabs(expected)),
           qPrintable(QString("%1, expected %2").arg(found, 0, 'g', 9).arg(expected, 0, 'g', 9)));
}

}  // namespace

class TestCachedDecoder : public QObject {
  Q_OBJECT
 private:
  static std::unique_ptr<CachedDecoder> cached(bool half, int threads = 2, const DecoderShape& shape = kShape) {
    static std::map<int, Weights> all;  // decoders point into them
    auto out = CachedDecoder::create(shape, half, threads);
    out->set_weights(all.try_emplace(shape.rope_base, shape).first->second.tensors);
    out->reset(1);
    return out;
  }

 private Q_SLOTS:
  void beside_training_data() {
    QTest::addColumn<bool>("llama");
    QTest::addColumn<bool>("half");
    QTest::addColumn<double>("tolerance");
    for (const bool llama : {false, true}) {
      QTest::addRow("%s, fp32", llama ? "llama" : "gpt2") << llama << false << 2e-5;
      QTest::addRow("%s, bf16", llama ? "llama" : "gpt2") << llama << true << 0.05;
    }
  }
  void beside_training() {
    QFETCH(bool, llama);
    QFETCH(bool, half);
    QFETCH(double, tolerance);
    if (half && !half_is_possible()) QSKIP("this processor has no bf16 products");
    const DecoderShape shape = llama ? llama_shape() : kShape;
    const Weights weights(shape);
    const auto training = Decoder::create(shape, half, 2);
    training->set_weights(weights.tensors, {});
    const auto tokens = some_tokens(kShape.context, 5);
    const std::vector<float> expected = training_losses(*training, tokens);
    const auto decoder = cached(half, 2, shape);

    // At once: what it says of the prompt's own tokens is what training says.
    std::vector<float> found(tokens.size() - 1);
    decoder->append(0, tokens.data(), static_cast<int>(tokens.size()), found.data());
    QCOMPARE(decoder->length(0), kShape.context);
    for (std::size_t i = 0; i < found.size(); ++i) near(found[i], expected[i], half ? tolerance : 1e-6);

    // Token by token, and in pieces with single tokens between them.
    for (const std::vector<int>& pieces : {std::vector<int>{}, {1, 40, 1, 1, 64, 7}, {70, 30}}) {
      decoder->truncate(0, 0);
      std::size_t at = 0;
      for (std::size_t piece = 0; at + 1 < tokens.size(); ++piece) {
        const int count = piece < pieces.size() ? pieces[piece] : 1;
        const float* logits = decoder->append(0, tokens.data() + at, count);
        at += static_cast<std::size_t>(count);
        near(nll(logits, tokens[at]), expected[at - 1], tolerance);
      }
    }

    // What is forgotten leaves no trace.
    decoder->truncate(0, 20);
    const auto others = some_tokens(30, 6);
    decoder->append(0, others.data(), 30);
    decoder->truncate(0, 20);
    near(nll(decoder->append(0, tokens.data() + 20, 5), tokens[25]), expected[24], tolerance);
  }

  void side_by_side() {
    const auto decoder = cached(false);
    const int count = CachedDecoder::kMostSequences;
    std::vector<std::vector<std::int32_t>> prompts;
    std::vector<std::vector<float>> alone;
    for (int i = 0; i < count; ++i) {
      prompts.push_back(some_tokens(3 + 5 * i, static_cast<unsigned>(20 + i)));
      decoder->reset(1);
      decoder->append(0, prompts.back().data(), static_cast<int>(prompts.back().size()));
      for (int k = 0; k < 3; ++k) {
        const float* logits = decoder->append(0, prompts.back().data(), 1);
        alone.emplace_back(logits, logits + kShape.vocabulary);
      }
    }
    decoder->reset(count);
    std::vector<int> sequences;
    std::vector<std::int32_t> next;
    for (int i = count - 1; i >= 0; --i) {
      const auto& prompt = prompts[static_cast<std::size_t>(i)];
      decoder->append(i, prompt.data(), static_cast<int>(prompt.size()));
      sequences.push_back(i);
      next.push_back(prompt[0]);
    }
    for (int k = 0; k < 3; ++k) {
      const float* logits = decoder->advance(sequences, next);
      for (std::size_t i = 0; i < sequences.size(); ++i) {
        const auto& expected = alone[static_cast<std::size_t>(3 * sequences[i] + k)];
        QVERIFY(std::equal(expected.begin(), expected.end(), logits + i * expected.size()));
      }
    }
  }

  void threads_change_nothing() {
    const auto tokens = some_tokens(60, 7);
    const auto one = cached(false, 1), three = cached(false, 3);
    one->append(0, tokens.data(), 50);
    three->append(0, tokens.data(), 50);
    for (int i = 50; i < 60; ++i) {
      const float* a = one->append(0, tokens.data() + i, 1);
      const float* b = three->append(0, tokens.data() + i, 1);
      for (int j = 0; j < kShape.vocabulary; ++j) near(b[j], a[j], 1e-5);
    }
  }

  void refusals() {
    const auto decoder = cached(false);
    const std::vector<std::int32_t> odd = {3, kShape.vocabulary}, negative = {-1};
    QVERIFY_THROWS_EXCEPTION(Error, decoder->append(0, odd.data(), 2));
    QVERIFY_THROWS_EXCEPTION(Error, decoder->append(0, negative.data(), 1));
    const auto tokens = some_tokens(kShape.context + 1, 8);
    QVERIFY_THROWS_EXCEPTION(Error, decoder->append(0, tokens.data(), kShape.context + 1));
    QVERIFY_THROWS_EXCEPTION(Error, decoder->append(0, tokens.data(), 0));
    QCOMPARE(decoder->length(0), 0);
    decoder->append(0, tokens.data(), kShape.context);
    QVERIFY_THROWS_EXCEPTION(Error, decoder->append(0, tokens.data(), 1));
    QCOMPARE(decoder->length(0), kShape.context);
    QVERIFY_THROWS_EXCEPTION(Error, decoder->reset(0));
    QVERIFY_THROWS_EXCEPTION(Error, decoder->reset(CachedDecoder::kMostSequences + 1));
  }

  void products() {
    std::mt19937 generator(2);
    std::normal_distribution<float> draw;
    for (const int inner : {1, 15, 16, 50, 133}) {
      for (const int columns : {1, 3, 4, 9}) {
        constexpr int kRows = 3;
        std::vector<float> w(static_cast<std::size_t>(columns * inner)), x(static_cast<std::size_t>(kRows * inner)),
            bias(static_cast<std::size_t>(columns)), out(static_cast<std::size_t>(kRows * columns), 7.0F);
        for (auto* v : {&w, &x, &bias})
          for (float& value : *v) value = draw(generator);
        std::vector<Half> low(w.size());
        std::vector<float> rounded(w.size()), from_low(out);
        for (std::size_t i = 0; i < w.size(); ++i) {
          store(&low[i], w[i]);
          rounded[i] = load(&low[i]);
        }
        few_rows_product(w.data(), inner, 0, columns, x.data(), kRows, bias.data(), out.data(), columns);
        few_rows_product(low.data(), inner, 0, columns, x.data(), kRows, nullptr, from_low.data(), columns);
        for (int r = 0; r < kRows; ++r) {
          for (int c = 0; c < columns; ++c) {
            double sum = 0, sum_low = 0;
            for (int j = 0; j < inner; ++j) {
              sum += static_cast<double>(w[static_cast<std::size_t>(c * inner + j)]) *
                     x[static_cast<std::size_t>(r * inner + j)];
              sum_low += static_cast<double>(rounded[static_cast<std::size_t>(c * inner + j)]) *
                         x[static_cast<std::size_t>(r * inner + j)];
            }
            near(out[static_cast<std::size_t>(r * columns + c)], sum + bias[static_cast<std::size_t>(c)], 2e-6 * inner);
            near(from_low[static_cast<std::size_t>(r * columns + c)], sum_low, 2e-6 * inner);
          }
        }
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestCachedDecoder)
#include "test_cached_decoder.moc"
