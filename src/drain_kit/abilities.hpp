#pragma once

#include "drain_kit/options.hpp"
#include "drain_kit/profile.hpp"
#include "drain_kit/protocol.hpp"
#include "drain_kit/scenario.hpp"
#include "drain_kit/server.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// What a server can be asked for, found out before any stop: who doesn't answer half-closed clients at all has no loss
/// at its stop.
class abilities {
 public:
  void lack(need what, std::string why) { lacking_[what] = std::move(why); }
  std::optional<std::string> lacking(need what) const;
  /// Why the first of them is lacking.
  std::optional<std::string> lacking(const std::vector<need>& all) const;
  /// Why a scenario can't be played; nothing if it can.
  std::optional<std::string> lacking(const scenario& which) const;
  void promises_of(const profile& known) { known_ = &known; }

 private:
  std::map<need, std::string> lacking_;
  const profile* known_ = nullptr;
};

/// Tries each path of the profile once. Throws usage_error if the quick one isn't answered with 200. The profile must
/// outlive what is returned.
abilities abilities_of(const server& which, const profile& known, const protocol& speech, const options& asked);

}  // namespace sundown::testing::drain_kit
