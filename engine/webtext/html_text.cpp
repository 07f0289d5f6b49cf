// SPDX-License-Identifier: GPL-3.0-or-later
// HTML to readable text, over Gumbo's tree of the page's outline.
#include "webtext/html_text.h"

#include <gumbo.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include "webtext/html_elements.h"
#include "webtext/html_outline.h"

namespace pantograph::webtext {
namespace {

/// What Gumbo has allocated, freed without gumbo_destroy_output(), which calls itself as deep as elements are nested.
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    while (head_.next != &head_) release(this, head_.next + 1);
  }
  static void* allocate(void* pool, std::size_t bytes) {
    auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + bytes));
    if (!block) throw std::bad_alloc();
    Block& head = static_cast<Pool*>(pool)->head_;
    block->before = &head;
    block->next = head.next;
    head.next->before = block;
    head.next = block;
    return block + 1;
  }
  static void release(void*, void* bytes) {
    if (!bytes) return;
    Block* const block = static_cast<Block*>(bytes) - 1;
    block->before->next = block->next;
    block->next->before = block->before;
    std::free(block);
  }

 private:
  struct alignas(std::max_align_t) Block {
    Block* before;
    Block* next;
  };
  Block head_{&head_, &head_};
};

/// Collects text: runs of white space become one space, except inside pre; breaks are at most one empty line.
class Writer {
 public:
  void text(std::string_view piece, bool preformatted) {
    for (const char c : piece) {
      const bool white = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
      if (white && !preformatted) {
        space_ = true;
      } else if (c == '\n') {
        out_ += '\n';
      } else if (c != '\r') {
        if (breaks_ > 0) {
          if (!out_.empty()) out_.append(breaks_ - trailing_breaks(), '\n');
        } else if (space_ && !out_.empty() && out_.back() != '\n' && out_.back() != ' ') {
          out_ += ' ';
        }
        breaks_ = 0;
        space_ = false;
        out_ += c;
      }
    }
  }
  void space() { space_ = true; }
  void line_break(std::size_t count) { breaks_ = std::max(breaks_, count); }
  std::string take() {
    while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
    if (!out_.empty()) out_ += '\n';
    return std::move(out_);
  }

 private:
  std::size_t trailing_breaks() const {
    std::size_t count = 0;
    while (count < breaks_ && count < out_.size() && out_[out_.size() - 1 - count] == '\n') ++count;
    return count;
  }
  std::string out_;
  std::size_t breaks_ = 0;
  bool space_ = false;
};

class Walker {
 public:
  std::string run(const GumboNode* root) {
    // Without recursion: the outline bounds how deep elements are, but this need not depend on it.
    std::vector<Place> places;
    if (enter(root)) places.push_back({root, 0});
    while (!places.empty()) {
      Place& place = places.back();
      const GumboVector& children = place.node->v.element.children;
      if (place.next == children.length) {
        leave(place.node);
        places.pop_back();
        continue;
      }
      const auto* const child = static_cast<const GumboNode*>(children.data[place.next++]);
      if (enter(child)) places.push_back({child, 0});
    }
    return writer_.take();
  }

 private:
  struct Place {
    const GumboNode* node;
    unsigned next;
  };

  bool enter(const GumboNode* node) {
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE || node->type == GUMBO_NODE_CDATA) {
      writer_.text(node->v.text.text, preformatted_ > 0);
      return false;
    }
    if (node->type != GUMBO_NODE_ELEMENT) return false;
    const GumboElement& element = node->v.element;
    const unsigned traits = element_traits(name(element));
    // Header and footer of a section belong to its text, those of the page do not.
    const bool of_section = sections_ > 0 && (element.tag == GUMBO_TAG_HEADER || element.tag == GUMBO_TAG_FOOTER);
    if (((traits & kDropped) && !of_section) || element.attributes.length > 0) return false;
    mark(element);
    if (is_preformatted(element)) ++preformatted_;
    if (traits & kSectioning) ++sections_;
    return true;
  }
  void leave(const GumboNode* node) {
    const GumboElement& element = node->v.element;
    if (is_preformatted(element)) --preformatted_;
    if (element_traits(name(element)) & kSectioning) --sections_;
    mark(element);
  }
  void mark(const GumboElement& element) {
    const unsigned traits = element_traits(name(element));
    if (traits & kParagraph) {
      writer_.line_break(2);
    } else if ((traits & kBlock) || element.tag == GUMBO_TAG_BR || element.tag == GUMBO_TAG_HR ||
               element.tag == GUMBO_TAG_HEADER || element.tag == GUMBO_TAG_FOOTER) {
      writer_.line_break(1);
    } else if (traits & kCell) {
      writer_.space();
    }
  }
  static const char* name(const GumboElement& element) { return gumbo_normalized_tagname(element.tag); }
  static bool is_preformatted(const GumboElement& element) {
    return element.tag == GUMBO_TAG_PRE || element.tag == GUMBO_TAG_LISTING;
  }

  Writer writer_;
  int preformatted_ = 0;
  int sections_ = 0;
};

}  // namespace

std::string text_of_page(std::string_view page) {
  const std::string outline = outline_of_page(page);
  Pool pool;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = Pool::allocate;
  options.deallocator = Pool::release;
  options.userdata = &pool;
  options.max_errors = 0;
  return Walker().run(gumbo_parse_with_options(&options, outline.data(), outline.size())->root);
}

}  // namespace pantograph::webtext
