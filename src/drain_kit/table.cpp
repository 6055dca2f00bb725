#include "drain_kit/table.hpp"

#include "drain_kit/text.hpp"

namespace sundown::testing::drain_kit {
namespace {

constexpr std::size_t name_width = 16, column_width = 8;

std::string cells(const figures& count) {
  std::string text;
  for (const auto value : {count.sent, count.answered, count.lost, count.cut, count.refused + count.refused_streams})
    text += right(std::to_string(value), column_width + 1);
  return text;
}

std::string heads() {
  std::string text;
  for (const char* head : {"sent", "answered", "lost", "cut", "refused"}) text += right(head, column_width + 1);
  return text;
}

std::string code_of(const outcome& what) {
  if (!what.exit) return "runs";
  if (what.exit->signal != 0) return signal_name(what.exit->signal);
  return what.exit->code < 0 ? "-" : std::to_string(what.exit->code);
}

const char* verdict(const outcome& what) { return what.broken.empty() ? "ok" : "FAIL"; }

void write_broken(std::ostream& to, const outcome& what) {
  for (const auto& one : what.broken) to << "  " << what.name << ": " << one << "\n";
}

void write_refusals(std::ostream& to, const outcome& what) {
  for (const auto& one : what.kinds)
    for (const auto& [how, count] : one.count.refusals)
      to << "  " << what.name << ": refused " << count << " (" << one.name << "), safe to repeat: " << how << "\n";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

std::string object(const std::string& name, const figures& count) {
  std::string text = "{\"name\":" + quoted(name);
  const auto add = [&](const char* key, std::size_t value) {
    text += std::string(",\"") + key + "\":" + std::to_string(value);
  };
  add("clients", count.clients);
  add("sent", count.sent);
  add("answered", count.answered);
  add("lost", count.lost);
  add("cut", count.cut);
  add("refused", count.refused);
  add("refused_streams", count.refused_streams);
  add("told_close", count.told_end);
  return text + "}";
}

template <class Items, class Text>
void write_array(std::ostream& to, const Items& items, Text text) {
  to << "[";
  const char* separator = "";
  for (const auto& one : items) {
    to << separator << text(one);
    separator = ",";
  }
  to << "]";
}

}  // namespace

void write_table(std::ostream& to, const std::vector<outcome>& all) {
  to << "\n" << padded("scenario", name_width) << heads() << "  code  seconds  verdict  rule\n";
  for (const auto& one : all)
    to << padded(one.name, name_width) << cells(one.total()) << right(code_of(one), 6)
       << right(one.exit ? fixed(one.seconds(), 3) : "-", 9) << "  " << padded(verdict(one), 7) << "  " << one.rule
       << "\n";
  to << "\n";
  for (const auto& one : all) write_broken(to, one);
}

void write_kinds(std::ostream& to, const outcome& what) {
  to << "\n" << padded("clients", name_width) << right("number", column_width + 1) << heads() << "\n";
  for (const auto& one : what.kinds)
    to << padded(one.name, name_width) << right(std::to_string(one.count.clients), column_width + 1) << cells(one.count)
       << "\n";
  to << "\n";
  if (what.exit)
    to << "The process ended " << fixed(what.seconds(), 3) << " s after " << what.signals.front().name << ".\n";
  to << verdict(what) << " (" << what.rule << ")\n";
  write_broken(to, what);
  write_refusals(to, what);
}

void write_json(std::ostream& to, const std::vector<outcome>& all) {
  to << "[";
  const char* separator = "\n";
  for (const auto& one : all) {
    to << separator << " {\"name\":" << quoted(one.name)
       << ",\"signal\":" << quoted(one.signals.empty() ? "" : one.signals.front().name)
       << ",\"ended\":" << (one.exit ? "true" : "false");
    if (one.exit) to << ",\"seconds\":" << fixed(one.seconds(), 3);
    to << ",\"starved\":" << fixed(std::chrono::duration<double>(one.starved).count(), 3);
    if (one.exit && one.exit->code >= 0) to << ",\"exit_code\":" << one.exit->code;
    to << ",\"passed\":" << (one.broken.empty() ? "true" : "false") << ",\"rule\":" << quoted(one.rule)
       << ",\"broken\":";
    write_array(to, one.broken, quoted);
    to << ",\"clients\":";
    write_array(to, one.kinds, [](const kind_result& k) { return object(k.name, k.count); });
    to << "}";
    separator = ",\n";
  }
  to << "\n]\n";
}

}  // namespace sundown::testing::drain_kit
