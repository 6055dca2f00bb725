#include <sundown/trace/parent.hpp>
#include <sundown/trace/span.hpp>

#include "trace/record.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace sundown::trace {

bool span::is_recording() const noexcept { return record_->recording; }
bool span::is_from_outside() const noexcept { return record_->from_outside; }

void span::set_text(std::string_view key, std::string_view value) { record_->set_text(key, value); }

void span::set_bool(std::string_view key, bool value) {
  record_->set_plain(key, value ? "\"boolValue\":true" : "\"boolValue\":false");
}

void span::set_integer(std::string_view key, std::int64_t value) {
  if (!record_->recording) return;
  std::array<char, 40> text;
  log::pen to{text.data()};
  to.literal("\"intValue\":\"");
  to.at = std::to_chars(to.at, to.at + 20, value).ptr;
  *to.at++ = '"';
  record_->set_plain(key, {text.data(), to.at});
}

void span::set_double(std::string_view key, double value) {
  if (!record_->recording) return;
  std::string text = "\"doubleValue\":";
  if (std::isfinite(value)) {
    log::append_json_number(text, value);
  } else {  // ProtoJSON has names for them
    text += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  }
  record_->set_plain(key, text);
}

void span::set_name(std::string_view name) {
  if (record_->recording) record_->name = name;
}

void span::set_failed(std::string_view why) {
  if (!record_->recording) return;
  record_->failed = true;
  record_->failure = why;
}

void span::add_event(std::string_view name) { record_->add_event(name); }

span span::begin_child(std::string_view name, trace::kind what, const clock::time_point* began) const {
  return span(detail::record::child(record_->owner, record_->where, record_->epoch, name, what, began));
}

parent::parent(const span& above) {
  if (!above.record_) return;
  owner_ = above.record_->owner;
  where_ = above.record_->where;
  epoch_ = above.record_->epoch;
}

span parent::begin_child(std::string_view name, kind what) const {
  return span(detail::record::child(owner_, where_, epoch_, name, what, nullptr));
}

const context& span::where() const noexcept {
  static const context none;
  return record_ ? record_->where : none;
}

void span::finish(const clock::time_point* when) noexcept {
  try {
    record_->end(when);
  } catch (...) {  // no memory for its text: it is lost
  }
}

void span::end_and_release() noexcept {
  finish(nullptr);
  detail::record::give_back(std::exchange(record_, nullptr));
}

}  // namespace sundown::trace
