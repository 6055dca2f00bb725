#pragma once

#include "drain_kit/interruption.hpp"
#include "drain_kit/options.hpp"
#include "drain_kit/profile.hpp"
#include "drain_kit/protocol.hpp"
#include "drain_kit/server.hpp"

#include <memory>

namespace sundown::testing::drain_kit {

/// Whom the options ask to stop: what is known of that server, how to speak to it, and where it comes from.
class subject {
 public:
  /// Throws usage_error where the options name what isn't there.
  explicit subject(const options& asked);

  const profile& known() const { return known_; }
  const protocol& speech() const { return speech_; }
  server_source& source() const { return *source_; }
  /// Otherwise there is one stop.
  bool restartable() const { return restartable_; }

 private:
  kit_folder folder_;  ///< of the certificate
  std::string authorities_;
  profile known_;
  protocol speech_;
  bool restartable_;
  std::unique_ptr<server_source> source_;
};

}  // namespace sundown::testing::drain_kit
