#pragma once

#include "http/date_text.hpp"
#include "http/framing.hpp"
#include "http/head_writer.hpp"

#include <sundown/http/response.hpp>

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::http2 {

/// Makes response heads for HPACK: the fields that head_writer writes, in the same order. One per worker: it keeps what
/// changes only once a second. Lifetime: that of the sessions that answer by it.
class answer_head {
 public:
  /// Valid until the next call, and as long as the response and the id. `index_id`: the table of the connection's HPACK
  /// takes the field of the id, for the sake of its name; the id itself never comes again.
  std::span<const nghttp2_nv> fields(const http::response& what, http::detail::framing body, std::string_view id,
                                     http::detail::head_writer& told_of, bool index_id);

 private:
  /// In its place among the fields, which have room for it.
  void put(std::string_view name, std::string_view value, std::uint8_t flags) noexcept;

  std::vector<nghttp2_nv> room_;
  std::size_t count_ = 0;  ///< fields in it
  http::detail::date_text date_;
  std::string status_, length_;
};

}  // namespace sundown::http2
