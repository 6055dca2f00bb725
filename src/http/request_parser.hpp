#pragma once

#include "http/list_field.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::http::detail {

namespace beast = boost::beast;
using error_code = boost::system::error_code;

/// A chunk's size line may have extensions of any length; nobody needs them (RFC 9112 §7.1.1).
inline constexpr std::size_t chunk_line_limit = 1024;

/// Why a request is refused before any handler sees it, beyond what Beast's parser refuses itself.
enum class parse_fault {
  none,
  length_list,         ///< Content-Length twice or as a list (smuggling)
  unknown_coding,      ///< Transfer-Encoding other than exactly "chunked": 501
  coding_in_http_1_0,  ///< Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)
  host_missing,        ///< HTTP/1.1 without Host (RFC 9112 §3.2)
  host_repeated,
  bad_host,
  folded_field,     ///< obs-fold (RFC 9112 §5.2)
  too_many_fields,  ///< 431
  bad_target,
};

/// Beast's parser with the fields kept as offsets into the session's buffer instead of copies.
///
/// Feed it with put(): it takes whole lines of the head, then body bytes, which go to body() or, one piece at a time,
/// to piece(). Offsets stay valid when the buffer moves, as long as base() is told.
class request_parser final : public beast::http::basic_parser<true> {
 public:
  struct slice {
    std::uint32_t offset;  // no initialisers: a hundred of these are made for every request
    std::uint32_t size;
  };
  struct field_slice {
    beast::http::field id;
    slice name;
    slice value;
  };
  static constexpr std::size_t max_fields = 100;

  explicit request_parser(std::uint32_t header_limit);

  /// Where the first byte of this request is now; call it before each put() and each look at the fields.
  void base(const char* begin) noexcept { base_ = begin; }
  std::string_view view(slice s) const noexcept { return {base_ + s.offset, s.size}; }

  beast::http::verb method() const noexcept { return method_; }
  std::string_view method_name() const noexcept { return view(method_name_); }
  std::string_view target() const noexcept { return view(target_); }
  /// The first line of that field; `Key` is a beast::http::field or a name in any case.
  template <class Key>
  std::string_view field(Key key) const noexcept {
    const auto* const first = find_field(key);
    return first ? view(first->value) : std::string_view{};
  }
  template <class Key>
  bool has_field(Key key) const noexcept {
    return find_field(key) != nullptr;
  }
  /// Calls `use` with each element of a list field, over all its lines in order (RFC 9110 §5.3).
  template <class Key, class Use>
  void for_each_element(Key key, Use use) const {
    for (const auto* at = find_field(key); at; at = find_field(key, at + 1)) {
      detail::for_each_element(view(at->value), use);
    }
  }
  /// Whether one of the elements is this token, in any case.
  bool has_token(beast::http::field id, std::string_view token) const noexcept;
  /// Calls `use` with the name and the value of each field, in order.
  template <class Use>
  void for_each_field(Use use) const {
    for (std::uint32_t i = 0; i < field_count_; ++i) use(view(fields_[i].name), view(fields_[i].value));
  }
  int version() const noexcept { return version_; }
  /// The request line is complete.
  bool head_started() const noexcept { return method_name_.size != 0; }
  bool expects_continue() const noexcept;
  /// A Content-Length or Transfer-Encoding is there, even if it says 0.
  bool has_body_length() const noexcept { return content_length_seen_ || chunked(); }
  bool has_no_body() const noexcept { return content_length().value_or(0) == 0 && !chunked(); }

  parse_fault fault() const noexcept { return fault_; }

  const std::string& body() const noexcept { return body_; }
  /// Streamed routes: body bytes are not collected; piece() is what the last put() brought.
  void stream_body() noexcept { collect_ = false; }
  std::string_view piece() const noexcept { return piece_; }
  void drop_piece() noexcept { piece_ = {}; }

 private:
  using sv = beast::string_view;

  void on_request_impl(beast::http::verb, sv method, sv target, int version, error_code&) override;
  void on_response_impl(int, sv, int, error_code&) override {}
  void on_field_impl(beast::http::field, sv name, sv value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override;
  std::size_t on_body_impl(sv, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, sv, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, sv, error_code&) override;
  void on_finish_impl(error_code&) override {}

  const field_slice* find_field(beast::http::field id) const noexcept { return find_field(id, fields_.data()); }
  const field_slice* find_field(beast::http::field id, const field_slice* from) const noexcept;
  const field_slice* find_field(std::string_view name) const noexcept { return find_field(name, fields_.data()); }
  const field_slice* find_field(std::string_view name, const field_slice* from) const noexcept;

  bool inside(sv text) const noexcept { return text.data() >= base_ && text.data() < base_ + head_end_limit_; }
  slice slice_of(sv text) const noexcept {
    return {static_cast<std::uint32_t>(text.data() - base_), static_cast<std::uint32_t>(text.size())};
  }
  void refuse(parse_fault why, error_code& ec) noexcept;
  void take(sv bytes);

  const char* base_ = nullptr;
  std::uint32_t head_end_limit_;
  std::uint32_t field_count_ = 0;
  int version_ = 11;
  beast::http::verb method_ = beast::http::verb::unknown;
  slice method_name_{}, target_{};
  parse_fault fault_ = parse_fault::none;
  bool content_length_seen_ = false;
  bool host_seen_ = false;
  bool expect_seen_ = false;
  bool collect_ = true;
  std::string_view piece_;
  std::string body_;
  std::array<field_slice, max_fields> fields_;
};

}  // namespace sundown::http::detail
