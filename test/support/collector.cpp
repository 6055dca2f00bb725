#include "support/collector.hpp"

#include <boost/json.hpp>

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace sundown::test {
namespace {

#ifdef SUNDOWN_COLLECTOR
constexpr const char* program = SUNDOWN_COLLECTOR;
#else
constexpr const char* program = "";
#endif

/// Its own figures would take a fixed port.
std::string configuration(const endpoint& where, const std::string& file) {
  return "receivers:\n"
         "  otlp:\n"
         "    protocols:\n"
         "      http:\n"
         "        endpoint: " +
         where.address + ':' + std::to_string(where.port) +
         "\n"
         "exporters:\n"
         "  file:\n"
         "    path: " +
         file +
         "\n"
         "    flush_interval: 50ms\n"
         "service:\n"
         "  telemetry:\n"
         "    metrics:\n"
         "      level: none\n"
         "  pipelines:\n"
         "    traces:\n"
         "      receivers: [otlp]\n"
         "      exporters: [file]\n";
}

std::string file_in(const temp_dir& directory) { return (directory.path() / "traces.json").string(); }

/// Of a line, which is one request.
void append_spans(std::vector<std::string>& to, const std::string& line) {
  const auto request = boost::json::parse(line);
  for (const auto& resource : request.at("resourceSpans").as_array())
    for (const auto& scope : resource.at("scopeSpans").as_array())
      for (const auto& span : scope.at("spans").as_array()) to.push_back(boost::json::serialize(span));
}

}  // namespace

std::string collector::missing() {
  if (::access(program, X_OK) == 0) return {};
  return "no OpenTelemetry Collector to test with: install Go 1.26 or newer and configure again";
}

collector::collector() : where_{"127.0.0.1", reserved_.number()} {
  const auto config = directory_.path() / "collector.yaml";
  std::ofstream(config) << configuration(where_, file_in(directory_));
  command what;
  what.program = program;
  what.directory = directory_.path().string();
  what.arguments = {"--config", "file:" + config.string()};
  for (const char* name : {"PATH", "HOME", "TMPDIR"})
    if (const char* value = std::getenv(name)) what.environment.push_back(std::string(name) + '=' + value);
  process_.emplace(what);
  const auto ended = [&] { return process_->wait_exit(0ms).has_value(); };
  const auto accepts = [&] { return raw_client().connect(where_, 1s) == connecting::connected; };
  if (!eventually(ample, [&] { return accepts() || ended(); }) || ended())
    throw std::runtime_error("the collector does not start\n" + process_->out().text() + process_->err().text());
}

std::string collector::url() const { return "http://" + where_.address + ':' + std::to_string(where_.port); }

std::vector<std::string> collector::spans() const {
  std::vector<std::string> all;
  std::ifstream file(file_in(directory_));
  for (std::string line; std::getline(file, line);)
    if (!file.eof()) append_spans(all, line);  // a line without its end is still being written
  return all;
}

// Without a parse, which would be most of what a test with many spans costs.
std::size_t collector::span_count() const {
  std::ifstream file(file_in(directory_));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::size_t count = 0;
  const std::string_view member = "\"spanId\":";
  for (auto at = text.find(member); at != text.npos; at = text.find(member, at + 1)) ++count;
  return count;
}

void collector::end() {
  process_->signal(SIGTERM);
  if (!process_->wait_exit()) throw std::runtime_error("the collector does not end");
}

}  // namespace sundown::test
