#pragma once

#include "http/chunk_reader.hpp"
#include "http/list_field.hpp"
#include "http/parse_fault.hpp"

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::http::detail {

namespace beast = boost::beast;

/// What the client expects before it sends the body (RFC 9110 §10.1.1).
enum class expectation : std::uint8_t { none, go_ahead, unknown };

/// Reads one request, with the fields kept as offsets into the session's buffer instead of copies.
///
/// Feed it with put(): it takes whole lines of the head, then body bytes, which go to body() or, one piece at a time,
/// to piece(). Offsets stay valid when the buffer moves, as long as base() is told.
/// The head is judged line by line, the body byte by byte: the verdict on some bytes is the same however they were cut,
/// and comes with the line or the byte that makes it certain.
class request_parser {
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
  static constexpr std::uint32_t max_fields = 100;  ///< of a head, and of trailers

  enum class verdict : std::uint8_t {
    need_more,  ///< what wasn't taken is a line without its end
    head,       ///< the head is complete, a body follows
    piece,      ///< some of the body
    done,
    refused,  ///< fault() says why
  };
  struct progress {
    std::size_t taken;  ///< bytes
    verdict how;
  };

  explicit request_parser(std::uint32_t header_limit) noexcept
      : head_left_(header_limit), chunks_(header_limit, max_fields) {}

  /// Where the first byte of this request is now; call it before each put() and each look at the fields.
  void base(const char* begin) noexcept { base_ = begin; }
  std::string_view view(slice s) const noexcept { return {base_ + s.offset, s.size}; }

  /// `bytes`: at least one, from what was not taken yet on. Not after `done` or `refused`.
  progress put(std::string_view bytes);

  // A head that comes decoded, field by field (HTTP/2). Its decoder has judged the syntax of names and values; what
  // they mean is judged as in HTTP/1. fault() says why it is refused.

  void put_decoded(slice name, slice value) noexcept;
  /// With the head's end. `has_body`: more follows.
  void end_decoded(slice method, slice target, bool has_body) noexcept;
  void put_decoded_body(std::string_view bytes) { take(bytes); }
  void end_decoded_body() noexcept { body_ = body_kind::complete; }
  void refuse(parse_fault why) noexcept { fault_ = why; }

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
  /// How many lines of that field there are.
  template <class Key>
  std::size_t count(Key key) const noexcept {
    std::size_t lines = 0;
    for (const auto* at = find_field(key); at; at = find_field(key, at + 1)) ++lines;
    return lines;
  }
  /// Calls `use` with the value of each line of that field, in order.
  template <class Key, class Use>
  void for_each_line(Key key, Use use) const {
    for (const auto* at = find_field(key); at; at = find_field(key, at + 1)) use(view(at->value));
  }
  /// Calls `use` with each element of a list field, over all its lines in order (RFC 9110 §5.3).
  template <class Key, class Use>
  void for_each_element(Key key, Use use) const {
    for_each_line(key, [&](std::string_view line) { detail::for_each_element(line, use); });
  }
  /// Whether one of the elements is this token, in any case.
  bool has_token(beast::http::field id, std::string_view token) const noexcept;
  /// Calls `use` with the name and the value of each field, in order.
  template <class Use>
  void for_each_field(Use use) const {
    for (std::uint32_t i = 0; i < field_count_; ++i) use(view(fields_[i].name), view(fields_[i].value));
  }
  /// 10, 11, or 20 for HTTP/2; a higher minor version of HTTP/1 is read as HTTP/1.1 (RFC 9110 §2.5).
  int version() const noexcept { return version_; }
  bool head_done() const noexcept { return body_ != body_kind::unknown; }
  bool is_done() const noexcept { return body_ == body_kind::complete; }
  /// Whether the connection may go on behind this request (RFC 9112 §9.3).
  bool keep_alive() const noexcept { return !close_ && (version_ >= 11 || keep_alive_); }
  expectation expects() const noexcept;
  bool expects_continue() const noexcept { return expect_seen_ && expects() == expectation::go_ahead; }
  std::optional<std::uint64_t> content_length() const noexcept {
    return length_seen_ ? std::optional(length_) : std::nullopt;
  }
  /// A Content-Length or Transfer-Encoding is there, even if it says 0.
  bool has_body_length() const noexcept { return length_seen_ || coding_seen_; }
  /// For chunked bodies, whose length is known only in the end: refused over it.
  void body_limit(std::uint64_t bytes) noexcept { chunks_.body_limit(bytes); }

  parse_fault fault() const noexcept { return fault_; }

  const std::string& body() const noexcept { return collected_; }
  /// Streamed routes: body bytes are not collected; piece() is what the last put() brought.
  void stream_body() noexcept { collect_ = false; }
  std::string_view piece() const noexcept { return piece_; }
  void drop_piece() noexcept { piece_ = {}; }

 private:
  enum class body_kind : std::uint8_t { unknown, length, chunked, decoded, complete };

  progress put_head(std::string_view bytes);
  /// `line`: without its LF.
  void put_line(std::string_view line);
  progress refused_in(std::string_view line, std::size_t taken) noexcept;
  /// The method is known once the space behind it is there.
  bool find_method(std::string_view line) noexcept;
  void put_request_line(std::string_view line) noexcept;
  void put_field_line(std::string_view line) noexcept;
  /// What a field says of the request's framing and of the connection.
  void heed(beast::http::field id, std::string_view value) noexcept;
  void heed_connection(std::string_view value) noexcept;
  void heed_length(std::string_view value) noexcept;
  void heed_coding(std::string_view value) noexcept;
  void heed_host(std::string_view value) noexcept;
  /// What only the whole head tells.
  void judge_head() noexcept;
  void begin_body();
  /// Judges a line whose end has not come. `searched`: how much of it was looked at before.
  void judge_part(std::string_view line, std::size_t searched) noexcept;
  void judge_too_long(std::string_view line) noexcept;
  progress put_length(std::string_view bytes);
  progress put_chunks(std::string_view bytes);
  void take(std::string_view bytes);

  const field_slice* find_field(beast::http::field id) const noexcept { return find_field(id, fields_.data()); }
  const field_slice* find_field(beast::http::field id, const field_slice* from) const noexcept;
  const field_slice* find_field(std::string_view name) const noexcept { return find_field(name, fields_.data()); }
  const field_slice* find_field(std::string_view name, const field_slice* from) const noexcept;

  slice slice_of(std::string_view text) const noexcept {
    return {static_cast<std::uint32_t>(text.data() - base_), static_cast<std::uint32_t>(text.size())};
  }

  const char* base_ = nullptr;
  std::uint32_t head_left_;     ///< bytes that the head may still have
  std::uint32_t searched_ = 0;  ///< of the line whose end has not come
  std::uint32_t field_count_ = 0;
  int version_ = 11;
  beast::http::verb method_ = beast::http::verb::unknown;
  slice method_name_{}, target_{};
  parse_fault fault_ = parse_fault::none;
  body_kind body_ = body_kind::unknown;
  bool line_seen_ = false;  ///< the request line
  bool length_seen_ = false;
  bool coding_seen_ = false;
  bool host_seen_ = false;
  bool expect_seen_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool chunked_last_ = false;
  bool other_coding_ = false;
  std::uint8_t chunked_times_ = 0;
  bool collect_ = true;
  std::uint64_t length_ = 0;       ///< as Content-Length says
  std::uint64_t length_left_ = 0;  ///< of it
  chunk_reader chunks_;
  std::string_view piece_;
  std::string collected_;
  std::array<field_slice, max_fields> fields_;
};

}  // namespace sundown::http::detail
