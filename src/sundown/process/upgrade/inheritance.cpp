#include "process/upgrade/inheritance.hpp"

#include "base/number.hpp"
#include "base/program_name.hpp"

#include <sundown/error.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::process {

namespace {

std::optional<std::string> find(const variables& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == name; });
  if (found == all.end()) return std::nullopt;
  return found->second;
}

/// Nothing if it isn't set.
std::optional<std::int64_t> number(const variables& all, std::string_view name, std::int64_t largest) {
  const auto text = find(all, name);
  if (!text) return std::nullopt;
  const auto value = base::parse_number<std::int64_t>(*text, 0, largest);
  if (!value) {
    throw startup_error(std::string(name) + " is '" + *text + "': it must be a number from 0 to " +
                        std::to_string(largest) + "; unset it if nobody hands anything over");
  }
  return value;
}

/// Both systemd's variables come with the pid that they are meant for, since environments are inherited.
bool meant_for_us(const variables& all, std::string_view pid_name) {
  const auto pid = number(all, pid_name, INT32_MAX);
  return !pid || *pid == ::getpid();
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto colon = std::min(text.find(':', from), text.size());
    parts.push_back(text.substr(from, colon - from));
    from = colon + 1;
  }
  return parts;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "'" : " or '") + name + "'";
  return text;
}

/// The listener that each of `count` sockets is for.
std::vector<std::string> names_of(std::size_t count, const variables& from, const std::vector<std::string>& listeners) {
  const auto known = [&](const std::string& name) {
    return std::find(listeners.begin(), listeners.end(), name) != listeners.end();
  };
  const auto text = find(from, "LISTEN_FDNAMES");
  auto names = text ? split(*text) : std::vector<std::string>();
  if (std::none_of(names.begin(), names.end(), known)) {
    if (count > listeners.size()) {
      throw startup_error("LISTEN_FDS hands over " + std::to_string(count) + " sockets without names: name each " +
                          quoted_list(listeners) + " (in a systemd socket unit: FileDescriptorName=)");
    }
    return {listeners.begin(), listeners.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  if (names.size() != count) {
    throw startup_error("LISTEN_FDNAMES has " + std::to_string(names.size()) + " names for " + std::to_string(count) +
                        " sockets (LISTEN_FDS)");
  }
  const auto unknown = std::find_if_not(names.begin(), names.end(), known);
  if (unknown == names.end()) return names;
  throw startup_error("LISTEN_FDNAMES names a socket '" + *unknown + "': it must be " + quoted_list(listeners) +
                      " (in a systemd socket unit: FileDescriptorName=)");
}

/// How many sockets are handed over.
std::size_t take_sockets(inheritance& into, const variables& from, const std::vector<std::string>& listeners) {
  if (!find(from, "LISTEN_PID") || !meant_for_us(from, "LISTEN_PID")) return 0;
  const auto count = static_cast<std::size_t>(number(from, "LISTEN_FDS", 1024).value_or(0));
  const auto names = names_of(count, from, listeners);
  for (std::size_t i = 0; i < count; ++i) {
    const int socket = first_descriptor + static_cast<int>(i);
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);  // a closed descriptor is refused where it is used
    into.sockets[names[i]].push_back(socket);
  }
  return count;
}

/// A predecessor hands it over behind the sockets (successor.cpp): any other descriptor is somebody else's.
int channel_behind(std::size_t sockets, std::int64_t given) {
  const auto behind = first_descriptor + static_cast<int>(sockets);
  if (given == behind) return behind;
  throw startup_error(channel_variable() + " is '" + std::to_string(given) + "': it must be " + std::to_string(behind) +
                      ", the descriptor behind the sockets (LISTEN_FDS); unset it if no predecessor hands over");
}

}  // namespace

std::string channel_variable() { return base::variable_prefix(base::program_name()) + "_UPGRADE_CHANNEL"; }

std::string kept_variable() { return base::variable_prefix(base::program_name()) + "_UPGRADE_KEPT"; }

std::vector<int> inheritance::sockets_of(std::string_view name) const {
  const auto found = sockets.find(name);
  return found == sockets.end() ? std::vector<int>() : found->second;
}

inheritance take_inheritance(const variables& from, const std::vector<std::string>& listeners) {
  inheritance all;
  const auto sockets = take_sockets(all, from, listeners);
  if (const auto channel = number(from, channel_variable(), 1 << 20); channel && sockets != 0) {
    all.predecessor = channel_behind(sockets, *channel);
    ::fcntl(all.predecessor, F_SETFD, FD_CLOEXEC);
    for (auto& name : split(find(from, kept_variable()).value_or(""))) all.externally_owned.insert(std::move(name));
  } else {
    for (const auto& [name, descriptors] : all.sockets) all.externally_owned.insert(name);
  }
  all.notify_socket = find(from, "NOTIFY_SOCKET").value_or("");
  if (meant_for_us(from, "WATCHDOG_PID")) {
    all.watchdog = milliseconds(number(from, "WATCHDOG_USEC", INT64_MAX).value_or(0) / 1000);
  }
  return all;
}

std::vector<std::string> environment_to_pass_on(const variables& from) {
  const std::set<std::string, std::less<>> ours{"LISTEN_PID",   "LISTEN_FDS",       "LISTEN_FDNAMES", "LISTEN_PIDFDID",
                                                "WATCHDOG_PID", channel_variable(), kept_variable()};
  std::vector<std::string> all;
  for (const auto& [name, value] : from)
    if (!ours.contains(name)) all.push_back(name + "=" + value);
  return all;
}

}  // namespace sundown::process
