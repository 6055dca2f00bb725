#include "http_client/delivery.hpp"

#include "http_client/retry_after.hpp"
#include "http_client/signature.hpp"

#include <algorithm>

namespace sundown::http_client {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::system_clock;

namespace {

constexpr milliseconds longest_retry_after = 1h;

verdict verdict_of_status(unsigned status) noexcept {
  if (status >= 200 && status < 300) return verdict::delivered;
  if (status == 410) return verdict::gone;
  if (status == 408 || status == 429 || status >= 500) return verdict::away;
  return verdict::refused;
}

verdict verdict_of_error(errc code) noexcept {
  if (code == errc::canceled) return verdict::given_up;
  return code == errc::malformed ? verdict::refused : verdict::away;
}

}  // namespace

judgement judge(const result<answer>& got, system_clock::time_point now) {
  if (!got) return {verdict_of_error(got.error().code), got.error().detail};
  const auto what = verdict_of_status(got->status);
  auto why = "its answer was " + std::to_string(got->status);
  if (got->status >= 300 && got->status < 400) why += ", and redirects are not followed: name where it leads to";
  return {what, std::move(why), read_retry_after(got->header("Retry-After"), now, longest_retry_after).value_or(0ms)};
}

request delivery_of(const outbox_event& event, const outbox_settings& how, const std::optional<std::string>& key,
                    system_clock::time_point now) {
  request made(http::verb::post, how.url, "application/json", event.body);
  auto timestamp = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  if (key) made.headers.emplace_back("webhook-signature", sign(*key, event.id, timestamp, event.body));
  made.headers.emplace_back("webhook-id", event.id);
  made.headers.emplace_back("webhook-timestamp", std::move(timestamp));
  made.timeout = how.timeout;
  made.cut_if_large = true;  // the status says all
  return made;
}

milliseconds retry_pause(std::uint64_t failures, milliseconds longest, milliseconds retry_after, double part) {
  constexpr std::uint64_t most_doublings = 20;
  const auto doublings = std::min(failures > 0 ? failures - 1 : 0, most_doublings);
  const auto whole = std::min(500ms * (std::int64_t{1} << doublings), longest);
  const milliseconds less(static_cast<std::int64_t>(static_cast<double>(whole.count()) / 2 * part));
  return std::max(whole - less, retry_after);
}

}  // namespace sundown::http_client
