// A file and an environment: settings, or faults that can be mended one by one; what is accepted can be printed and
// read again.
//
// The input: TOML, and behind a line "---" the environment, "NAME=value" on each line.
#include "config/load.hpp"
#include "config/print.hpp"

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/utf8.hpp"

#include <sundown/testing/unique_fd.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace sundown::fuzz {

namespace {

using configuration::key_table;

/// A service's own, of each kind that there is.
struct shop {
  std::string title, token, store;
  std::optional<int> page;
  std::size_t cache = 1 << 20;
  milliseconds patience{1500};
  bool open = true;
  std::string currency = "eur";
  std::vector<std::string> cities;
};

const key_table& shop_table() {
  static const key_table all = [] {
    keys<shop> own("shop");
    own.text(&shop::title, "title", "What it is called")
        .secret(&shop::token, "token", "Of those who call")
        .url(&shop::store, "store", {"mongodb", "redis"}, "Where it keeps what it has")
        .number(&shop::page, "page", 1, 500, "Orders in one answer")
        .size(&shop::cache, "cache.size", 0, 1 << 30, "Kept in memory")
        .duration(&shop::patience, "patience", milliseconds(1), milliseconds(60'000), "For a store")
        .flag(&shop::open, "open", "Whether it sells")
        .choice(&shop::currency, "currency", {"eur", "usd"}, "Of prices")
        .list(&shop::cities, "cities", "Where it delivers")
        .check([](const shop& given) {
          return given.open && given.cities.size() > 3
                     ? std::vector<std::string>{"shop.cities has too many for shop.open"}
                     : std::vector<std::string>();
        });
    return key_table(program("shop", "1.2.3"), configuration::common_keys(), own.erased());
  }();
  return all;
}

/// A file that is in memory, with a name to open it by.
class memory_file {
 public:
  memory_file() : fd_(::memfd_create("configuration", MFD_CLOEXEC)) {
    if (!fd_) throw std::runtime_error("no file in memory");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  void hold(std::string_view text) const {
    const bool held = ::ftruncate(fd_.get(), 0) == 0 &&
                      ::pwrite(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    if (!held) throw std::runtime_error("no memory for a file");
  }

 private:
  testing::unique_fd fd_;
};

configuration::loaded load_text(std::string_view text, const configuration::environment& variables) {
  static const memory_file file;
  file.hold(text);
  return configuration::load(shop_table(), file.path(), variables);
}

/// "3:17: " behind the file's name.
bool names_a_place(std::string_view behind_path) {
  for (int number = 0; number < 2; ++number) {
    if (!behind_path.starts_with(':')) return false;
    behind_path.remove_prefix(1);
    const auto digits = std::min(behind_path.find_first_not_of("0123456789"), behind_path.size());
    if (digits == 0) return false;
    behind_path.remove_prefix(digits);
  }
  return behind_path.starts_with(": ") || behind_path.starts_with(", ");
}

void require_helpful(const std::string& fault, const configuration::environment& variables) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  require(std::none_of(fault.begin(), fault.end(), is_control), "a fault is one line", fault);
  const std::string file = "/proc/self/fd/";
  bool placed = fault.starts_with("configuration: ");
  if (fault.starts_with(file)) {
    const auto number = fault.find_first_not_of("0123456789", file.size());
    placed = names_a_place(std::string_view(fault).substr(number)) || fault.substr(number).starts_with(": ");
  }
  for (const auto& [name, value] : variables) placed = placed || fault.starts_with(log::one_line(name).substr(0, 1000));
  require(placed, "a fault says where it is", fault);
}

/// It is printed as it is: a text of the environment that is no UTF-8 is not.
bool is_printed_whole(const configuration::value& given) {
  const auto is_whole = [](const std::string& text) { return repaired(text) == text; };
  if (const auto* const text = std::get_if<std::string>(&given)) return is_whole(*text);
  const auto* const texts = std::get_if<std::vector<std::string>>(&given);
  return !texts || std::all_of(texts->begin(), texts->end(), is_whole);
}

/// What can be printed: secrets are not.
configuration::settings printable(const configuration::settings& given) {
  auto kept = shop_table().defaults();
  for (const auto& each : shop_table().keys())
    if (const auto value = configuration::get(each, given); value && !each.secret && is_printed_whole(*value))
      configuration::set(each, kept, *value);
  return kept;
}

}  // namespace

void configuration(std::string_view input) {
  const auto border = input.find("\n---\n");
  const auto text = input.substr(0, border);
  configuration::environment variables;
  if (border != input.npos) {
    for (const auto row : split(input.substr(border + 5), '\n')) {
      const auto equals = row.find('=');
      const auto end_of_name = std::min({equals, row.find('\0'), row.size()});
      if (equals == end_of_name) variables.emplace_back(row.substr(0, equals), row.substr(equals + 1));
    }
  }
  const auto read = load_text(text, variables);
  for (const auto& fault : read.faults) require_helpful(fault, variables);
  if (!read.faults.empty()) return;
  const auto kept = printable(read.values);
  const auto printed = configuration::print(shop_table(), kept);
  const auto again = load_text(printed, {});
  require(again.faults.empty(), "what is printed can be read", again.faults.empty() ? "" : again.faults.front(),
          printed);
  const auto changed = configuration::changed_keys(shop_table(), kept, again.values);
  require(changed.empty(), "and is the same", changed.empty() ? "" : changed.front().name, printed);
}

}  // namespace sundown::fuzz
