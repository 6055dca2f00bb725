#pragma once

#include <sundown/testing/clock.hpp>

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::testing::drain_kit {

using variables = std::map<std::string, std::string>;

/// What a server promises of one scenario, beyond that nothing is lost.
struct promise {
  std::optional<milliseconds> within = {};  ///< from the signal to the exit
  std::set<int> codes = {};                 ///< exit codes; empty: any
  std::string names = {};                   ///< what its report must name as cut; empty: it must name nothing
  variables environment = {};               ///< it is started with, for this scenario only
};

/// What a server answers on which path, and how it is started and stopped: a TOML file of some ten lines. What isn't
/// named there isn't played.
struct profile {
  std::string name;

  // -- paths
  std::string quick = "/";                    ///< 200 at once
  std::string slow = {};                      ///< 200 after "{ms}" milliseconds, or always after `slow_takes`
  std::string bytes = {};                     ///< a body of "{n}" bytes, or always of `bytes_size`
  std::string upload = {};                    ///< takes a body by POST, and answers 200
  std::string events = {};                    ///< server-sent events without end
  std::string websocket = {};                 ///< echoes text
  std::string ready = {};                     ///< what a balancer asks
  std::string block = {};                     ///< blocks a thread for "{ms}"
  milliseconds slow_takes = milliseconds(0);  ///< if the path has no "{ms}"
  std::size_t bytes_size = 0;                 ///< if the path has no "{n}"

  // -- start
  variables environment = {};      ///< for every start; "{port}" and the like are filled in
  variables tls_environment = {};  ///< beside it with --tls

  // -- stop
  std::string signal = "TERM";
  std::string last_event = {};  ///< with which a stream of events must end
  std::string report = {};      ///< marks the line in which the server reports its stop
  bool strict = false;          ///< a rule that is broken or a stream that is refused fails, as a loss does
  std::set<int> codes = {};     ///< exit codes, where no promise has others; empty: any
  std::map<std::string, promise> promises = {};  ///< by scenario

  promise promise_of(const std::string& scenario) const;
};

/// A profile that can't be read; what() tells the user where and why.
struct profile_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The profile of TOML text. Throws profile_error.
profile parse_profile(const std::string& name, std::string_view text);
/// One that comes with the kit, or else the file of that path. Throws profile_error.
profile load_profile(const std::string& name_or_file);

struct shipped_profile {
  const char* name;
  const char* text;
};
/// Those that come with the kit: the files in profiles/, compiled in.
const std::vector<shipped_profile>& shipped_profiles();

}  // namespace sundown::testing::drain_kit
