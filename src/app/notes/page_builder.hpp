#pragma once

#include "app/notes/note_store.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sundown::storage {

/// Fills a page until it is full.
class page_builder {
 public:
  explicit page_builder(page_bounds most) : most_(most) {}

  /// Whether a note with so many bytes of title and body belongs to the page; if not, it is left for the next one.
  bool takes(std::size_t bytes) {
    if (!page_.notes.empty() && (page_.notes.size() >= most_.notes || bytes > most_.bytes - bytes_)) page_.more = true;
    return !page_.more;
  }
  void add(note one) {
    bytes_ = std::min(most_.bytes, bytes_ + one.title.size() + one.body.size());
    page_.notes.push_back(std::move(one));
  }

  std::size_t notes() const noexcept { return page_.notes.size(); }
  std::size_t bytes() const noexcept { return bytes_; }
  note_page take() { return std::move(page_); }

 private:
  const page_bounds most_;
  std::size_t bytes_ = 0;
  note_page page_;
};

}  // namespace sundown::storage
