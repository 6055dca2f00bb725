#include <sundown/stop/report.hpp>

#include "base/durations.hpp"
#include "log/json_escape.hpp"

#include <sundown/log.hpp>

#include <algorithm>

namespace sundown::stop {

namespace {

std::string json_text(std::string_view text) {
  std::string out;
  log::append_json_string(out, text);
  return out;
}

const char* to_string(closer_result::outcome result) {
  switch (result) {
    case closer_result::outcome::closed:
      return "closed";
    case closer_result::outcome::failed:
      return "failed";
    case closer_result::outcome::overran:
      return "overran";
  }
  return "?";
}

// By hand: Boost.JSON would write figures as 5.12E-1 and leave U+202E in the texts, and people read this line.
std::string object(const cut_work& cut) {
  auto text = "{\"what\":" + json_text(cut.what) + ",\"seconds\":" + base::seconds_number(cut.age) +
              ",\"why\":" + json_text(cut.why);
  if (!cut.trace.empty()) text += ",\"trace\":" + json_text(cut.trace);
  return text + "}";
}

std::string object(const closer_result& closer) {
  auto text = "{\"name\":" + json_text(closer.name) + ",\"result\":\"" + to_string(closer.result) +
              "\",\"seconds\":" + base::seconds_number(closer.took);
  if (!closer.error.empty()) text += ",\"error\":" + json_text(closer.error);
  if (!closer.omitted.empty()) text += ",\"omitted\":" + json_text(closer.omitted);
  return text + "}";
}

std::string object(const step_result& step) {
  return "{\"name\":" + json_text(step.name) + ",\"seconds\":" + base::seconds_number(step.took) + "}";
}

std::string object(const std::string& text) { return json_text(text); }

template <class T>
std::string array(const std::vector<T>& items) {
  std::string text = "[";
  for (const auto& item : items) {
    if (text.size() > 1) text += ',';
    text += object(item);
  }
  return text + "]";
}

}  // namespace

std::string to_json(const report& what) {
  std::string text = "{\"time\":\"" + std::string(log::time_text{}.at(what.time)) + "\",\"message\":\"shutdown report";
  text += what.so_far ? " so far\"" : "\"";
  text += ",\"trigger\":" + json_text(what.trigger);
  text += (what.so_far ? ",\"exit_code_so_far\":" : ",\"exit_code\":") + std::to_string(what.exit_code);
  text += ",\"seconds\":" + base::seconds_number(what.total);
  text += ",\"connections_at_signal\":" + std::to_string(what.connections_at_signal);
  text += ",\"requests_at_signal\":" + std::to_string(what.requests_at_signal);
  text += ",\"completed\":" + std::to_string(what.drain.completed);
  text += ",\"refused\":" + std::to_string(what.drain.refused);
  text += ",\"swept\":" + std::to_string(what.drain.swept);
  text += ",\"cut\":" + array(what.drain.cut);
  text += ",\"background_left\":" + array(what.unfinished_background);
  text += ",\"closers\":" + array(what.closers);
  if (what.so_far) text += ",\"to_close\":" + array(what.to_close);
  text += ",\"steps\":" + array(what.steps);
  if (what.spans)
    text += ",\"spans\":{\"sent\":" + std::to_string(what.spans->sent) +
            (what.so_far ? ",\"undelivered\":" : ",\"lost\":") + std::to_string(what.spans->lost) + "}";
  if (!what.failure.empty()) text += ",\"failure\":" + json_text(what.failure);
  return text + "}";
}

int verdict(const report& what) noexcept {
  auto any = [&](closer_result::outcome result) {
    return std::any_of(what.closers.begin(), what.closers.end(), [=](const auto& c) { return c.result == result; });
  };
  if (!what.drain.cut.empty() || !what.unfinished_background.empty() || any(closer_result::outcome::overran))
    return work_was_cut;
  if (!what.failure.empty() || any(closer_result::outcome::failed)) return failed;
  return drained;
}

}  // namespace sundown::stop
