#include "drain_kit/subject.hpp"

#include "drain_kit/found_server.hpp"
#include "drain_kit/managed_server.hpp"
#include "drain_kit/read_file.hpp"
#include "drain_kit/scenario.hpp"
#include "drain_kit/started_server.hpp"
#ifdef DRAIN_KIT_TLS
#include "wire/certificates.hpp"
#endif

#include <algorithm>

namespace sundown::testing::drain_kit {
namespace {

std::string text_of(const std::string& path) {
  try {
    return read_file(path);
  } catch (const std::system_error& e) {
    throw usage_error(std::string("--ca: ") + e.what());
  }
}

/// Who must have issued the server's certificate; with --start it is made here, in the folder.
std::string authorities_of(const options& asked, [[maybe_unused]] const kit_folder& folder) {
  if (!asked.tls || asked.insecure) return {};
  if (asked.target) return text_of(asked.ca);
#ifdef DRAIN_KIT_TLS
  const certificate own;
  write_file(folder / "tls.crt", own.pem());
  write_file(folder / "tls.key", own.key_pem());
  return own.pem();
#else
  return {};
#endif
}

protocol speech_of(const options& asked, const std::string& authorities) {
  if (!asked.tls) return protocol(asked.http2);
  try {
    return protocol(asked.http2, authorities);
  } catch (const std::runtime_error& e) {
    throw usage_error("--ca " + asked.ca + ": " + e.what());
  }
}

profile known_of(const options& asked) {
  auto known = load_profile(asked.profile);
  for (const auto& [name, promised] : known.promises)
    if (std::none_of(scenarios().begin(), scenarios().end(), [&](const auto& each) { return each.name == name; }))
      throw usage_error("profile '" + known.name + "': [promise." + name + "] is no scenario; see --list");
  if (!asked.path.empty()) known.quick = asked.path;
  if (!asked.slow_path.empty()) known.slow = asked.slow_path;
  return known;
}

/// Whether the server is told which port is free.
bool names_port(const std::string& command, const variables& environment) {
  const auto has = [](const std::string& text) { return text.find("{port}") != std::string::npos; };
  return has(command) ||
         std::any_of(environment.begin(), environment.end(), [&](const auto& one) { return has(one.second); });
}

/// "PORT=1 server" as one that the shell can become: its exec takes no variables.
std::string executable(const std::string& command) {
  const auto end = command.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
  const bool sets_variable = end != std::string::npos && end > 0 && command[end] == '=';
  return sets_variable && command.find("exec ") == std::string::npos ? "exec env " + command : command;
}

}  // namespace

subject::subject(const options& asked)
    : authorities_(authorities_of(asked, folder_)),
      known_(known_of(asked)),
      speech_(speech_of(asked, authorities_)),
      restartable_(!asked.start.empty() || !asked.container.empty() || !asked.unit.empty()) {
  const int signal = asked.signal != 0 ? asked.signal : signal_number(known_.signal);
  if (!asked.start.empty()) {
    if (!names_port(asked.start, known_.environment))
      throw usage_error("--start: '" + asked.start +
                        "' says nowhere which port to listen on: '... --port {port}' or 'PORT={port} ...'");
    start_settings how{executable(asked.start), asked.exec, signal, &known_, &speech_, {}, {}};
    how.limit = asked.start_timeout.value_or(how.limit);
    if (asked.tls) how.certificate = folder_ / "tls.crt", how.key = folder_ / "tls.key";
    source_ = std::make_unique<command_source>(std::move(how));
  } else if (restartable_) {
    auto by = asked.unit.empty() ? docker_manager(asked.container, asked.grace) : systemd_manager(asked.unit);
    source_ = std::make_unique<managed_source>(std::move(by), *asked.target, known_, speech_,
                                               asked.start_timeout.value_or(30s));
  } else {
    source_ = std::make_unique<found_source>(*asked.target, asked.pid, asked.exec, signal);
  }
}

}  // namespace sundown::testing::drain_kit
