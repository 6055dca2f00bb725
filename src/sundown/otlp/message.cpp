#include "otlp/message.hpp"

#include "log/json_escape.hpp"

#include <sundown/uuid7.hpp>

#include <algorithm>
#include <array>
#include <chrono>

#include <unistd.h>

namespace sundown::otlp {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

/// No other process has it, of this service or another.
std::string instance_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return uuid7_generator().next(std::chrono::duration_cast<std::chrono::milliseconds>(now));
}

/// OTLP/JSON's list of attributes.
class attribute_list {
 public:
  void add(std::string_view key, std::string_view value) {
    begin(key);
    text_ += "{\"stringValue\":";
    log::append_json_string(text_, value);
    text_ += "}}";
  }
  /// An int64, which JSON has as a text (protobuf's mapping).
  void add(std::string_view key, std::int64_t value) {
    begin(key);
    text_ += "{\"intValue\":\"" + std::to_string(value) + "\"}}";
  }
  std::string text() && { return std::move(text_) + ']'; }

 private:
  void begin(std::string_view key) {
    if (text_.size() > 1) text_ += ',';
    text_ += "{\"key\":";
    log::append_json_string(text_, key);
    text_ += ",\"value\":";
  }

  std::string text_ = "[";
};

std::string resource_attributes(const settings& given, const program& identity) {
  attribute_list list;
  const auto own = [&](std::string_view key, const auto& value) {
    const auto is_key = [&](const auto& each) { return each.first == key; };
    if (std::ranges::none_of(given.resource, is_key)) list.add(key, value);
  };
  list.add("service.name", given.service_name.empty() ? identity.name : given.service_name);
  // Of the others the environment's word counts.
  own("service.version", identity.version);
  own("service.instance.id", instance_id());
  own("process.pid", std::int64_t{::getpid()});
  if (const auto host = host_name(); !host.empty()) own("host.name", host);
  for (const auto& [key, value] : given.resource)
    if (!key.starts_with("telemetry.sdk.")) list.add(key, value);
  list.add("telemetry.sdk.name", std::string_view("sundown"));
  list.add("telemetry.sdk.language", std::string_view("cpp"));
  list.add("telemetry.sdk.version", std::string_view(SUNDOWN_LIBRARY_VERSION));
  return std::move(list).text();
}

}  // namespace

std::string opening_of(const settings& given, const program& identity) {
  return "{\"resourceSpans\":[{\"resource\":{\"attributes\":" + resource_attributes(given, identity) +
         "},\"scopeSpans\":[{\"scope\":{\"name\":\"sundown\",\"version\":\"" SUNDOWN_LIBRARY_VERSION "\"},\"spans\":[";
}

}  // namespace sundown::otlp
