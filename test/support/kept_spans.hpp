#pragma once

#include <sundown/trace/tracer.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {

/// A span as it is sent, looked at.
class kept_span {
 public:
  explicit kept_span(std::string_view text) : object_(boost::json::parse(text).as_object()) {}

  std::string text(std::string_view member) const {
    const auto* const found = object_.if_contains(member);
    return found ? std::string(found->as_string()) : std::string();
  }
  std::string name() const { return text("name"); }
  std::string trace() const { return text("traceId"); }
  std::string id() const { return text("spanId"); }
  std::string parent() const { return text("parentSpanId"); }
  std::uint64_t begin() const { return std::stoull(text("startTimeUnixNano")); }
  std::uint64_t end() const { return std::stoull(text("endTimeUnixNano")); }
  std::int64_t kind() const { return object_.at("kind").as_int64(); }
  bool failed() const {
    const auto* const status = object_.if_contains("status");
    return status && status->as_object().at("code").as_int64() == 2;
  }
  /// Whatever its type is; "" without it, "twice" if it is there twice.
  std::string attribute(std::string_view key) const {
    std::string value;
    for (const auto& each : object_.at("attributes").as_array()) {
      if (each.at("key").as_string() != key) continue;
      if (!value.empty()) return "twice";
      const auto& found = each.at("value").as_object();
      if (found.size() != 1) return "of two types";
      const auto& only = found.begin()->value();
      value = only.is_string() ? std::string(only.as_string()) : boost::json::serialize(only);
    }
    return value;
  }
  const boost::json::object& object() const noexcept { return object_; }

 private:
  boost::json::object object_;
};

/// Keeps the spans that it gets. Any thread.
class kept_spans final : public trace::sink {
 public:
  void take(std::string_view span) noexcept override {
    const std::lock_guard lock(mutex_);
    texts_.emplace_back(span);
  }
  std::vector<kept_span> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<kept_span> parsed;
    for (const auto& text : texts_) parsed.emplace_back(text);
    return parsed;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return texts_.size();
  }
  /// The one of that name; throws if there is none.
  kept_span named(std::string_view name) const {
    const auto spans = all();
    const auto found = std::find_if(spans.begin(), spans.end(), [&](const auto& each) { return each.name() == name; });
    if (found == spans.end()) throw std::out_of_range("no span is called " + std::string(name));
    return *found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace sundown::test
