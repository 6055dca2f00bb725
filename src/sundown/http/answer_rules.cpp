#include "http/answer_rules.hpp"

#include "http/exchange.hpp"
#include "http/refusals.hpp"
#include "http/server_span.hpp"
#include "http/worker_parts.hpp"

#include <sundown/log.hpp>

#include <stdexcept>
#include <string>

namespace sundown::http::detail {

namespace {

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

/// RFC 9110 §15.3.6: there is none in a 205 either, which is framed like any other answer.
bool has_no_content(unsigned status) { return has_no_body(status) || status == 205; }

void call_hooks(response& given, const exchange& current) {
  const request seen(current);
  for (const auto* hook : *current.hooks) (*hook)(seen, given);
}

void fit_for_sending(response& given, const exchange& current, const session_status& status) {
  if (given.status < 200 || given.status > 599) {
    log::error("handler failed", {{"request", status.name()},
                                  {"id", current.id()},
                                  {"error", "no status of an answer"},
                                  {"status", given.status}});
    given = internal_error();
  }
  if (has_no_content(given.status)) given.body.clear();
  add_request_id(given, current.id());
  if (const auto trace = told_trace(current)) add_trace_id(given, *trace);
}

}  // namespace

void prepare(response& given, exchange& current, worker_parts& parts, const session_status& status) {
  if (!current.head_done()) current.identify(parts.next_request_number());
  if (current.hooks) {
    try {
      call_hooks(given, current);
    } catch (...) {
      log_failure("hook on answers failed", current, status, std::current_exception());
      given = internal_error();
    }
  }
  if (given.status != 200) fit_for_sending(given, current, status);
}

void prepare_stream(response& head, const exchange& current) {
  if (current.stream || current.refusal) throw std::logic_error("a stream is started once, and not beside answer()");
  if (current.hooks) call_hooks(head, current);
  if (head.status < 200 || head.status > 599) throw std::logic_error("a stream's status is from 200 to 599");
  if (has_no_content(head.status)) throw std::logic_error("a 204, 205 or 304 has no body to stream");
  if (!head.body.empty()) throw std::logic_error("a stream's head has no body: write() it, or answer() it whole");
}

void log_failure(std::string_view event, const exchange& current, const session_status& status,
                 const std::exception_ptr& why) {
  if (const auto trace = told_trace(current)) {
    log::error(event,
               {{"request", status.name()}, {"id", current.id()}, {"error", message_of(why)}, {"trace", *trace}});
  } else {
    log::error(event, {{"request", status.name()}, {"id", current.id()}, {"error", message_of(why)}});
  }
}

}  // namespace sundown::http::detail
