#include "drain_kit/http1_conversation.hpp"

#include <algorithm>

namespace sundown::testing::drain_kit {
namespace {

std::string text_of(const request& what) {
  return what.body.empty() ? get(what.target) : post(what.target, what.body, "application/octet-stream");
}

/// The first line of it, as far as it is text.
std::string beginning_of(std::string_view bytes) {
  constexpr std::size_t most = 40;
  std::string line;
  for (const char one : bytes.substr(0, std::min(bytes.find_first_of("\r\n"), most)))
    line += one >= ' ' && one <= '~' ? one : '.';
  return "'" + line + "'";
}

/// `left`: what has come, and is no answer.
std::string fault_of(const reply& answer, std::string_view left) {
  const std::string then = std::string(", then ") + to_string(answer.end);
  if (answer.status != 0) return "torn answer" + then;
  if (left.empty()) return "no answer" + then;
  if (answer.end == ending::open) return "not HTTP/1.1: " + beginning_of(left);
  return "half a head, " + beginning_of(left) + then;
}

/// A final answer follows, after any number of these, wanted or not (RFC 9110 §15.2).
bool is_interim(const response& answer) {
  return answer.whole() && answer.status >= 100 && answer.status < 200 && answer.status != 101;
}

}  // namespace

sending http1_conversation::ask(const std::vector<request>& requests, milliseconds limit) {
  std::string all;
  for (const auto& each : requests) all += text_of(each);
  return wire_->send(all, limit);
}

sending http1_conversation::ask_half(const request& what, milliseconds limit) {
  rest_ = text_of(what);
  const auto half = rest_.substr(0, rest_.size() - what.body.size() / 2);
  rest_.erase(0, half.size());
  return wire_->send(half, limit);
}

sending http1_conversation::ask_half_head(const request& what, milliseconds limit) {
  const auto whole = text_of(what);
  return wire_->send(whole.substr(0, whole.size() / 2), limit);
}

ending http1_conversation::await(milliseconds limit) {
  return wire_->received().empty() ? wire_->read_some(64 << 10, limit) : ending::open;
}

response http1_conversation::take(milliseconds limit) {
  const deadline end(limit);
  response answer{wire_->read_response(end.left())};
  while (is_interim(answer)) answer = response{wire_->read_response(end.left())};
  if (!answer.whole()) answer.fault = fault_of(answer, wire_->received());
  // A body that only the end of the connection ends tells of it as well (RFC 9112 §6.3).
  if (answer.says_close() || (answer.whole() && answer.end == ending::fin)) told_end_ = true;
  return answer;
}

std::optional<ending> http1_conversation::listen() {
  for (;;) {
    const auto how = wire_->read_some(64 << 10, 0ms);
    if (how == ending::timed_out) return std::nullopt;
    if (how == ending::fin) return wire_->read_until_end(ample);
    if (how != ending::open) return how;
  }
}

}  // namespace sundown::testing::drain_kit
