// What a process is handed over: the environment is read, or told to be wrong by the variable's name, and no descriptor
// is touched but those that it hands over.
//
// The input: "NAME=value" on each line; "$PID" in a value is this process, "$CHANNEL" as a name the channel's.
#include "process/upgrade/inheritance.hpp"

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <sundown/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <set>

namespace sundown::fuzz {

namespace {

/// Of the descriptors from 0 on; what isn't open has -1.
using descriptor_flags = std::array<int, 64>;

descriptor_flags flags_now() {
  descriptor_flags all{};
  for (std::size_t fd = 0; fd < all.size(); ++fd) all[fd] = ::fcntl(static_cast<int>(fd), F_GETFD);
  return all;
}

/// With all that are open inheritable, so that a change is seen; as they were at the end.
class inheritable {
 public:
  inheritable() : before_(flags_now()) {
    for (std::size_t fd = 0; fd < before_.size(); ++fd)
      if (before_[fd] > 0) ::fcntl(static_cast<int>(fd), F_SETFD, 0);
  }
  ~inheritable() {
    for (std::size_t fd = 0; fd < before_.size(); ++fd)
      if (before_[fd] >= 0) ::fcntl(static_cast<int>(fd), F_SETFD, before_[fd]);
  }
  inheritable(const inheritable&) = delete;
  inheritable& operator=(const inheritable&) = delete;

  std::set<int> touched() const {
    std::set<int> all;
    const auto now = flags_now();
    for (std::size_t fd = 0; fd < now.size(); ++fd)
      if (now[fd] != (before_[fd] < 0 ? -1 : 0)) all.insert(static_cast<int>(fd));
    return all;
  }

 private:
  descriptor_flags before_;
};

process::variables variables_in(std::string_view input) {
  process::variables all;
  for (const auto row : split(input, '\n')) {
    const auto equals = row.find('=');
    if (equals == row.npos) continue;
    std::string name(row.substr(0, equals)), value(row.substr(equals + 1));
    if (name == "$CHANNEL") name = process::channel_variable();
    if (name == "$KEPT") name = process::kept_variable();
    if (const auto at = value.find("$PID"); at != value.npos) value.replace(at, 4, std::to_string(::getpid()));
    all.emplace_back(std::move(name), std::move(value));
  }
  return all;
}

bool names_a_variable(const std::string& fault, const process::variables& from) {
  for (const auto& [name, value] : from)
    if (!name.empty() && fault.starts_with(name + ' ')) return true;
  return false;
}

void require_sound(const process::inheritance& all, const std::set<int>& touched) {
  std::set<int> handed_over;
  for (const auto& [name, sockets] : all.sockets) {
    require(name == "http" || name == "admin", "sockets are those of a listener", name);
    for (const int each : sockets) require(handed_over.insert(each).second, "each is handed over once");
  }
  int next = process::first_descriptor;
  for (const int each : handed_over) require(each == next++, "they stand in a row, from the first on");
  for (const auto& name : all.externally_owned)
    require(all.predecessor >= 0 || all.sockets.contains(name), "what is kept has been handed over", name);
  if (all.predecessor >= 0) {
    require(!all.sockets.empty(), "a predecessor hands over sockets");
    require(all.predecessor >= process::first_descriptor, "a channel is none of the standard streams",
            std::to_string(all.predecessor));
    require(handed_over.insert(all.predecessor).second, "a channel is none of the sockets",
            std::to_string(all.predecessor));
  }
  require(all.watchdog.count() >= 0, "a watchdog's time is not negative");
  for (const int each : touched)
    require(handed_over.contains(each), "no other descriptor is touched", std::to_string(each));
}

}  // namespace

void inheritance(std::string_view input) {
  const auto from = variables_in(input);
  const inheritable descriptors;
  try {
    const auto all = process::take_inheritance(from, {"http", "admin"});
    require_sound(all, descriptors.touched());
  } catch (const startup_error& fault) {
    require(names_a_variable(fault.what(), from), "a fault names its variable", fault.what());
  }
  for (const auto& each : process::environment_to_pass_on(from))
    require(!each.starts_with("LISTEN_FDS=") && !each.starts_with("LISTEN_PID=") &&
                !each.starts_with(process::channel_variable() + '='),
            "what was for this process is not passed on", each);
}

}  // namespace sundown::fuzz
