#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::testing {

/// How a connection stood when reading from it stopped.
enum class ending {
  open,       ///< nothing ended: what was asked for has come
  fin,        ///< the peer closed its side in order
  rst,        ///< the connection was reset
  timed_out,  ///< nothing came within the limit
};
const char* to_string(ending how);

/// One answer of HTTP/1.1, or HTTP/1.0, as it came over the wire.
struct reply {
  int status = 0;                                           ///< 0: no whole head came
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case, in order of arrival
  std::string body;
  bool torn = true;           ///< not all that the head promised has come
  ending end = ending::open;  ///< why reading stopped
  bool http_1_0 = false;      ///< answered in HTTP/1.0

  bool whole() const { return status != 0 && !torn; }
  std::optional<std::string> field(std::string_view name) const;
  /// The answer says that it is the connection's last: HTTP/1.0 does, unless it says keep-alive (RFC 9112 §9.3).
  bool says_close() const;
  /// One line for a failure message.
  std::string describe() const;
};

/// Takes an answer apart, piece by piece: Content-Length, chunked, or delimited by the connection's end.
/// Strict: what is neither HTTP/1.1 nor HTTP/1.0 makes it broken for good, and stays in `input`.
class reply_parser {
 public:
  /// `bodiless`: the answer to HEAD, which has the fields of a body but none.
  explicit reply_parser(bool bodiless = false) : bodiless_(bodiless) {}

  /// Consumes what belongs to this answer from the front of `input`.
  void feed(std::string& input);
  /// The peer has closed: completes a body that only that delimits.
  void finish();

  bool done() const { return state_ == state::done; }
  bool broken() const { return state_ == state::broken; }
  reply take();

 private:
  enum class state { head, fixed, chunk_size, chunk_data, chunk_end, trailer, until_close, done, broken };

  bool step(std::string& input);
  bool parse_head(std::string_view head);
  void choose_framing();
  void parse_chunk_size(std::string_view line);
  void take_body(std::string& input);

  bool bodiless_;
  state state_ = state::head;
  std::size_t missing_ = 0;
  reply reply_;
};

}  // namespace sundown::testing
