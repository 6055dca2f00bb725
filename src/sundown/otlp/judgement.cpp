#include "otlp/judgement.hpp"

#include "base/number.hpp"
#include "http_client/retry_after.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace sundown::otlp {

namespace {

namespace json = boost::json;

/// Whoever names a longer one is not to lose a day's spans by a slip.
constexpr milliseconds longest_retry_after = std::chrono::minutes(10);

constexpr std::size_t longest_reason = 200;

std::string shortened(std::string text) {
  if (text.size() > longest_reason) text.resize(longest_reason);
  return text;
}

/// An int64 of JSON's protobuf mapping is a text; a number is allowed too.
std::optional<std::int64_t> integer(const json::value* given) {
  if (!given) return std::nullopt;
  if (const auto* const text = given->if_string()) return base::parse_number<std::int64_t>(*text);
  boost::system::error_code ec;
  const auto read = given->to_number<std::int64_t>(ec);
  return ec ? std::nullopt : std::optional(read);
}

/// A body that can't be read says nothing: the status alone counts.
json::value read(std::string_view body) {
  boost::system::error_code ec;
  auto read = json::parse(body, ec);
  return ec || !read.is_object() ? json::value(json::object()) : read;
}

std::string text_of(const json::object& from, std::string_view member) {
  const auto* const found = from.if_contains(member);
  const auto* const text = found ? found->if_string() : nullptr;
  return text ? shortened(std::string(*text)) : std::string();
}

void read_partial_success(std::string_view body, std::size_t spans, judgement& into) {
  const auto all = read(body);
  const auto* const partial = all.get_object().if_contains("partialSuccess");
  if (!partial || !partial->is_object()) return;
  const auto rejected = integer(partial->get_object().if_contains("rejectedSpans")).value_or(0);
  into.rejected = std::min(static_cast<std::size_t>(std::max<std::int64_t>(rejected, 0)), spans);
  into.why = text_of(partial->get_object(), "errorMessage");
  if (into.rejected != 0 && into.why.empty()) into.why = "without a reason";
}

bool may_be_repeated(unsigned status) noexcept {
  constexpr std::array statuses{429U, 502U, 503U, 504U};
  return std::ranges::find(statuses, status) != statuses.end();
}

}  // namespace

judgement judge(const result<http_client::answer>& came, std::size_t spans, std::chrono::system_clock::time_point now) {
  judgement made;
  if (!came) {
    // What can't be sent at all was found at the start: what fails here is between the two.
    made.what = judgement::kind::unreachable;
    made.why = came.error().detail;
    return made;
  }
  if (came->status / 100 == 2) {
    made.unread = came->cut;
    if (!made.unread) read_partial_success(came->body, spans, made);
    return made;
  }
  made.what = may_be_repeated(came->status) ? judgement::kind::overloaded : judgement::kind::refused;
  if (made.what == judgement::kind::overloaded)
    made.retry_after = http_client::read_retry_after(came->header("Retry-After"), now, longest_retry_after);
  made.why = "status " + std::to_string(came->status);
  if (const auto told = text_of(read(came->body).get_object(), "message"); !told.empty()) made.why += ": " + told;
  return made;
}

milliseconds backoff::next(double jitter) {
  const auto wait = std::chrono::duration<double, std::milli>(wait_) * (0.5 + jitter);
  wait_ = std::min(2 * wait_, most);
  return std::chrono::ceil<milliseconds>(wait);
}

}  // namespace sundown::otlp
