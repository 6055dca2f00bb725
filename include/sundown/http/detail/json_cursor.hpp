#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace sundown::http::detail {

/// A place in a JSON text that is known to be well-formed: at a value, which is read into the type that is wanted, or
/// passed over. What is passed over is never built, so that its kind and number cost what its bytes do.
///
/// Each function that reads a value, and pass_over(), leaves the cursor behind the value. One that returns false, or
/// null, has found a value of another type and leaves it where it is.
class json_cursor {
 public:
  json_cursor() = default;
  /// The text outlives the cursor.
  explicit json_cursor(std::string_view well_formed);

  explicit operator bool() const noexcept { return at_ != nullptr; }
  bool at_object() const noexcept { return *at_ == '{'; }
  bool at_array() const noexcept { return *at_ == '['; }

  bool read_null();
  bool read(bool& into);
  bool read(std::string& into);
  /// The value's tree.
  void read(boost::json::value& into);
  /// An integer or a double, or null.
  boost::json::value read_number();
  void pass_over();

  /// Goes to the first element or member of an array or object; false behind one that has none.
  bool enter();
  /// Goes to the next one; false behind the last one's array or object.
  bool next();
  /// Reads a member's name and goes to its value. The name is a view into the text, or into `decoded`.
  std::string_view read_name(std::string& decoded);

 private:
  std::string_view take_value();
  std::string_view take_string();
  void to_next_token();

  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace sundown::http::detail
