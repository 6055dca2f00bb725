#include <sundown/testing/service.hpp>

#include <sundown/testing/failure.hpp>

#include <iostream>

namespace sundown::testing {
namespace {

bool names(std::string_view line, std::string_view word) { return line.find(word) != std::string_view::npos; }

std::string tail(const std::string& text, std::size_t most) {
  return text.size() <= most ? text : "..." + text.substr(text.size() - most);
}

}  // namespace

service::service(const service_options& options) : options_(options) { restart(); }

service::~service() {
  fail_on_sanitizer_findings();
  if (failed()) std::cerr << log();
}

void service::restart() {
  process_.reset();
  process_.emplace(service_command(options_, directory_->path()));
}

bool service::wait_ready(milliseconds limit) {
  const auto where = wait_ready_line(process_->out(), limit);
  if (where) where_ = *where;
  return where.has_value();
}

std::optional<std::string> service::report() const {
  process_->out().wait_end();
  return process_->out().wait_for("\"message\":\"shutdown report\"", 0ms);
}

std::string service::log() const {
  return "--- stdout\n" + tail(process_->out().text(), 8 << 10) + "--- stderr\n" +
         tail(process_->err().text(), 8 << 10);
}

void service::fail_on_sanitizer_findings() const {
  process_->err().wait_end(0ms);
  const auto errors = process_->err().text();
  for (const char* mark : {"ThreadSanitizer", "AddressSanitizer", "LeakSanitizer", "runtime error:"})
    if (names(errors, mark)) fail(errors);
}

}  // namespace sundown::testing
