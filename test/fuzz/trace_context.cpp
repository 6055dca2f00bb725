// Which trace another service says that a request is in: the fields as the specification's grammar reads them.
//
// The input: the value of traceparent in its first line, tracestate in what follows.
#include <sundown/trace/context.hpp>

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <regex>

namespace sundown::fuzz {

namespace {

/// W3C Trace Context Level 2, §3.2.2 and, of versions to come, §3.2.4.
bool grammar_has_parent(const std::string& value) {
  static const std::regex known("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"),
      to_come("(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
  if (std::regex_match(value, known)) return true;
  return std::regex_match(value.substr(0, 55), to_come) && (value.size() == 55 || value[55] == '-');
}

/// §3.3.1; a member may be empty.
bool grammar_has_state(const std::string& value) {
  static const std::regex member("[ \t]*([a-z0-9][a-z0-9_*/@-]{0,255}=[ -+\\--<>-~]{0,255}[!-+\\--<>-~])?[ \t]*");
  const auto members = split(value, ',');
  std::size_t filled = 0;
  for (const auto each : members) {
    if (!std::regex_match(each.begin(), each.end(), member)) return false;
    filled += each.find_first_not_of(" \t") != each.npos;
  }
  return filled <= 32;
}

}  // namespace

void trace_context(std::string_view input) {
  const auto end = std::min(input.find('\n'), input.size());
  const std::string parent(input.substr(0, end)), state(input.substr(std::min(end + 1, input.size())));
  const auto read = trace::context::parse(parent, state);
  require(static_cast<bool>(read) == grammar_has_parent(parent), "a parent is what the grammar says", parent);
  if (!read) {
    require(read.state().empty(), "no state without a parent", read.state());
    return;
  }
  const std::string id(read.trace_text()), span(read.span_text());
  require(id == parent.substr(3, 32), "the trace is the one that is written there", id, parent);
  require(span == parent.substr(36, 16), "the span is the one that is written there", span, parent);
  const auto flags = std::stoi(parent.substr(53, 2), nullptr, 16);
  require(read.sampled() == (flags & 1), "sampled by the lowest bit", parent);
  require((read.flags() & ~3) == 0, "no flags that are not known", parent);
  const bool kept = state.size() <= trace::context::longest_state && grammar_has_state(state);
  require(read.state() == (kept ? state : ""), "a state is passed on as it came, or not at all", read.state(), state);

  const std::string written(read.traceparent());
  const auto again = trace::context::parse(written, read.state());
  require(again && std::string(again.traceparent()) == written && again.state() == read.state(),
          "what is passed on is read as the same", written, parent);
}

}  // namespace sundown::fuzz
