#include "drain_kit/profile.hpp"

#include "drain_kit/read_file.hpp"

#include <toml++/toml.h>

#include <cstdint>
#include <functional>

namespace sundown::testing::drain_kit {
namespace {

/// Where in the file something is wrong, and what.
[[noreturn]] void refuse(const std::string& where, const std::string& why) { throw profile_error(where + why); }

std::string text_of(const std::string& key, const toml::node& value) {
  const auto text = value.value<std::string>();
  if (!value.is_string() || !text) refuse(key, " takes a text");
  return *text;
}

std::string path_of(const std::string& key, const toml::node& value) {
  auto path = text_of(key, value);
  if (!path.starts_with('/') || path.find_first_of(" \r\n") != std::string::npos)
    refuse(key, " takes a path that begins with /, not '" + path + "'");
  return path;
}

std::int64_t whole_number_of(const std::string& key, const toml::node& value, std::int64_t least, std::int64_t most) {
  const auto number = value.value<std::int64_t>();
  if (!value.is_integer() || !number || *number < least || *number > most)
    refuse(key, " takes a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return *number;
}

milliseconds seconds_of(const std::string& key, const toml::node& value) {
  const auto seconds = value.value<double>();
  if (!seconds || !(*seconds >= 0 && *seconds <= 3600)) refuse(key, " takes a number of seconds, from 0 to 3600");
  return milliseconds(static_cast<milliseconds::rep>(*seconds * 1000));
}

std::set<int> codes_of(const std::string& key, const toml::node& value) {
  std::set<int> codes;
  const auto* const list = value.as_array();
  if (list == nullptr) refuse(key, " takes a list of exit codes: [0]");
  for (const auto& each : *list) codes.insert(static_cast<int>(whole_number_of(key, each, 0, 255)));
  return codes;
}

/// Calls `take` with each key of a table, and its value.
void each_of(const std::string& key, const toml::node& value,
             const std::function<void(const std::string&, const toml::node&)>& take) {
  const auto* const table = value.as_table();
  if (table == nullptr) refuse(key, " is a table: [" + key + "]");
  for (const auto& [name, inner] : *table) take(std::string(name.str()), inner);
}

variables variables_of(const std::string& key, const toml::node& value) {
  variables all;
  each_of(key, value,
          [&](const std::string& name, const toml::node& inner) { all[name] = text_of(key + "." + name, inner); });
  return all;
}

[[noreturn]] void unknown(const std::string& table, const std::string& name, const std::string& known) {
  refuse(table.empty() ? name : table + "." + name, " is no key of a profile: there are " + known);
}

void take_paths(profile& to, const std::string& name, const toml::node& value) {
  const std::map<std::string, std::string profile::*> paths{
      {"quick", &profile::quick},   {"slow", &profile::slow},     {"bytes", &profile::bytes},
      {"upload", &profile::upload}, {"events", &profile::events}, {"websocket", &profile::websocket},
      {"ready", &profile::ready},   {"block", &profile::block},
  };
  const auto key = "paths." + name;
  if (const auto found = paths.find(name); found != paths.end())
    to.*(found->second) = path_of(key, value);
  else if (name == "slow_takes")
    to.slow_takes = seconds_of(key, value);
  else if (name == "bytes_size")
    to.bytes_size = static_cast<std::size_t>(whole_number_of(key, value, 1, std::int64_t{1} << 40));
  else
    unknown("paths", name, "quick, slow, slow_takes, bytes, bytes_size, upload, events, websocket, ready, block");
}

void take_start(profile& to, const std::string& name, const toml::node& value) {
  if (name == "environment")
    to.environment = variables_of("start.environment", value);
  else if (name == "tls")
    to.tls_environment = variables_of("start.tls", value);
  else
    unknown("start", name, "environment, tls");
}

void take_stop(profile& to, const std::string& name, const toml::node& value) {
  const auto key = "stop." + name;
  if (name == "signal")
    to.signal = text_of(key, value);
  else if (name == "last_event")
    to.last_event = text_of(key, value);
  else if (name == "report")
    to.report = text_of(key, value);
  else if (name == "codes")
    to.codes = codes_of(key, value);
  else if (name == "strict" && value.is_boolean())
    to.strict = value.value_or(false);
  else
    unknown("stop", name, "signal, codes, strict (true or false), last_event, report");
}

promise promise_from(const std::string& key, const toml::node& value) {
  promise one;
  each_of(key, value, [&](const std::string& name, const toml::node& inner) {
    const auto full = key + "." + name;
    if (name == "within")
      one.within = seconds_of(full, inner);
    else if (name == "codes")
      one.codes = codes_of(full, inner);
    else if (name == "names")
      one.names = text_of(full, inner);
    else if (name == "environment")
      one.environment = variables_of(full, inner);
    else
      unknown(key, name, "within, codes, names, environment");
  });
  return one;
}

}  // namespace

promise profile::promise_of(const std::string& scenario) const {
  const auto found = promises.find(scenario);
  auto one = found == promises.end() ? promise() : found->second;
  if (one.codes.empty()) one.codes = codes;
  return one;
}

profile parse_profile(const std::string& name, std::string_view text) {
  profile out;
  out.name = name;
  try {
    const auto whole = toml::parse(text);
    if (whole.empty()) refuse("", "it is empty, and needs at least [paths] with quick = \"/hello\", a path of yours");
    each_of("", whole, [&](const std::string& table, const toml::node& value) {
      if (table == "paths")
        each_of(table, value, [&](const auto& key, const auto& inner) { take_paths(out, key, inner); });
      else if (table == "start")
        each_of(table, value, [&](const auto& key, const auto& inner) { take_start(out, key, inner); });
      else if (table == "stop")
        each_of(table, value, [&](const auto& key, const auto& inner) { take_stop(out, key, inner); });
      else if (table == "promise")
        each_of(table, value, [&](const auto& scenario, const auto& inner) {
          out.promises[scenario] = promise_from("promise." + scenario, inner);
        });
      else
        unknown("", table, "[paths], [start], [stop], [promise.SCENARIO]");
    });
  } catch (const toml::parse_error& e) {
    throw profile_error("profile '" + name + "', line " + std::to_string(e.source().begin.line) + ": " +
                        std::string(e.description()));
  } catch (const profile_error& e) {
    throw profile_error("profile '" + name + "': " + e.what());
  }
  return out;
}

profile load_profile(const std::string& name_or_file) {
  std::string names;
  for (const auto& each : shipped_profiles()) {
    if (name_or_file == each.name) return parse_profile(each.name, each.text);
    names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  std::string text;
  try {
    text = read_file(name_or_file);
  } catch (const std::system_error& e) {
    if (e.code() == std::errc::no_such_file_or_directory)
      throw profile_error("--profile: there is no file '" + name_or_file + "', and the kit comes with " + names);
    throw profile_error(std::string("--profile: ") + e.what());
  }
  return parse_profile(name_or_file, text);
}

}  // namespace sundown::testing::drain_kit
