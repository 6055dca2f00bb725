#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::http {

/// Which pages of other origins may read the answers of a group: CORS, as the Fetch standard (§3.3) has it.
///
///     api.allows(http::cors({"https://shop.example"}).headers({"Authorization"}).exposes({"ETag"}));
///
/// A preflight is answered from the table before guards and handlers are asked, with 204: its methods are those that
/// the path has, so a browser goes on with no other; for a path that isn't there it is 404. Whatever else the group
/// answers, refusals and errors too, gets the fields of an actual request. An answer that depends on the origin says
/// `Vary: Origin`, whoever asks. CORS keeps no request out: a page may send some of them without a preflight, and what
/// is no browser sends all; that is for guards. Nor do browsers ask it of a WebSocket: the check of its handshake looks
/// at Origin.
class cors {
 public:
  /// The origins as browsers write them, "https://shop.example:8443", compared byte by byte; or "*" alone: any.
  explicit cors(std::vector<std::string> origins);
  /// Asked for each request's origin; it must not block. Called on all workers at once.
  template <std::predicate<std::string_view> Predicate>
  explicit cors(Predicate allows) : allows_(std::move(allows)) {}

  /// Only these, of those that the path has.
  cors& methods(std::vector<verb> names);
  /// Fields that a page may send beside the safelisted ones. "*" alone: whatever it asks for, Authorization as well.
  cors& headers(std::vector<std::string> names);
  /// Fields of the answer that a page may read beside the safelisted ones.
  cors& exposes(std::vector<std::string> names);
  /// With cookies, HTTP authentication and client certificates. Not with "*": every page could act as its visitor.
  cors& credentials();
  /// How long a browser keeps the answer to a preflight; it has a limit of its own (two hours in Chromium).
  cors& max_age(std::chrono::seconds limit);

  /// Throws std::logic_error, with a sentence, for rules that no browser would follow.
  void check() const;
  /// Adds the fields to an answer: a hook.
  void operator()(const request& asked, response& answer) const;

 private:
  bool is_allowed(std::string_view origin) const;
  void answer_preflight(const request& asked, response& answer) const;
  std::string allowed_methods(std::string_view of_path) const;

  std::vector<std::string> origins_;
  std::function<bool(std::string_view)> allows_;
  bool any_ = false;
  std::vector<verb> methods_;
  std::string headers_, exposed_;
  bool credentials_ = false;
  std::chrono::seconds max_age_{600};
};

}  // namespace sundown::http
