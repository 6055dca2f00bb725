#include "drain_kit/http2_conversation.hpp"

#include <algorithm>
#include <charconv>

namespace sundown::testing::drain_kit {
namespace {

/// Of an answer to GET or POST that has ended: how its length belies its Content-Length, by which it is malformed (RFC
/// 9113 §8.1.1); "" if it doesn't. 204 and 304 have no content, whatever they say of its length (RFC 9110 §6.4.1).
std::string fault_of_length(const stream_answer& got) {
  const auto at = got.fields.find("content-length");
  if (at == got.fields.end() || got.status == 204 || got.status == 304) return {};
  const auto& text = at->second;
  std::size_t said = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), said);
  if (fault == std::errc{} && end == text.data() + text.size() && said == got.body.size()) return {};
  return "content-length " + text + ", and " + std::to_string(got.body.size()) + " bytes";
}

}  // namespace

http2_conversation::http2_conversation(std::unique_ptr<wire> over, std::string scheme, bool wide)
    : unconnected_(std::move(over)), scheme_(std::move(scheme)), wide_(wide) {}

connecting http2_conversation::greet(milliseconds limit) {
  if (const auto how = unconnected_->greet(limit); how != connecting::connected) return how;
  constexpr std::uint32_t first_window = 65'535, quarter = first_window / 4;
  field_list settings;
  if (wide_) settings.emplace_back("4", std::to_string(highest_stream));  // SETTINGS_INITIAL_WINDOW_SIZE
  frames_ = std::make_unique<frame_client>(std::move(unconnected_), settings, scheme_);
  frames_->window_step = quarter;
  if (wide_) frames_->send_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, big_endian(highest_stream - first_window));
  return connecting::connected;
}

// What can't be sent any more is a stream without an answer: what has come before says why.
sending http2_conversation::ask(const std::vector<request>& requests, milliseconds limit) {
  for (const auto& each : requests) {
    if (each.body.empty()) {
      owed_.push_back(frames_->get(each.target));
      continue;
    }
    owed_.push_back(frames_->request("POST", each.target, {}, false));
    frames_->data_in_windows(owed_.back(), each.body, true, limit);
  }
  return sending::sent;
}

sending http2_conversation::ask_half(const request& what, milliseconds limit) {
  rest_ = what.body;
  owed_.push_back(frames_->request("POST", what.target, {}, false));
  const auto half = rest_.substr(0, rest_.size() / 2);
  rest_.erase(0, half.size());
  return frames_->data_in_windows(owed_.back(), half, false, limit) ? sending::sent : sending::timed_out;
}

sending http2_conversation::ask_rest(milliseconds limit) {
  frames_->data_in_windows(owed_.back(), rest_, true, limit);
  return sending::sent;
}

sending http2_conversation::ask_half_head(const request& what, milliseconds limit) {
  // No other frame may come before the rest of a head (RFC 9113 §4.3): what wants an answer is answered before.
  if (!frames_->read_until([&] { return frames_->settings_acknowledged; }, limit)) return sending::timed_out;
  frames_->acknowledges_ping = frames_->opens_windows = false;
  const auto block =
      frames_->block({{":method", "GET"}, {":scheme", scheme_}, {":authority", "test"}, {":path", what.target}});
  frames_->send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, block.substr(0, block.size() / 2));
  return sending::sent;
}

template <class Condition>
std::vector<std::uint32_t>::const_iterator http2_conversation::first(Condition holds) const {
  return std::find_if(owed_.begin(), owed_.end(), holds);
}

bool http2_conversation::disclaimed(std::uint32_t stream) const {
  const auto& reset = frames_->on(stream).reset;
  return (reset && *reset == NGHTTP2_REFUSED_STREAM) ||
         (!frames_->goaways.empty() && frames_->goaways.back().last < stream);
}

bool http2_conversation::done(std::uint32_t stream) const {
  const auto& answer = frames_->on(stream);
  return answer.ended || answer.reset || disclaimed(stream);
}

response http2_conversation::response_of(std::uint32_t stream) const {
  const auto& got = frames_->on(stream);
  response answer;
  answer.status = got.status;
  answer.fields.assign(got.fields.begin(), got.fields.end());
  answer.body = got.body;
  const auto wrong_length = got.whole() ? fault_of_length(got) : std::string();
  answer.torn = !got.whole() || !wrong_length.empty();
  answer.end = done(stream) ? ending::open : frames_->ended.value_or(ending::timed_out);
  if (answer.whole()) return answer;
  if (!wrong_length.empty()) {
    answer.fault = "malformed answer: " + wrong_length;
  } else if (disclaimed(stream)) {
    // An answer that has begun belies that its request wasn't processed at all.
    answer.refused = got.status == 0 && got.body.empty();
    answer.belied = !answer.refused;
    answer.fault = got.reset ? "REFUSED_STREAM" : "above the last stream of GOAWAY";
    if (answer.belied) answer.fault = "torn answer, and then said to be not processed: " + answer.fault;
  } else if (got.reset) {
    answer.fault = std::string("RST_STREAM: ") + nghttp2_http2_strerror(*got.reset);
  } else {
    answer.fault = std::string(got.status == 0 ? "no answer" : "torn answer") + ", then " + to_string(answer.end);
  }
  return answer;
}

ending http2_conversation::await(milliseconds limit) {
  const auto begun = [&](std::uint32_t stream) { return frames_->on(stream).status != 0 || done(stream); };
  if (frames_->read_until([&] { return first(begun) != owed_.end(); }, limit)) return ending::open;
  return frames_->ended.value_or(ending::timed_out);
}

response http2_conversation::take(milliseconds limit) {
  const auto is_done = [&](std::uint32_t stream) { return done(stream); };
  frames_->read_until([&] { return first(is_done) != owed_.end(); }, limit);
  auto taken = first(is_done);
  if (taken == owed_.end()) taken = owed_.begin();
  auto answer = response_of(*taken);
  frames_->forget(*taken);
  owed_.erase(taken);
  return answer;
}

bool http2_conversation::read_head(milliseconds limit) {
  return frames_->read_until([&] { return oldest().status != 0; }, limit);
}

bool http2_conversation::read_until(std::string_view text, milliseconds limit) {
  return frames_->read_until([&] { return oldest().body.find(text) != std::string::npos; }, limit);
}

ending http2_conversation::read_piece(std::size_t most, milliseconds limit) {
  const auto how = bytes().read_some(most, limit);
  while (frames_->take_received()) {
  }
  return how;
}

std::size_t http2_conversation::come() const { return oldest().body.size(); }

std::optional<ending> http2_conversation::listen() {
  while (frames_->read(0ms)) {
  }
  if (frames_->ended != ending::fin) return frames_->ended;
  return frames_->read_until_end(ample);
}

}  // namespace sundown::testing::drain_kit
