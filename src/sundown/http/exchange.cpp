#include "http/exchange.hpp"

#include "base/hex.hpp"

#include <algorithm>
#include <cstring>

namespace sundown::http::detail {

namespace {

bool is_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

}  // namespace

void exchange::begin(std::uint32_t header_limit) {
  parser.emplace(header_limit);
  match = nullptr;
  hooks = nullptr;
  head_size = 0;
  body_received = 0;
  refusal.reset();
  stream.reset();
  body_fault = detail::body_fault::none;
  continue_sent = to_guard = timed_out = is_client_gone = admitted = false;
  handled_since = {};
  shed = nullptr;
  client_id_ = {};
}

void exchange::identify(std::uint64_t number) noexcept {
  const auto sent = parser->field("X-Request-Id");
  if (is_id(sent)) {
    client_id_ = sent;
    return;
  }
  for (std::size_t digit = 0; digit < own_id_.size(); digit += 2, number <<= 8) {
    std::memcpy(&own_id_[digit], base::hex_pairs[number >> 56].data(), 2);
  }
}

void exchange::forget_span() noexcept { span = {}; }

}  // namespace sundown::http::detail
