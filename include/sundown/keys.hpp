#pragma once

#include <sundown/key_list.hpp>
#include <sundown/time.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sundown {

namespace configuration {

/// The type of a member that can be changed, or void.
template <class Settings, class Member>
consteval auto reached() {
  if constexpr (std::is_invocable_v<const Member&, Settings&>) {
    using reference = std::invoke_result_t<const Member&, Settings&>;
    using type = std::remove_reference_t<reference>;
    if constexpr (std::is_lvalue_reference_v<reference> && !std::is_const_v<type>)
      return std::type_identity<type>();
    else
      return std::type_identity<void>();
  } else {
    return std::type_identity<void>();
  }
}

/// A type, or what an optional of it holds.
template <class T>
std::type_identity<T> held(std::type_identity<T>);
template <class T>
std::type_identity<T> held(std::type_identity<std::optional<T>>);

}  // namespace configuration

/// A service's own configuration: a struct, and this table of its keys.
///
///     struct settings {
///       std::string file = "orders.db";
///       int page = 50;
///     };
///     sundown::keys<settings> own("orders");
///     own.text(&settings::file, "file", "The database file")
///         .number(&settings::page, "page", 1, 500, "Orders in one answer")
///         .reloadable();
///
/// Each key has a value in the file ([orders] page = 20) or in the environment (ORDERS_ORDERS__PAGE=20 for the program
/// "orders"), else the default that the struct has. Flags, messages, --print-config and reload are those of the
/// service's other keys.
///
/// A member is a pointer to a data member, or a function of (Settings&) that returns a reference, for what is deeper:
/// `[](settings& all) -> auto& { return all.pages.most; }`. A std::optional has no value until one is given.
/// A name is one or more levels, parted by dots; a level begins with a letter and has small letters, digits and single
/// underscores. `about` is one sentence, without its full stop.
///
/// Settings in several sections are structs of their own, each with its table, which the whole includes:
///
///     sundown::keys<settings> all;
///     all.include(&settings::orders, orders::keys()).include(&settings::mail, mail::keys());
///
/// Errors: a mistake in the table throws std::invalid_argument with a sentence that names the key: a name that is none,
/// a key that is given twice, limits that the member or its default doesn't fit in. A key that the service has already
/// (http.port) is found when it starts.
/// Thread safety: none for the table; the functions that are given to it are called on any thread, also on two at once.
/// Lifetime: the service keeps a copy of the table.
template <class Settings>
class keys {
  static_assert(std::is_class_v<Settings> && std::default_initializable<Settings>,
                "settings are a struct that can be made without arguments: its values are the defaults");

  template <class Member>
  using member_type = typename decltype(configuration::reached<Settings, Member>())::type;
  template <class Member>
  using value_type = typename decltype(configuration::held(std::type_identity<member_type<Member>>()))::type;
  template <class Member>
  static constexpr bool reaches = !std::is_void_v<member_type<Member>>;
  template <class Member, class T>
  static constexpr bool is_in = !reaches<Member> || std::same_as<value_type<Member>, T>;
  template <class T>
  static constexpr bool is_integer = std::integral<T> && !std::same_as<T, bool>;

 public:
  using texts = std::vector<std::string>;
  template <class Enum>
  using names = std::vector<std::pair<std::string, Enum>>;
  using check_function = std::function<std::vector<std::string>(const Settings&)>;

  /// All keys are below the section, "orders" or "orders.pages". Without one each name begins with its own.
  explicit keys(std::string section = {})
      : list_(std::move(section), [] { return std::shared_ptr<void>(std::make_shared<Settings>()); }) {}

  /// A text, kept in a std::string.
  template <class Member>
  keys& text(Member member, std::string_view name, std::string about) {
    return text(member, name, text_rule(), std::move(about));
  }
  template <class Member>
  keys& text(Member member, std::string_view name, text_rule rule, std::string about) {
    return add_text(member, key(name, kind::text, std::move(about)), std::move(rule));
  }

  /// A text that is never shown: a password, a token.
  template <class Member>
  keys& secret(Member member, std::string_view name, std::string about) {
    return secret(member, name, text_rule(), std::move(about));
  }
  template <class Member>
  keys& secret(Member member, std::string_view name, text_rule rule, std::string about) {
    key made(name, kind::text, std::move(about));
    made.secret = true;
    return add_text(member, std::move(made), std::move(rule));
  }

  /// A URL with one of these schemes ({"https", "http"}), or "". It is shown without its secrets: the password, a user
  /// that has none, and the values of its options. One line end behind it is cut off: a mounted secret ends with one.
  /// Without a rule of its own it is a strict one (RFC 3986), with one host or several, parted by commas.
  template <class Member>
  keys& url(Member member, std::string_view name, texts schemes, std::string about) {
    auto rule = configuration::url_rule(schemes);
    return url(member, name, std::move(schemes), std::move(rule), std::move(about));
  }
  template <class Member>
  keys& url(Member member, std::string_view name, texts schemes, text_rule rule, std::string about) {
    key made(name, kind::text, std::move(about));
    made.secret = made.is_url = true;
    made.choices = std::move(schemes);
    return add_text(member, std::move(made), std::move(rule));
  }

  /// A whole number, kept in any integer.
  template <class Member>
  keys& number(Member member, std::string_view name, std::int64_t min, std::int64_t max, std::string about) {
    return add_integer(member, key(name, kind::number, std::move(about)), min, max);
  }

  /// A number of bytes, kept in any integer: "64KiB", "1MiB", "2GiB" or 4096.
  template <class Member>
  keys& size(Member member, std::string_view name, std::int64_t min, std::int64_t max, std::string about) {
    return add_integer(member, key(name, kind::size, std::move(about)), min, max);
  }

  /// A time span, kept in milliseconds: "500ms", "1.5s", "2m", "1h".
  template <class Member>
  keys& duration(Member member, std::string_view name, milliseconds min, milliseconds max, std::string about) {
    static_assert(is_in<Member, milliseconds>, "a duration is kept in sundown::milliseconds");
    key made(name, kind::duration, std::move(about));
    made.min = min.count();
    made.max = max.count();
    return add<milliseconds>(
        member, std::move(made), [](milliseconds span) { return value(std::int64_t{span.count()}); },
        [](const value& given) { return milliseconds(std::get<std::int64_t>(given)); });
  }

  /// True or false, kept in a bool.
  template <class Member>
  keys& flag(Member member, std::string_view name, std::string about) {
    static_assert(is_in<Member, bool>, "a flag is kept in a bool");
    return add<bool>(
        member, key(name, kind::flag, std::move(about)), [](bool on) { return value(on); },
        [](const value& given) { return std::get<bool>(given); });
  }

  /// One of these texts ({"eur", "usd"}), kept in a std::string.
  template <class Member>
  keys& choice(Member member, std::string_view name, texts choices, std::string about) {
    key made(name, kind::choice, std::move(about));
    made.choices = std::move(choices);
    return add_text(member, std::move(made), {});
  }
  /// One of these enumerators, by the name that is beside it: {{"eur", currency::eur}, {"usd", currency::usd}}.
  template <class Member>
    requires(std::is_enum_v<value_type<Member>>)
  keys& choice(Member member, std::string_view name, names<value_type<Member>> choices, std::string about) {
    using enum_type = value_type<Member>;
    key made(name, kind::choice, std::move(about));
    for (const auto& each : choices) made.choices.push_back(each.first);
    const auto name_of = [choices](enum_type given) {
      const auto found = std::ranges::find(choices, given, &std::pair<std::string, enum_type>::second);
      return value(found == choices.end() ? std::string() : found->first);
    };
    const auto named = [choices](const value& given) {
      return std::ranges::find(choices, std::get<std::string>(given), &std::pair<std::string, enum_type>::first)
          ->second;
    };
    return add<enum_type>(member, std::move(made), name_of, named);
  }

  /// Texts, kept in a std::vector<std::string>: an array in the file, in the environment separated by commas (spaces
  /// around them don't count, so that only the file can hold a text that has a comma). A rule holds for each of them.
  template <class Member>
  keys& list(Member member, std::string_view name, std::string about) {
    return list(member, name, text_rule(), std::move(about));
  }
  template <class Member>
  keys& list(Member member, std::string_view name, text_rule rule, std::string about) {
    static_assert(is_in<Member, texts>, "a list is kept in a std::vector<std::string>");
    key made(name, kind::list, std::move(about));
    made.rule = std::move(rule);
    return add<texts>(
        member, std::move(made), [](const texts& all) { return value(all); },
        [](const value& given) { return std::get<texts>(given); });
  }

  /// The last key takes effect on SIGHUP. A change of any other key is named then: it needs a restart.
  keys& reloadable() {
    list_.last().reloadable = true;
    return *this;
  }

  /// What is shown for the last key, a std::optional, while it has no value: "taken from the total".
  keys& unset(std::string shown) {
    list_.last().unset = std::move(shown);
    return *this;
  }

  /// A rule across keys: what is wrong with the settings as whole sentences, which name keys in full ("orders.page must
  /// be ..."): from that it is told where the values came from. It is not looked at while a key of the table has a
  /// fault of its own. Secrets must not be quoted.
  keys& check(check_function faults) { return check(std::vector<std::string>(), std::move(faults)); }
  /// The same, but only a fault of a key in one of these sections (by the first level of its name) keeps it from being
  /// looked at.
  template <std::convertible_to<std::string_view> Section>
  keys& check(const Section& section, check_function faults) {
    return check(std::vector{std::string(std::string_view(section))}, std::move(faults));
  }
  keys& check(std::vector<std::string> sections, check_function faults) {
    list_.add(configuration::check(std::move(sections), [faults = std::move(faults)](const void* settings) {
      return faults(*static_cast<const Settings*>(settings));
    }));
    return *this;
  }

  /// Takes the keys and checks of a part of the settings, all of them below this table's section.
  template <class Member, class Part>
  keys& include(Member part, const keys<Part>& table) {
    static_assert(std::same_as<member_type<Member>, Part>, "the included table has the keys of that member's type");
    if constexpr (std::same_as<member_type<Member>, Part>)
      list_.include(table.erased(), [part](void* settings) -> void* {
        return std::addressof(std::invoke(part, *static_cast<Settings*>(settings)));
      });
    return *this;
  }

  /// The table without the struct's type.
  const configuration::key_list& erased() const { return list_; }

 private:
  using key = configuration::key;
  using kind = configuration::kind;
  using value = configuration::value;

  template <class Member>
  keys& add_text(const Member& member, key made, text_rule rule) {
    static_assert(is_in<Member, std::string>, "a text is kept in a std::string");
    made.rule = std::move(rule);
    return add<std::string>(
        member, std::move(made), [](const std::string& text) { return value(text); },
        [](const value& given) { return std::get<std::string>(given); });
  }

  template <class Member>
  keys& add_integer(const Member& member, key made, std::int64_t min, std::int64_t max) {
    using number_type = value_type<Member>;
    static_assert(!reaches<Member> || is_integer<number_type>, "a number or a size is kept in an integer");
    made.min = min;
    made.max = max;
    if constexpr (is_integer<number_type>) {
      if (!std::in_range<number_type>(min) || !std::in_range<number_type>(max))
        list_.refuse(made.name, "has limits that its member can't hold");
      return add<number_type>(
          member, std::move(made), [](number_type number) { return value(static_cast<std::int64_t>(number)); },
          [](const value& given) { return static_cast<number_type>(std::get<std::int64_t>(given)); });
    } else {
      return add<void>(member, std::move(made), nullptr, nullptr);
    }
  }

  /// Takes a key whose member is a T, or an optional one.
  template <class T, class Member, class Encode, class Decode>
  keys& add(const Member& member, key made, Encode encode, Decode decode) {
    static_assert(reaches<Member>,
                  "a key's member is a pointer to a data member of the settings, or a function of (Settings&) that "
                  "returns a reference to what can be changed");
    if constexpr (reaches<Member> && std::same_as<value_type<Member>, T>) {
      // The cast is for reading only: a function of (Settings&) need not take const ones.
      made.get = [member, encode](const void* settings) -> std::optional<value> {
        const auto& from = std::invoke(member, *static_cast<Settings*>(const_cast<void*>(settings)));
        if constexpr (std::same_as<member_type<Member>, T>)
          return encode(from);
        else
          return from ? std::optional<value>(encode(*from)) : std::nullopt;
      };
      made.set = [member, decode](void* settings, const value& given) {
        std::invoke(member, *static_cast<Settings*>(settings)) = decode(given);
      };
      list_.add(std::move(made));
    }
    return *this;
  }

  configuration::key_list list_;
};

}  // namespace sundown
