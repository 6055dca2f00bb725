#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::http {

/// A request's preconditions (RFC 9110 §13): whether its method may be performed on what is there now.
///
///     const http::preconditions given(asked);
///     if (given.malformed()) co_return given.refusal();
///     ... the current representation is looked up ...
///     if (auto answer = given.answer_instead(etag)) co_return std::move(*answer);
///
/// If-Match comes before If-None-Match (§13.2.2). If-Match compares strongly, If-None-Match weakly (§8.8.3.2), both
/// character by character: "01" is not "1". The lines of a field are one list (§5.3); a list without a tag matches
/// nothing. If-Modified-Since and If-Unmodified-Since need a Last-Modified, and are ignored as that of a resource
/// without one (§13.1.3, §13.1.4); If-Range as without Range.
/// A field that is neither "*" nor a list of entity tags is malformed: a method whose condition can't be read is not
/// performed, the answer is 400.
/// Evaluate after all other checks: where the answer without preconditions would be neither 2xx nor 412, they are
/// ignored (§13.2.1), so what isn't there is 404 whatever If-Match says.
/// Where a method changes what is there, evaluate in the same transaction: this object holds copies, may outlive the
/// request and be used on another thread. Costs nothing to speak of for a request without such fields.
class preconditions {
 public:
  enum class verdict {
    proceed,
    not_modified,  ///< GET and HEAD: 304, with the fields of §15.4.5 (ETag, Cache-Control)
    failed,        ///< 412
  };

  explicit preconditions(const request& asked);
  /// Of a request with these values of If-Match and If-None-Match; nullopt: without the field.
  preconditions(verb method, std::optional<std::string_view> if_match, std::optional<std::string_view> if_none_match);

  bool malformed() const noexcept { return if_match_.malformed || if_none_match_.malformed; }
  /// There is no condition: every evaluation says proceed.
  bool empty() const noexcept { return !if_match_.given && !if_none_match_.given; }

  /// `current`: the entity tag of the current representation, with its quotes, W/"…" if it is weak; "" if it has none;
  /// nullopt if there is no representation. Malformed ones fail.
  verdict evaluate(std::optional<std::string_view> current) const;

  /// The answer that takes the method's place: refusal(), failure(), or 304 with the ETag; nothing if it may go on.
  std::optional<response> answer_instead(std::optional<std::string_view> current) const;

  /// The answer to malformed ones: 400.
  static response refusal();
  /// The answer to failed ones: 412.
  static response failure();

 private:
  struct tag_list {
    bool given = false;
    bool malformed = false;
    bool any = false;  // "*"
    std::vector<std::string> tags;

    void read(std::string_view text);
  };

  void read(verb method, std::optional<std::string_view> if_match, std::optional<std::string_view> if_none_match);

  bool safe_ = false;  // GET or HEAD
  tag_list if_match_, if_none_match_;
};

}  // namespace sundown::http
