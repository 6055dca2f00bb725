#include "config/faults.hpp"
#include "config/suggest.hpp"

#include <toml++/toml.h>
#include <boost/scope/unique_fd.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace sundown::configuration {
namespace {

constexpr std::size_t largest_file = 1 << 20;
/// toml++ makes a level of each dot in a key, and walks down all of them to destroy what it has read: so many fit in
/// any stack.
constexpr std::size_t most_dots = 4096;

/// Those that may part the levels of a key: of a row of dots, as in a comment, at most the first.
std::size_t dots(std::string_view text) {
  std::size_t count = 0;
  char last = 0;
  for (const char c : text) count += std::exchange(last, c) != '.' && c == '.' ? 1 : 0;
  return count;
}

error unreadable(int code) {
  const std::string hint =
      code == ENOENT ? "; name an existing file with --config, or leave it out for the defaults" : "";
  return {errc::invalid, "cannot be read: " + std::error_code(code, std::generic_category()).message() + hint};
}

/// The file's text; on failure the reason, and what to do. Waits for nobody: a pipe is refused, not read.
result<std::string> slurp(const std::string& path) {
  const boost::scope::unique_fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return unreadable(errno);
  struct stat about{};
  if (::fstat(file.get(), &about) != 0) return unreadable(errno);
  if (S_ISDIR(about.st_mode)) return unreadable(EISDIR);
  if (S_ISFIFO(about.st_mode))
    return error{errc::invalid, "is a pipe; it must be a file, which a reload can read again"};
  std::string text;
  char buffer[16 << 10];
  for (;;) {
    const auto got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(errno);
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > largest_file) return error{errc::invalid, "is larger than 1MiB, so it is no configuration"};
  }
  if (dots(text) > most_dots)
    return error{errc::invalid, "has more than " + std::to_string(most_dots) + " dots, so it is no configuration"};
  return text;
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a section";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a text in quotes";
    case toml::node_type::integer:
      return "a bare number";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "a truth value";
    default:
      return "a date or time";
  }
}

/// Texts only; nothing: there is something else in it.
std::optional<std::vector<std::string>> texts(const toml::array& from) {
  std::vector<std::string> out;
  for (const auto& each : from) {
    const auto* const text = each.as_string();
    if (!text) return std::nullopt;
    out.push_back(text->get());
  }
  return out;
}

raw_value raw(const toml::node& node) {
  raw_value out{{}, type_name(node)};
  if (const auto* text = node.as_string()) out.content = text->get();
  if (const auto* number = node.as_integer()) out.content = number->get();
  if (const auto* flag = node.as_boolean()) out.content = flag->get();
  if (const auto* array = node.as_array())
    if (auto all = texts(*array)) out.content = std::move(*all);
  return out;
}

std::vector<std::string> names_of_keys_and_sections(const key_table& table) {
  std::vector<std::string> out;
  for (const auto& each : table.keys()) {
    out.emplace_back(each.name);
    for (auto name = each.section();; name = name.substr(0, name.rfind('.'))) {
      if (std::ranges::find(out, name) == out.end()) out.emplace_back(name);
      if (name.find('.') == std::string_view::npos) break;
    }
  }
  return out;
}

class reader {
 public:
  reader(const std::string& path, const key_table& table, settings& into, fault_list& faults)
      : path_(path), table_(table), into_(into), faults_(faults) {}

  std::string place(const toml::source_region& at) const {
    return path_ + ':' + std::to_string(at.begin.line) + ':' + std::to_string(at.begin.column);
  }

  void read(const toml::table& from, const std::string& above) {
    for (const auto& [key, node] : from) {
      const auto name = above.empty() ? std::string(key.str()) : above + '.' + std::string(key.str());
      if (const auto* const known = table_.find(name))
        read_key(*known, node);
      else if (std::ranges::find(names_, name) == names_.end())
        unknown(name, key.source());
      else if (const auto* const section = node.as_table())
        read(*section, name);
      else
        faults_.add(place(node.source()), name + " is a section; write [" + name + "] and its keys below it");
    }
  }

 private:
  void read_key(const key& subject, const toml::node& node) {
    faults_.came_from(subject, place(node.source()));
    const auto read = convert(subject, raw(node));
    if (read)
      set(subject, into_, *read);
    else
      faults_.add(place(node.source()), subject, read.error().detail);
  }

  void unknown(const std::string& name, const toml::source_region& at) {
    const auto hint = faults_.full() ? std::string() : did_you_mean(name, names_, ".");
    faults_.add(place(at), "unknown key '" + name + "'" + hint);
    faults_.distrust(name);
  }

  const std::string& path_;
  const key_table& table_;
  settings& into_;
  fault_list& faults_;
  const std::vector<std::string> names_ = names_of_keys_and_sections(table_);
};

}  // namespace

void read_file(const std::string& path, const key_table& table, settings& into, fault_list& faults) {
  const auto text = slurp(path);
  if (!text) {
    faults.add(path, text.error().detail);
    return faults.distrust_all();
  }
  reader to(path, table, into, faults);
  try {
    to.read(toml::parse(*text, std::string_view(path)), "");
  } catch (const toml::parse_error& problem) {
    // The parser stops at the first one, so nothing is known of the rest of the file.
    faults.add(to.place(problem.source()), problem.description());
    faults.distrust_all();
  }
}

}  // namespace sundown::configuration
