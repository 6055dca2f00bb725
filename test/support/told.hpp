#pragma once

#include <string>
#include <string_view>

namespace sundown::test {

namespace detail {

inline void erase_each(std::string& all, std::string_view begin, std::string_view end) {
  for (auto at = all.find(begin); at != all.npos; at = all.find(begin, at)) {
    const auto behind = all.find(end, at + begin.size());
    all.erase(at, behind == all.npos ? behind : behind + end.size() - at);
  }
}

}  // namespace detail

/// The answers of HTTP/1, but for what differs in any case: ids, the date, and whether a 100 was still of use.
inline std::string told(std::string all) {
  detail::erase_each(all, "HTTP/1.1 100 ", "\r\n\r\n");
  detail::erase_each(all, "Date: ", "\r\n");
  detail::erase_each(all, "X-Request-Id: ", "\r\n");
  detail::erase_each(all, "\"request_id\":\"", "\"");
  return all;
}

}  // namespace sundown::test
