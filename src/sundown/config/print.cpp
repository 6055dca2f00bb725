#include "config/print.hpp"

#include "config/mask_url.hpp"
#include "config/units.hpp"
#include "log/json_escape.hpp"

namespace sundown::configuration {
namespace {

std::string default_text(const key& subject, const settings& defaults) {
  const auto shipped = get(subject, defaults);
  return shipped ? '`' + toml_text(subject, *shipped) + '`' : subject.unset;
}

std::string shown(const key& subject, const std::string& text) {
  if (subject.is_url) return mask_url(text, subject.choices);
  return subject.secret && !text.empty() ? std::string(mask) : text;
}

std::string in_cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

}  // namespace

std::string toml_text(const key& subject, const value& what) {
  if (const auto* const flag = std::get_if<bool>(&what)) return *flag ? "true" : "false";
  std::string out;
  if (const auto* const text = std::get_if<std::string>(&what)) {
    log::append_toml_string(out, shown(subject, *text));
    return out;
  }
  if (const auto* const texts = std::get_if<std::vector<std::string>>(&what)) {
    for (const auto& each : *texts) {
      out += out.empty() ? "[" : ", ";
      log::append_toml_string(out, each);
    }
    return out.empty() ? "[]" : out + ']';
  }
  const auto number = std::get<std::int64_t>(what);
  if (subject.type == kind::duration) return '"' + milliseconds_text(number) + '"';
  if (subject.type == kind::size) return '"' + bytes_text(number) + '"';
  return std::to_string(number);
}

std::string print(const key_table& table, const settings& effective) {
  std::string out;
  std::string_view section;
  for (const auto& each : table.keys()) {
    if (each.section() != section) {
      section = each.section();
      out += (out.empty() ? "[" : "\n[") + std::string(section) + "]\n";
    }
    const auto given = get(each, effective);
    if (given)
      out += std::string(each.leaf()) + " = " + toml_text(each, *given) + '\n';
    else
      out += "# " + std::string(each.leaf()) + " (" + each.unset + ")\n";
  }
  return out;
}

std::string markdown_table(const key_table& table) {
  const auto defaults = table.defaults();
  std::string out = "| key | default | allowed | what it is |\n|---|---|---|---|\n";
  for (const auto& each : table.keys()) {
    out += "| `" + each.name + "` | " + in_cell(default_text(each, defaults)) + " | " + in_cell(allowed_text(each)) +
           " | " + in_cell(each.about) + (each.reloadable ? " (SIGHUP reloads it)" : "") +
           (each.secret ? " (secret)" : "") + " |\n";
  }
  return out;
}

std::vector<change> changed_keys(const key_table& table, const settings& before, const settings& after) {
  std::vector<change> out;
  for (const auto& each : table.keys())
    if (get(each, before) != get(each, after)) out.push_back({each.name, each.reloadable});
  return out;
}

}  // namespace sundown::configuration
