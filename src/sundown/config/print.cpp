#include "config/print.hpp"

#include "config/key.hpp"
#include "config/mask_url.hpp"
#include "config/units.hpp"
#include "log/json_escape.hpp"

namespace sundown::configuration {
namespace {

std::string default_text(const key& of) {
  const auto set = of.get(config{});
  return set ? '`' + toml_text(of, *set) + '`' : "carved";
}

std::string shown(const key& of, const std::string& text) {
  if (of.is_url) return mask_url(text);
  return of.secret && !text.empty() ? std::string(mask) : text;
}

std::string in_cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

}  // namespace

std::string toml_text(const key& of, const value& what) {
  if (const auto* const flag = std::get_if<bool>(&what)) return *flag ? "true" : "false";
  std::string out;
  if (const auto* const text = std::get_if<std::string>(&what)) {
    log::append_toml_string(out, shown(of, *text));
    return out;
  }
  const auto number = std::get<std::int64_t>(what);
  if (of.type == kind::duration) return '"' + milliseconds_text(number) + '"';
  if (of.type == kind::size) return '"' + bytes_text(number) + '"';
  return std::to_string(number);
}

std::string print(const config& effective) {
  std::string out;
  std::string_view section;
  for (const auto& each : keys()) {
    if (each.section() != section) {
      section = each.section();
      out += (out.empty() ? "[" : "\n[") + std::string(section) + "]\n";
    }
    const auto set = each.get(effective);
    if (set)
      out += std::string(each.leaf()) + " = " + toml_text(each, *set) + '\n';
    else
      out += "# " + std::string(each.leaf()) + " (carved from total)\n";
  }
  return out;
}

std::string markdown_table() {
  std::string out = "| key | default | allowed | what it is |\n|---|---|---|---|\n";
  for (const auto& each : keys()) {
    out += "| `" + std::string(each.name) + "` | " + in_cell(default_text(each)) + " | " + in_cell(allowed_text(each)) +
           " | " + in_cell(each.about) + (each.reloadable ? " (SIGHUP reloads it)" : "") +
           (each.secret ? " (secret)" : "") + " |\n";
  }
  return out;
}

std::vector<change> changed_keys(const config& before, const config& after) {
  std::vector<change> out;
  for (const auto& each : keys())
    if (each.get(before) != each.get(after)) out.push_back({std::string(each.name), each.reloadable});
  return out;
}

}  // namespace sundown::configuration
