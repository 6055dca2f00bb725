#include "config/faults.hpp"
#include "config/suggest.hpp"

#include <toml++/toml.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sundown::configuration {
namespace {

constexpr std::size_t largest_file = 1 << 20;

/// The file's text; on failure the reason, and what to do.
result<std::string> slurp(const std::string& path) {
  const auto failed = [](int code) {
    const std::string hint =
        code == ENOENT ? "; name an existing file with --config, or leave it out for the defaults" : "";
    return error{errc::invalid, std::string("cannot be read: ") + std::strerror(code) + hint};
  };
  struct descriptor {
    int fd;
    ~descriptor() {
      if (fd >= 0) ::close(fd);
    }
  } const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return failed(errno);
  struct stat about {};
  if (::fstat(file.fd, &about) != 0) return failed(errno);
  if (S_ISDIR(about.st_mode)) return failed(EISDIR);
  std::string text;
  char buffer[16 << 10];
  for (;;) {
    const auto got = ::read(file.fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > largest_file) return error{errc::invalid, "is larger than 1MiB, so it is no configuration"};
  }
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

raw_value raw(const toml::node& node) {
  raw_value out{{}, type_name(node)};
  if (const auto* text = node.as_string()) out.content = text->get();
  if (const auto* number = node.as_integer()) out.content = number->get();
  if (const auto* flag = node.as_boolean()) out.content = flag->get();
  return out;
}

std::vector<std::string> names_of_keys_and_sections() {
  std::vector<std::string> out;
  for (const auto& each : keys()) {
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
  reader(const std::string& path, config& into, fault_list& faults) : path_(path), into_(into), faults_(faults) {}

  std::string place(const toml::source_region& at) const {
    return path_ + ':' + std::to_string(at.begin.line) + ':' + std::to_string(at.begin.column);
  }

  void read(const toml::table& from, const std::string& above) {
    for (const auto& [key, node] : from) {
      const auto name = above.empty() ? std::string(key.str()) : above + '.' + std::string(key.str());
      if (const auto* const known = find_key(name))
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
  void read_key(const key& of, const toml::node& node) {
    const auto read = convert(of, raw(node));
    if (read)
      of.set(into_, *read);
    else
      faults_.add(place(node.source()), of, read.error().detail);
  }

  void unknown(const std::string& name, const toml::source_region& at) {
    faults_.add(place(at), "unknown key '" + name + "'" + did_you_mean(name, names_, "."));
    faults_.distrust(name);
  }

  const std::string& path_;
  config& into_;
  fault_list& faults_;
  const std::vector<std::string> names_ = names_of_keys_and_sections();
};

}  // namespace

void read_file(const std::string& path, config& into, fault_list& faults) {
  const auto text = slurp(path);
  if (!text) {
    faults.add(path, text.error().detail);
    return faults.distrust_all();
  }
  reader to(path, into, faults);
  try {
    to.read(toml::parse(*text, std::string_view(path)), "");
  } catch (const toml::parse_error& problem) {
    // The parser stops at the first one, so nothing is known of the rest of the file.
    faults.add(to.place(problem.source()), problem.description());
    faults.distrust_all();
  }
}

}  // namespace sundown::configuration
