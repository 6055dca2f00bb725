#pragma once

#include <cstdint>

namespace sundown::http::detail {

/// How the body that follows a head is framed (RFC 9112 §6).
struct framing {
  enum class kind { length, chunked, until_close, none } how = kind::length;
  std::uint64_t length = 0;
};

}  // namespace sundown::http::detail
