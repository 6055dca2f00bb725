#pragma once

#include <sundown/trace/context.hpp>
#include <sundown/trace/span.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace sundown::trace {

namespace detail {
struct tracer_core;
}  // namespace detail

/// A span as the parent of others, for work that begins later or on another thread. It keeps no span from ending.
///
/// An empty one has no children but empty spans. Thread safety: that of a value.
class parent {
 public:
  parent() = default;
  parent(const span& above);  // NOLINT(google-explicit-constructor): a span is a parent

  explicit operator bool() const noexcept { return owner_ != nullptr; }
  const context& where() const noexcept { return where_; }

  span child(std::string_view name, kind what = kind::internal) const {
    return owner_ ? begin_child(name, what) : span();
  }

 private:
  span begin_child(std::string_view name, kind what) const;

  std::shared_ptr<const detail::tracer_core> owner_;
  context where_;
  std::chrono::nanoseconds epoch_{0};
};

}  // namespace sundown::trace
