#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sundown {

/// What a text must be like, beyond being one.
///
/// `what_is_allowed` is a noun for the table of keys and for messages: "a name without spaces". The rule is a function
/// of (std::string_view) that returns a bool, or what is wrong as the end of a sentence that starts with the key ("":
/// nothing is wrong). Such a sentence must not quote a secret.
class text_rule {
 public:
  text_rule() = default;  ///< any text
  template <std::invocable<std::string_view> Rule>
  text_rule(std::string what_is_allowed, Rule rule) : allowed_(std::move(what_is_allowed)) {
    using answer = std::invoke_result_t<Rule&, std::string_view>;
    static_assert(std::same_as<answer, bool> || std::convertible_to<answer, std::string_view>,
                  "a rule of (std::string_view) returns a bool, or what is wrong as a text");
    if constexpr (std::same_as<answer, bool>)
      fault_ = [rule = std::move(rule), is_not = "is not " + allowed_](std::string_view given) {
        return rule(given) ? std::string() : is_not;
      };
    else if constexpr (std::convertible_to<answer, std::string_view>)
      fault_ = [rule = std::move(rule)](std::string_view given) { return std::string(rule(given)); };
  }

  bool is_any() const { return !fault_; }
  const std::string& allowed() const { return allowed_; }
  /// What is wrong with the text; nothing: "".
  std::string fault(std::string_view given) const { return fault_ ? fault_(given) : std::string(); }

 private:
  std::string allowed_ = "any text";
  std::function<std::string(std::string_view)> fault_;
};

}  // namespace sundown

/// Keys as data, whatever struct their values are kept in: what sundown::keys makes, and what loading, printing and
/// the reload read. A service uses sundown::keys (keys.hpp).
namespace sundown::configuration {

/// Numbers, sizes (bytes) and durations (milliseconds) are integers; a choice is its name; a list is its texts.
using value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

enum class kind { flag, number, size, duration, choice, text, list };

struct key {
  key(std::string_view key_name, kind key_type, std::string sentence)
      : name(key_name), type(key_type), about(std::move(sentence)) {}

  std::string name;  ///< "http.port"
  kind type;
  std::int64_t min = 0, max = 0;
  std::vector<std::string> choices = {};  ///< of a URL: the schemes it may have
  text_rule rule = {};                    ///< for texts, and each text of a list
  bool secret = false;                    ///< never printed; of a URL only its secrets are not
  bool is_url = false;
  bool reloadable = false;  ///< SIGHUP applies it; all else needs a restart
  std::string about;
  std::string unset = "not set";  ///< what is shown for a key that has no value

  std::function<std::optional<value>(const void* settings)> get = {};  ///< nothing: not set
  std::function<void(void* settings, const value&)> set = {};

  std::string_view section() const { return std::string_view(name).substr(0, name.rfind('.')); }
  std::string_view top_section() const { return std::string_view(name).substr(0, name.find('.')); }
  std::string_view leaf() const { return std::string_view(name).substr(name.rfind('.') + 1); }
};

/// A URL with one of these schemes, or nothing.
text_rule url_rule(const std::vector<std::string>& schemes);

/// A rule over several keys: faults as whole sentences that name the keys, which says where the values came from. It is
/// skipped while a key of one of its sections has a fault of its own: it would judge defaults that nobody chose.
struct check {
  using faults_function = std::function<std::vector<std::string>(const void* settings)>;

  check(std::vector<std::string> top_sections, faults_function find_faults)
      : sections(std::move(top_sections)), faults(std::move(find_faults)) {}

  std::vector<std::string> sections;  ///< by the first levels of their names; none: all of the list's keys
  faults_function faults;
};

/// The keys of a struct.
///
/// Errors: what a programmer has to mend throws std::invalid_argument, with a sentence that names the key.
class key_list {
 public:
  using make_function = std::function<std::shared_ptr<void>()>;
  using part_function = std::function<void*(void* settings)>;

  key_list() = default;
  /// All keys are below the section; "" is none. `make` makes the struct with its defaults.
  key_list(std::string section, make_function make);

  /// Takes a key whose name is relative to the section.
  void add(key made);
  void add(check made);
  /// Takes all of another list, whose struct is a part of this one's.
  void include(const key_list& list, const part_function& part);

  /// The key that was added last.
  key& last();
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const;
  const std::vector<key>& keys() const { return keys_; }
  const std::vector<check>& checks() const { return checks_; }
  /// The settings with their defaults; null where there is no struct.
  std::shared_ptr<void> make() const { return make_ ? make_() : nullptr; }

 private:
  std::string full_name(std::string_view name) const;

  std::string section_;
  make_function make_;
  std::vector<key> keys_;
  std::vector<check> checks_;
};

}  // namespace sundown::configuration
