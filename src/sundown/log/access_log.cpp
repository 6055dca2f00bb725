#include "log/json_pen.hpp"
#include "log/writer.hpp"

#include <algorithm>

namespace sundown::log {
namespace {

constexpr std::size_t block_size = 32 << 10;

/// The longest escape of one byte is \u00XX.
std::size_t longest(const access_entry& e) {
  constexpr std::size_t names_and_numbers = 304;
  return names_and_numbers + 6 * (e.method.size() + e.target.size() + e.route.size() + e.id.size() + e.remote.size() +
                                  e.cut.size() + e.client.size() + e.protocol.size() + e.shed.size() + e.trace.size());
}

/// What a line of the log needs besides.
struct line_pen : json_pen {
  void bare(std::string_view text) {
    if (text.empty() || !plainly<no_space>(text)) quoted(text);
  }
  void seconds(std::chrono::nanoseconds duration) {
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)) / 1000;
    number(micros / 1'000'000);
    *at = '.';
    auto rest = static_cast<std::uint32_t>(micros % 1'000'000);
    for (int digit = 6; digit > 0; --digit, rest /= 10) at[digit] = static_cast<char>('0' + rest % 10);
    at += 7;
  }
};

void text_line(line_pen& to, std::string_view time, const access_entry& e) {
  to.raw(time);
  to.literal(" access ");
  to.bare(e.method);
  *to.at++ = ' ';
  to.bare(e.target);
  *to.at++ = ' ';
  to.number(e.status);
  to.literal(" bytes=");
  to.number(e.bytes);
  to.literal(" seconds=");
  to.seconds(e.duration);
  to.literal(" route=");
  to.bare(e.route);
  to.literal(" id=");
  to.bare(e.id);
  to.literal(" remote=");
  to.bare(e.remote);
  if (!e.client.empty()) {
    to.literal(" client=");
    to.bare(e.client);
  }
  if (!e.cut.empty()) {
    to.literal(" cut=");
    to.bare(e.cut);
  }
  if (!e.protocol.empty()) {
    to.literal(" protocol=");
    to.bare(e.protocol);
  }
  if (!e.shed.empty()) {
    to.literal(" shed=");
    to.bare(e.shed);
  }
  if (!e.trace.empty()) {
    to.literal(" trace=");
    to.bare(e.trace);
  }
  *to.at++ = '\n';
}

void json_line(line_pen& to, std::string_view time, const access_entry& e) {
  to.literal("{\"time\":\"");
  to.raw(time);
  to.literal("\",\"level\":\"info\",\"message\":\"access\",\"method\":");
  to.json(e.method);
  to.literal(",\"target\":");
  to.json(e.target);
  to.literal(",\"route\":");
  to.json(e.route);
  to.literal(",\"status\":");
  to.number(e.status);
  to.literal(",\"bytes\":");
  to.number(e.bytes);
  to.literal(",\"seconds\":");
  to.seconds(e.duration);
  to.literal(",\"id\":");
  to.json(e.id);
  to.literal(",\"remote\":");
  to.json(e.remote);
  if (!e.client.empty()) {
    to.literal(",\"client\":");
    to.json(e.client);
  }
  if (!e.cut.empty()) {
    to.literal(",\"cut\":");
    to.json(e.cut);
  }
  if (!e.protocol.empty()) {
    to.literal(",\"protocol\":");
    to.json(e.protocol);
  }
  if (!e.shed.empty()) {
    to.literal(",\"shed\":");
    to.json(e.shed);
  }
  if (!e.trace.empty()) {
    to.literal(",\"trace\":");
    to.json(e.trace);
  }
  to.literal("}\n");
}

}  // namespace

bool access_log::add(const access_entry& entry) {
  if (!enabled_) return false;
  const auto needed = longest(entry);
  if (used_ + needed > block_.size()) {
    flush();
    if (needed > block_.size()) block_.resize(std::max(needed, 2 * block_size));
  }
  const auto time = clock_.at(std::chrono::system_clock::now());
  line_pen to{{{block_.data() + used_}}};
  if (current_format() == format::json)
    json_line(to, time, entry);
  else
    text_line(to, time, entry);
  used_ = static_cast<std::size_t>(to.at - block_.data());
  const bool first = lines_++ == 0;
  if (used_ < block_size) return first;
  flush();
  return false;
}

void access_log::flush() {
  if (lines_ == 0) return;
  submit({block_.data(), used_}, lines_, writer::priority::bulk);
  used_ = 0;
  lines_ = 0;
}

}  // namespace sundown::log
