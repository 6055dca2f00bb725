#pragma once

#include "process/upgrade/inheritance.hpp"
#include "service/tls_provider.hpp"

#include <sundown/config.hpp>
#include <sundown/keys.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sundown::serving {

/// The rules of `http.tls` and `admin.tls`: keys that need others, and the files. Without a provider that nothing of
/// them is set.
void add_tls_checks(keys<config>& common, const tls_provider* provider, tls_files looked_at);

/// The certificates of the service's listeners: those of `http.tls` and of `admin.tls`, for as long as it runs.
///
/// Thread safety: none; on the control plane.
class tls_listeners {
 public:
  /// Reads the files. Throws startup_error.
  tls_listeners(const config& given, const tls_provider* provider);

  // nullptr where a listener speaks no TLS.
  const std::shared_ptr<const http::encryption>& http() const noexcept { return http_; }
  const std::shared_ptr<const http::encryption>& admin() const noexcept { return admin_; }
  /// Those that there are.
  std::vector<std::shared_ptr<const http::encryption>> all() const;

  /// SIGHUP: the files are looked at once, by these settings.
  void reload(const config& fresh);

  /// Descriptors that they take: the keeper's, and a socket for each worker.
  static std::size_t descriptors(const config& given, const tls_provider* provider, std::size_t workers);

 private:
  void reload(const std::shared_ptr<const http::encryption>& kept, const tls_config& fresh, const std::string& section);

  std::unique_ptr<certificate_keeper> keeper_;
  std::shared_ptr<const http::encryption> http_, admin_;
};

/// The sockets of a listener that were handed over; closed, with a line of the log, where the configuration has no such
/// listener.
std::vector<int> taken_sockets(const process::inheritance& inherited, const std::string& name, bool listens);

}  // namespace sundown::serving
